"""What is true in each window of a video: how long a hand moves or holds, and which primitive stands in its middle."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.timeline import Timeline

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

Unlabelled = Literal["nearest", "idle"]
"""What a midpoint without a label counts as: the nearest label in time, or ``idle`` before the first label."""

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

    def said(self, labels: Collection[str]) -> Flags:
        """Per window, whether the predicted primitive is one of these."""
        return np.array([segment.label in labels for segment in self.predicted.segments], dtype=bool)

    def labelled_s(self) -> Floats:
        """Per window, the seconds that carry any label."""
        return self.true_s(frozenset(self.truth.labels))

    def true_s(self, labels: Collection[str]) -> Floats:
        """Per window, the seconds whose true label is one of these."""
        segments = self.truth.segments
        if not segments:
            return np.zeros(len(self.predicted.segments))
        times = [time for segment in segments for time in (segment.start_s, segment.end_s)]
        passed = [seconds for s in segments for seconds in (0.0, s.duration_s if s.label in labels else 0.0)]
        until = np.cumsum(passed)
        seconds: Floats = np.interp(self.ends_s, times, until) - np.interp(self.starts_s, times, until)
        return seconds

    def middles(self, unlabelled: Unlabelled = "nearest") -> list[str]:
        """Per window, the true label at its midpoint; ValueError where the truth is empty."""
        segments = self.truth.segments
        if not segments:
            raise ValueError(f"{self.video_id}: no true primitives")
        middles = (self.starts_s + self.ends_s) / 2
        begun = np.searchsorted([segment.start_s for segment in segments], middles, side="right")
        first = segments[0].label if unlabelled == "nearest" else "idle"
        return [segments[place - 1].label if place else first for place in begun]
