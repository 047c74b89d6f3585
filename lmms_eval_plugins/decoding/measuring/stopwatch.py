"""The stopwatch as an instrument: doses by a video's length, or length and activity, of one who has seen nothing.

The control of measuring. It is what `Instrument` is without readings: the same estimator, the same patients left out,
the same calibration. An interval that is not narrower than its own says no more than the length of the video does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lmms_eval_plugins.decoding.measuring.calibration import DoseCalibration
from lmms_eval_plugins.decoding.measuring.estimator import DoseEstimator, Known
from lmms_eval_plugins.decoding.measuring.instrument import (
    SEED_OF_SUMS,
    MeasuredDoses,
    doses_of,
    estimate_elsewhere,
    known_of,
    name_doses,
)
from lmms_eval_plugins.decoding.measuring.readings import Reading, Readings
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo

_PENALTIES = ((1.0, 1.0),)
"""Presses less on activities than where there are readings: as much as errs least on the study's videos.

The choice flatters the control, not the instrument."""


@dataclass(frozen=True, slots=True)
class StopwatchInstrument:
    """A fitted stopwatch.

    Attributes:
        estimator: from length and activity to doses.
        calibration: how far they are off.
        labels: the labels.
        by_activity: whether it knows what is done in a video.
    """

    estimator: DoseEstimator
    calibration: DoseCalibration
    labels: tuple[str, ...]
    by_activity: bool

    def measure(
        self, videos: Sequence[AnsweredVideo[Timeline]], *, within_activity: bool = False
    ) -> list[MeasuredDoses]:
        """Measure the doses of videos by their lengths; neither their answers nor their truth are used.

        Args:
            videos: the videos.
            within_activity: whether intervals are as wide as errors in the activity are; only where it is known.
        """
        known = _known(videos, self.by_activity)
        doses = self.estimator.estimate(_nothing(len(videos)), known).columns()
        ends = self.calibration.intervals(doses, known.activities, within_activity=within_activity)
        return [
            MeasuredDoses(name_doses(own, {level: of_level[place] for level, of_level in ends.items()}, self.labels))
            for place, own in enumerate(doses)
        ]


def fit_stopwatch(
    readings: Readings, labels: tuple[str, ...], left_out: Sequence[str] = (), *, by_activity: bool
) -> StopwatchInstrument:
    """Fit a stopwatch on the videos on which an instrument is fitted.

    Args:
        readings: the training videos of a model; no decoder is fitted.
        labels: the labels.
        left_out: the patients whose labels must not count.
        by_activity: whether it knows what is done in a video.

    Raises:
        UserError: too few patients are left.
    """
    others = readings.others(left_out)
    videos = [video for video in readings.videos if video.patient in others]
    known, true, nothing = _known(videos, by_activity), doses_of(videos, labels), _nothing(len(videos))
    patients = [video.patient for video in videos]
    groups = [readings.group_of(patient) for patient in patients]
    estimated = estimate_elsewhere(nothing, known, true, groups, _PENALTIES)
    return StopwatchInstrument(
        DoseEstimator.fit(nothing, known, true, _PENALTIES),
        DoseCalibration.fit(true.columns(), estimated, patients, known.activities, SEED_OF_SUMS),
        labels,
        by_activity,
    )


def _known(videos: Sequence[AnsweredVideo[Timeline]], by_activity: bool) -> Known:
    known = known_of(videos)
    return known if by_activity else replace(known, activities=(None,) * len(videos))


def _nothing(n_videos: int) -> Reading:
    return Reading(np.zeros((1, n_videos, 0)), np.zeros(n_videos))
