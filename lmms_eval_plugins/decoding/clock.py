"""The decoder's clock: a video's windows cut into ticks of about a quarter of a second, with their true labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import WindowAnswers

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TICK_S = 4 / 15
"""Target length of a tick: half a window of the study.

Of the study's 4,056 primitives 30.4 % are shorter than a window of 0.533 s; 28.8 % last half a second or less."""

UNLABELLED = -1


@dataclass(frozen=True, slots=True)
class Clock:
    """The division of windows into ticks.

    Attributes:
        window_s: median length of the windows, in seconds.
        stride_s: median time between the starts of neighbouring windows, in seconds.
    """

    window_s: float
    stride_s: float

    @property
    def ticks(self) -> int:
        """Number of ticks from a window's start to the next start; at least 1."""
        return max(1, round(self.stride_s / TICK_S))

    @classmethod
    def from_windows(cls, videos: Iterable[Sequence[WindowAnswers]]) -> Clock:
        """Make the clock of videos from their windows.

        A video of one window has no stride; where no video has one, the stride is the length of a window.

        Raises:
            ValueError: there is no window.
        """
        ordered = [sorted(windows, key=lambda window: window.start_s) for windows in videos]
        lengths = [window.end_s - window.start_s for windows in ordered for window in windows]
        if not lengths:
            raise ValueError("no windows to make a clock of")
        strides = [after.start_s - before.start_s for windows in ordered for before, after in pairwise(windows)]
        return cls(median(lengths), median(strides) if strides else median(lengths))


SAME_SHARE = 0.02
"""Windows whose lengths differ by at most this share are of one length."""


def describe_mixed_windows(videos: Iterable[Sequence[WindowAnswers]]) -> tuple[str, ...]:
    """Return a note on videos whose windows are not as long as the clock of all says, one line; none where all are.

    Args:
        videos: the windows of each video that a decoder is fitted on, or applied to.
    """
    known = [sorted(windows, key=lambda window: window.start_s) for windows in videos if windows]
    if not known:
        return ()
    clock_s = Clock.from_windows(known).window_s
    whole = [windows[:-1] for windows in known if len(windows) > 1]  # a last window may be short
    lengths = [median(window.end_s - window.start_s for window in windows) for windows in whole]
    others = Counter(round(length, 3) for length in lengths if abs(length - clock_s) > SAME_SHARE * clock_s)
    if not others:
        return ()
    parts = listed(f"{length:.3f} s in {n} of {len(known)} videos" for length, n in others.most_common())
    what = f"the decoder's clock is made for windows of {clock_s:.3f} s, and they last {parts}"
    return (f"{what}: ticks, and what is learned of durations, differ there",)


@dataclass(frozen=True, slots=True)
class Ticks:
    """One video on the clock; n ticks, m windows.

    Attributes:
        bounds_s: starts of the ticks and end of the last one, in seconds; (n + 1,).
        window: index of each tick's window; (n,).
        phase: place of the tick in its window, −0.5 (first) to 0.5 (last); (n,).
        answers: the answers about each window, in order of time; None for a missing window.
    """

    bounds_s: Floats
    window: Ints
    phase: Floats
    answers: tuple[WindowAnswers | None, ...]

    def labels(self, truth: Timeline, names: Sequence[str] = PRIMITIVES) -> Ints:
        """Return the index among the names of the true label in the middle of each tick, or `UNLABELLED`; (n,)."""
        segments = [segment for segment in truth.segments if segment.label.lower() in names]
        labels = np.full(len(self.window), UNLABELLED)
        if segments:
            starts = np.array([segment.start_s for segment in segments])
            ends = np.array([segment.end_s for segment in segments])
            places = np.array([names.index(segment.label.lower()) for segment in segments])
            middles = (self.bounds_s[:-1] + self.bounds_s[1:]) / 2
            place = np.searchsorted(starts, middles, side="right") - 1
            inside = (place >= 0) & (middles < ends[np.maximum(place, 0)])
            labels[inside] = places[place[inside]]
        return labels

    def timeline(self, path: Ints, names: Sequence[str] = PRIMITIVES) -> Timeline:
        """Turn a path of labels, the index of one per tick, into a timeline; equal neighbours are one segment."""
        changes = np.flatnonzero(np.diff(path)) + 1
        starts = [0, *changes.tolist()]
        ends = [*changes.tolist(), len(path)]
        return Timeline(
            tuple(
                Segment(float(self.bounds_s[start]), float(self.bounds_s[end]), names[path[start]])
                for start, end in zip(starts, ends, strict=True)
            )
        )


def cut_into_ticks(windows: Sequence[WindowAnswers], clock: Clock) -> Ticks:
    """Cut a video's windows into ticks; windows missing between others are filled in without answers.

    A window that overlaps the next one lasts until the next one starts.

    Raises:
        ValueError: there are no windows.
    """
    if not windows:
        raise ValueError("a video without windows cannot be decoded")
    ordered = sorted(windows, key=lambda window: window.start_s)
    starts: list[float] = []
    answers: list[WindowAnswers | None] = []
    for place, window in enumerate(ordered):
        starts.append(window.start_s)
        answers.append(window)
        if place + 1 < len(ordered):
            gap = ordered[place + 1].start_s - window.start_s
            for absent in range(1, round(gap / clock.stride_s)):
                starts.append(window.start_s + absent * clock.stride_s)
                answers.append(None)
    ends = [*starts[1:], ordered[-1].end_s]
    n = clock.ticks
    cuts = np.linspace(starts, ends, n, endpoint=False, axis=1).ravel()
    phases = np.linspace(-0.5, 0.5, n) if n > 1 else np.zeros(1)
    return Ticks(
        bounds_s=np.append(cuts, ends[-1]),
        window=np.repeat(np.arange(len(starts)), n),
        phase=np.tile(phases, len(starts)),
        answers=tuple(answers),
    )
