"""Which primitive is taken for which, over windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from lmms_eval_plugins.scoring.windows.judged import JudgedVideo
from lmms_eval_plugins.vocabulary import PRIMITIVES

Confusion = Mapping[str, Mapping[str, int]]
"""Predicted primitive → true primitive → windows, zeros included."""


def primitive_confusion(videos: Iterable[JudgedVideo]) -> Confusion:
    """Windows by predicted and true primitive.

    As in the study, a window counts if it starts before the end of the labels, its truth is the label at its midpoint,
    and before the first label the hand is idle. (9,036 windows of the study's cropped run.)
    """
    pairs: Counter[tuple[str, str]] = Counter()
    for video in videos:
        for segment, true in zip(video.predicted.segments, video.middles("idle"), strict=True):
            if segment.start_s < video.truth.end_s:
                pairs[segment.label, true] += 1
    return {said: {true: pairs[said, true] for true in PRIMITIVES} for said in PRIMITIVES}


def recalls(confusion: Confusion) -> dict[str, float | None]:
    """True primitive → share of its windows that are called by its name, 0 to 1; None of a primitive without any."""
    totals = {true: sum(row[true] for row in confusion.values()) for true in PRIMITIVES}
    return {true: confusion[true][true] / total if total else None for true, total in totals.items()}
