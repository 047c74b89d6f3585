"""A blind control of identification, fitted on other patients: the activity that takes them as long."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lmms_eval_plugins.assessments.dose.stopwatch import TimedVideo
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES
from lmms_eval_plugins.statistics.elsewhere import fitted_elsewhere


@dataclass(frozen=True, slots=True)
class ActivityByDuration:
    """A fitted stopwatch: log-durations of each activity are normal, with one spread for all (linear discriminant).

    Attributes:
        middles: activity → mean logarithm of its durations in seconds, in the vocabulary's order.
        shares: activity → its share of the training videos, above 0.
        variance: of the log-durations within activities; 0 where all of an activity last equally long.
    """

    middles: Mapping[str, float]
    shares: Mapping[str, float]
    variance: float

    @classmethod
    def fit(cls, videos: Sequence[TimedVideo]) -> ActivityByDuration:
        """Fit on videos; those without an activity are passed over.

        Raises:
            ValueError: no video has an activity.
        """
        of_activity: dict[str, list[float]] = {activity: [] for activity in ACTIVITIES}
        for video in videos:
            if video.activity is not None:
                of_activity.setdefault(video.activity, []).append(math.log(video.duration_s))
        known = {activity: logs for activity, logs in of_activity.items() if logs}
        if not known:
            raise ValueError("a stopwatch needs at least one video with an activity")
        n = sum(map(len, known.values()))
        middles = {activity: math.fsum(logs) / len(logs) for activity, logs in known.items()}
        squares = math.fsum((one - middles[activity]) ** 2 for activity, logs in known.items() for one in logs)
        return cls(middles, {activity: len(logs) / n for activity, logs in known.items()}, squares / n)

    def name(self, duration_s: float) -> str:
        """Return the likeliest activity of a video of this length; of equally likely ones the vocabulary's first."""
        seconds = math.log(duration_s)
        variance = max(self.variance, 1e-12)

        def likelihood(activity: str) -> float:
            return math.log(self.shares[activity]) - (seconds - self.middles[activity]) ** 2 / (2 * variance)

        return max(self.middles, key=likelihood)


def activities_by_stopwatch(videos: Sequence[TimedVideo]) -> list[str | None]:
    """Return the likeliest activity of each video, fitted on the videos of all other patients; None where none is.

    Args:
        videos: the videos; their activities are the truth, and counts are not used.
    """
    fitted = fitted_elsewhere(
        [None if video.activity is None else video for video in videos],
        [video.patient for video in videos],
        ActivityByDuration.fit,
    )
    return [None if own is None else own.name(video.duration_s) for video, own in zip(videos, fitted, strict=True)]
