"""What is true in each window of a video: how long a hand moves or holds, and which label stands in its middle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numpy.typing import ArrayLike

from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

LEAST_S = 5e-4
"""Overlaps shorter than this are none: times are written to the millisecond."""


@dataclass(frozen=True, slots=True)
class JudgedVideo:
    """A video's true timeline, and the predicted one with one segment per window (neighbours not merged).

    Windows without a predicted primitive are gaps in the prediction, and are not judged.

    Attributes:
        video_id: the video.
        patient: who was filmed.
        cohort: the patient's cohort, or None where it is not known.
        activity: what was done, or None where it is not known.
        truth: the labels.
        predicted: the windows with their primitives.
    """

    video_id: str
    patient: str
    cohort: str | None
    activity: str | None
    truth: Timeline
    predicted: Timeline

    @property
    def starts_s(self) -> Floats:
        """Starts of the windows, in seconds."""
        return np.array([segment.start_s for segment in self.predicted.segments])

    @property
    def ends_s(self) -> Floats:
        """Ends of the windows, in seconds."""
        return np.array([segment.end_s for segment in self.predicted.segments])

    def predicted_as(self, labels: Collection[str]) -> Flags:
        """Return per window, whether the predicted primitive is one of these."""
        return np.array([segment.label in labels for segment in self.predicted.segments], dtype=bool)

    def labelled_s(self) -> Floats:
        """Return per window, the seconds that carry any label."""
        return self.true_s(frozenset(self.truth.labels))

    def true_s(self, labels: Collection[str]) -> Floats:
        """Return per window, the seconds whose true label is one of these."""
        segments = self.truth.segments
        if not segments:
            return np.zeros(len(self.predicted.segments))
        times = [time for segment in segments for time in (segment.start_s, segment.end_s)]
        passed = [seconds for s in segments for seconds in (0.0, s.duration_s if s.label in labels else 0.0)]
        until = np.cumsum(passed)
        seconds: Floats = np.interp(self.ends_s, times, until) - np.interp(self.starts_s, times, until)
        return seconds

    def middles(self, at_onset: str | None = None) -> list[str]:
        """Return per window, the true label at its midpoint; ValueError where the truth is empty.

        Args:
            at_onset: the label before the first one; None for the nearest in time.
        """
        segments = self.truth.segments
        if not segments:
            raise ValueError(f"{self.video_id}: no true primitives")
        middles = (self.starts_s + self.ends_s) / 2
        begun = np.searchsorted([segment.start_s for segment in segments], middles, side="right")
        first = at_onset or segments[0].label
        return [segments[place - 1].label if place else first for place in begun]


@dataclass(frozen=True, slots=True)
class FrameAccuracy:
    """Accuracy over time.

    Attributes:
        value: mean over windows, weighted by their length, of the share of a window's labelled time in which the
            prediction about the window is true; 0 to 1, None where no window has labels.
        bound: the same for answers that are true at the midpoints of the windows (the study's omniscient bound).
        n_windows: windows with any labelled time; the others do not count.
    """

    value: float | None
    bound: float | None
    n_windows: int


def frame_accuracy(videos: Iterable[JudgedVideo], labels: Collection[str]) -> FrameAccuracy:
    """Compute the accuracy of the primitives in ``labels`` (the hand moves, or holds) over the time of all windows.

    The study's cropped run: motion .730 of at most .934, grasp .741 of at most .948, over 8,914 windows.
    """
    right, best, weight, n_windows = 0.0, 0.0, 0.0, 0
    for video in videos:
        labelled_s = video.labelled_s()
        known = labelled_s > LEAST_S
        if not np.any(known):
            continue
        share = video.true_s(labels)[known] / labelled_s[known]
        lengths = (video.ends_s - video.starts_s)[known]
        middle = np.array([label in labels for label in video.middles()], dtype=bool)[known]
        right += float(np.sum(lengths * np.where(video.predicted_as(labels)[known], share, 1 - share)))
        best += float(np.sum(lengths * np.where(middle, share, 1 - share)))
        weight += float(np.sum(lengths))
        n_windows += int(np.sum(known))
    if not n_windows:
        return FrameAccuracy(None, None, 0)
    return FrameAccuracy(right / weight, best / weight, n_windows)


Confusion = Mapping[str, Mapping[str, int]]
"""Predicted label → true label → windows, zeros included."""


def primitive_confusion(videos: Iterable[JudgedVideo], scheme: Scheme | None = None) -> Confusion:
    """Count windows by predicted and true label of a scheme (None: of the primitives).

    As in the study, a window counts if it starts before the end of the labels, its truth is the label at its midpoint,
    and before the first label the hand is idle. (9,036 windows of the study's cropped run.)
    """
    scheme = scheme or primitives_scheme()
    pairs: Counter[tuple[str, str]] = Counter()
    for video in videos:
        for segment, true in zip(video.predicted.segments, video.middles(scheme.at_onset), strict=True):
            if segment.start_s < video.truth.end_s:
                pairs[segment.label, true] += 1
    return {predicted: {true: pairs[predicted, true] for true in scheme.names} for predicted in scheme.names}


def recalls(confusion: Confusion) -> dict[str, float | None]:
    """Return true label → share of its windows predicted as such, 0 to 1; None of a label without windows."""
    totals = {true: sum(row[true] for row in confusion.values()) for true in confusion}
    return {true: confusion[true][true] / total if total else None for true, total in totals.items()}


def segment_count_ratio(predicted: ArrayLike, true: ArrayLike) -> float | None:
    """Return ``Σ predicted / Σ true`` segments: 1 is right, above 1 is over-segmented; None without true segments.

    Args:
        predicted: counts of segments, of any videos and primitives.
        true: the true counts.
    """
    whole = float(np.sum(np.asarray(true, dtype=float)))
    return float(np.sum(np.asarray(predicted, dtype=float))) / whole if whole else None


def seconds_by_primitive(truths: Iterable[Timeline], labels: Sequence[str] = PRIMITIVES) -> dict[str, float]:
    """Return labelled seconds of every label."""
    seconds = dict.fromkeys(labels, 0.0)
    for truth in truths:
        for segment in truth.segments:
            seconds[segment.label] = seconds.get(segment.label, 0.0) + segment.duration_s
    return seconds


def durations(truths: Iterable[Timeline], labels: Sequence[str] = PRIMITIVES) -> dict[str, list[float]]:
    """Return label → the length of each occurrence in seconds; neighbours of one label are one occurrence."""
    lengths: dict[str, list[float]] = {label: [] for label in labels}
    for truth in truths:
        for segment in truth.merged().segments:
            lengths.setdefault(segment.label, []).append(segment.duration_s)
    return lengths


def share_up_to(lengths: Sequence[float], limit_s: float) -> float | None:
    """Return share of occurrences that last at most so long, 0 to 1; None of none."""
    return sum(length <= limit_s for length in lengths) / len(lengths) if lengths else None
