"""Answers without a model: one label for ever, Markov chains that know habits only, and the truth of each chunk."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.timeline import Segment, Timeline
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


def omniscient_answers(truth: Timeline, chunk_s: float = CHUNK_S, scheme: Scheme | None = None) -> list[WindowAnswers]:
    """Return true ``motion`` and ``grasp`` answers per chunk, to be scored with the ``motion_grasp`` method.

    On the 90 videos of the study's dose task: edit score 88.47, action error rate .116, relative counting error .115.
    """
    scheme = scheme or primitives_scheme()
    return [
        WindowAnswers(
            chunk.start_s,
            chunk.end_s,
            {"motion": chunk.label in scheme.motion, "grasp": chunk.label in scheme.grasp},
        )
        for chunk in chunk_labels(truth, chunk_s)
    ]


S = TypeVar("S", bound=Hashable)


@dataclass(frozen=True)
class MarkovChain(Generic[S]):
    """A first-order chain.

    Attributes:
        states: the states, in order of first appearance.
        initial: probability of each state to be the first of a sequence.
        transition_counts: how often a state (row) was followed by another (column).
        frequencies: share of each state; what follows a state that was never seen to be followed by anything.
    """

    states: tuple[S, ...]
    initial: npt.NDArray[np.float64]
    transition_counts: npt.NDArray[np.int64]
    frequencies: npt.NDArray[np.float64]

    @classmethod
    def fit(cls, sequences: Iterable[Sequence[S]]) -> MarkovChain[S]:
        """Return the chain of highest likelihood; transitions are counted within sequences, empty ones are passed over.

        Raises:
            ValueError: all sequences are empty.
        """
        seen = [list(sequence) for sequence in sequences if len(sequence)]
        if not seen:
            raise ValueError("a Markov chain needs at least one sequence that is not empty")
        states = tuple(dict.fromkeys(state for sequence in seen for state in sequence))
        place = {state: i for i, state in enumerate(states)}
        initial, frequencies = np.zeros(len(states)), np.zeros(len(states))
        transition_counts = np.zeros((len(states), len(states)), dtype=np.int64)
        for sequence in seen:
            places = [place[state] for state in sequence]
            initial[places[0]] += 1
            np.add.at(frequencies, places, 1)
            np.add.at(transition_counts, (places[:-1], places[1:]), 1)
        return cls(states, initial / initial.sum(), transition_counts, frequencies / frequencies.sum())

    @property
    def transitions(self) -> npt.NDArray[np.float64]:
        """Probability of each state (column) after each state (row); every row sums to 1."""
        totals = self.transition_counts.sum(axis=1, keepdims=True)
        return np.where(totals > 0, self.transition_counts / np.maximum(totals, 1), self.frequencies)

    def sample(self, n: int, rng: np.random.Generator) -> list[S]:
        """Return a random sequence of ``n`` states; the same for the same state of ``rng``."""
        following = np.cumsum(self.transitions, axis=1).tolist()
        upper = np.cumsum(self.initial).tolist()
        sampled: list[S] = []
        for draw in rng.random(n).tolist():
            place = min(bisect_right(upper, draw * upper[-1]), len(self.states) - 1)
            sampled.append(self.states[place])
            upper = following[place]
        return sampled


def drawn_windows(
    windows: Sequence[WindowAnswers], chains: Mapping[str, MarkovChain[object]], rng: np.random.Generator
) -> list[WindowAnswers]:
    """Return the windows of a video with an answer to each question, drawn from its chain."""
    drawn = [chain.sample(len(windows), rng) for chain in chains.values()]
    return [
        WindowAnswers(window.start_s, window.end_s, dict(zip(chains, answers, strict=True)))
        for window, *answers in zip(windows, *drawn, strict=True)
    ]


def decomposed_answers(
    truths: Sequence[Timeline],
    rng: np.random.Generator,
    chunk_s: float = CHUNK_S,
    scheme: Scheme | None = None,
) -> list[list[WindowAnswers]]:
    """Draw from the study's decomposed chain: random ``motion`` and ``grasp`` answers per chunk of each video.

    The two chains are fitted on the truth of the very videos they are scored on, as published, so that this is a
    baseline without eyes, but not without the answers. For the ``motion_grasp`` method; edit score 45 to 48 on the
    study's 90 videos.
    """
    videos = [chunk_labels(truth, chunk_s) for truth in truths]
    scheme = scheme or primitives_scheme()
    motion = MarkovChain.fit([[chunk.label in scheme.motion for chunk in chunks] for chunks in videos])
    grasp = MarkovChain.fit([[chunk.label in scheme.grasp for chunk in chunks] for chunks in videos])
    return [
        [
            WindowAnswers(chunk.start_s, chunk.end_s, {"motion": moves, "grasp": holds})
            for chunk, moves, holds in zip(
                chunks, motion.sample(len(chunks), rng), grasp.sample(len(chunks), rng), strict=True
            )
        ]
        for chunks in videos
    ]


def direct_answers(
    truths: Sequence[Timeline],
    rng: np.random.Generator,
    chunk_s: float = CHUNK_S,
) -> list[list[WindowAnswers]]:
    """Return the study's direct chain: a random ``primitive`` answer per chunk of each video.

    Fitted on the truth of the very videos it is scored on, like :func:`decomposed_answers`. For the ``one_primitive``
    method; edit score 48 to 51 on the study's 90 videos.
    """
    videos = [chunk_labels(truth, chunk_s) for truth in truths]
    chain = MarkovChain.fit([[chunk.label for chunk in chunks] for chunks in videos])
    return [
        [
            WindowAnswers(chunk.start_s, chunk.end_s, {"primitive": primitive})
            for chunk, primitive in zip(chunks, chain.sample(len(chunks), rng), strict=True)
        ]
        for chunks in videos
    ]


def constant_answers(truth: Timeline, primitive: str = "transport") -> list[WindowAnswers]:
    """Return one ``primitive`` answer that covers the video, to be scored with the ``one_primitive`` method.

    Transport on the 90 videos of the study's dose task: edit score 3.66, action error rate .96, relative counting
    error .98.
    """
    return [WindowAnswers(0.0, truth.end_s, {"primitive": primitive})]
