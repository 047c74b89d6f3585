"""The best that answers per chunk can do: the study's omniscient baseline, which answers from the truth."""

from __future__ import annotations

from functools import lru_cache

from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES
from lmms_eval_plugins.questions.answers import WindowAnswers

CHUNK_S = 8 / 15
"""Length of the study's chunks: 8 frames at 15 per second."""


@lru_cache(maxsize=4096)
def chunk_labels(truth: Timeline, chunk_s: float = CHUNK_S) -> tuple[Segment, ...]:
    """Return one true label per chunk of the time from 0 to the truth's end.

    Kept, because chains that leave out one patient after another ask for the same videos.

    Of the labels that overlap a chunk, ordered by the midpoint of their overlap, the chunk has the middle one, of two
    middle ones the earlier. Chunks without any label (before the first one) are left out; the last may be short.
    Their starts are sums of chunk lengths, as in the study: which label a chunk on a label's border touches hangs on
    the last bit, and this reproduces the study's numbers and its printed transition counts.

    Raises:
        ValueError: chunks have no length.
    """
    if chunk_s <= 0:
        raise ValueError(f"chunks of {chunk_s} s")
    chunks: list[Segment] = []
    start_s, end_s = 0.0, truth.end_s
    while start_s < end_s:
        stop_s = min(start_s + chunk_s, end_s)
        parts = sorted(truth.overlapping(start_s, stop_s).segments, key=lambda part: part.start_s + part.end_s)
        if parts:
            chunks.append(Segment(start_s, stop_s, parts[(len(parts) - 1) // 2].label))
        start_s += chunk_s
    return tuple(chunks)


def omniscient_answers(truth: Timeline, chunk_s: float = CHUNK_S) -> list[WindowAnswers]:
    """Return true ``motion`` and ``grasp`` answers per chunk, to be scored with the ``motion_grasp`` method.

    On the 90 videos of the study's dose task: edit score 88.47, action error rate .116, relative counting error .115.
    """
    return [
        WindowAnswers(
            chunk.start_s,
            chunk.end_s,
            {"motion": chunk.label in MOTION_PRIMITIVES, "grasp": chunk.label in GRASP_PRIMITIVES},
        )
        for chunk in chunk_labels(truth, chunk_s)
    ]
