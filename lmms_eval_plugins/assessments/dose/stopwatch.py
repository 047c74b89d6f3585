"""The strongest blind control of counts: how often each label occurs in a video of this length, without looking at it.

Fitted on the videos of other patients. On the study's 90 videos it has a relative counting error of .60 by the duration
alone and of .47 by duration and activity; the best model of the study, by the published rule, has .65.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.statistics.elsewhere import fitted_elsewhere

_ADDED = 0.5
"""Added to a count before its logarithm is taken, so that a count of 0 has one."""


@dataclass(frozen=True, slots=True)
class TimedVideo:
    """A video of which no more is known than a stopwatch and a list of the recordings tell.

    Attributes:
        patient: who was filmed.
        duration_s: its length in seconds, above 0.
        activity: what was done; None where it is not known.
        counts: label → how often it truly occurs, to be fitted on; None where it is not known.
    """

    patient: str
    duration_s: float
    activity: str | None = None
    counts: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class DoseByDuration:
    """A fitted stopwatch: ``log(count + ½) = slope · log(seconds) + constant``, for each label by itself.

    Attributes:
        labels: the labels, L of them.
        slopes: one per label; (L,).
        constants: activity → constants (L,); the one of None is that of activities that were not among the training
            videos, and of all where activities are not told apart.
    """

    labels: tuple[str, ...]
    slopes: npt.NDArray[np.float64]
    constants: Mapping[str | None, npt.NDArray[np.float64]]

    @classmethod
    def fit(
        cls, videos: Sequence[TimedVideo], *, by_activity: bool = False, labels: Sequence[str] = PRIMITIVES
    ) -> DoseByDuration:
        """Fit by least squares.

        Args:
            videos: the training videos; those without counts are passed over.
            by_activity: whether each activity has a constant of its own; the slope is that of all.
            labels: the labels.

        Raises:
            ValueError: no video has counts.
        """
        known = [(video, video.counts) for video in videos if video.counts is not None]
        if not known:
            raise ValueError("a stopwatch needs at least one video with counts")
        seconds = np.log([video.duration_s for video, _ in known])
        counts = np.log(np.array([[own.get(label, 0) for label in labels] for _, own in known]) + _ADDED)
        of_activity: dict[str | None, list[int]] = {None: list(range(len(known)))}
        groups = of_activity
        if by_activity:
            groups = {}
            for place, (video, _) in enumerate(known):
                groups.setdefault(video.activity, []).append(place)
        centred_seconds, centred_counts = seconds.copy(), counts.copy()
        for places in groups.values():
            centred_seconds[places] -= seconds[places].mean()
            centred_counts[places] -= counts[places].mean(axis=0)
        spread = float((centred_seconds**2).sum())
        slopes = centred_seconds @ centred_counts / spread if spread > 0 else np.zeros(len(labels))
        return cls(
            tuple(labels),
            slopes,
            {
                activity: counts[places].mean(axis=0) - slopes * seconds[places].mean()
                for activity, places in (of_activity | groups).items()
            },
        )

    def count(self, duration_s: float, activity: str | None = None) -> dict[str, int]:
        """Return label → expected count in a video of this length, from 0 up."""
        constants = self.constants.get(activity, self.constants[None])
        expected = np.exp(self.slopes * np.log(duration_s) + constants) - _ADDED
        return {label: max(0, round(float(one))) for label, one in zip(self.labels, expected, strict=True)}


def counts_by_stopwatch(
    videos: Sequence[TimedVideo], *, by_activity: bool = False, labels: Sequence[str] = PRIMITIVES
) -> list[dict[str, int] | None]:
    """Return the expected counts in each video, fitted on the videos of all other patients; None where there are none.

    Args:
        videos: the videos.
        by_activity: whether each activity has a constant of its own.
        labels: the labels.
    """
    fitted = fitted_elsewhere(
        [None if video.counts is None else video for video in videos],
        [video.patient for video in videos],
        lambda others: DoseByDuration.fit(others, by_activity=by_activity, labels=labels),
    )
    return [
        None if own is None else own.count(video.duration_s, video.activity)
        for video, own in zip(videos, fitted, strict=True)
    ]
