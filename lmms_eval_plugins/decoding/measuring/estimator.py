"""The fused estimate of a dose: readings, the video's length and its activity, weighed as others' doses teach.

Ridge regression (Hoerl & Kennard, Technometrics 1970;12:55–67) of the logarithms of true counts and seconds. A linear
model in logarithms weighs the decoder's count against what a stopwatch says, each by as much as it is worth in other
patients, and corrects a decoder that always counts too few. A patient's other videos of the session count too: who is
slower than others in all activities is likely to be so in this one.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.decoding.clock import Floats
from lmms_eval_plugins.decoding.measuring.readings import Doses, Flags, Reading

Penalties = Sequence[tuple[float, float]]
"""Pairs of penalties, on the weights of readings and of activities; the estimate is the mean of those by each pair."""

PENALTIES = tuple((of_readings, of_activities) for of_readings in (3.0, 10.0) for of_activities in (3.0, 10.0))
"""Penalties on the weights of readings and of activities; the estimate is the mean of those by each of them."""

_OF_LENGTH, _OF_USUAL = 0.01, 0.5
"""Penalties on the weight of the length, and on those of activities where the usual readings are fitted."""

_COUNT, _TOTAL, _SECONDS = 0.5, 1.0, 0.5
"""Added to true counts of labels, to their total and to seconds before their logarithms are taken."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of some videos without looking at them.

    Attributes:
        log_seconds: logarithms of their lengths in seconds; (videos,).
        activities: what is done in each; None where it is not known.
        sessions: the session of each: videos of one are of one patient on one day.
    """

    log_seconds: Floats
    activities: tuple[str | None, ...]
    sessions: tuple[Hashable, ...]

    def part(self, chosen: Flags) -> Known:
        """Return what is known of the chosen videos; (videos,) of bool."""
        kept = np.flatnonzero(chosen)
        return Known(
            self.log_seconds[kept],
            tuple(self.activities[place] for place in kept),
            tuple(self.sessions[place] for place in kept),
        )


@dataclass(frozen=True, slots=True)
class Linear:
    """``constant + rows @ weights``.

    Attributes:
        weights: (columns, outcomes).
        constant: (outcomes,).
    """

    weights: Floats
    constant: Floats

    def __call__(self, rows: Floats) -> Floats:
        """Return the outcomes of rows; (rows, outcomes)."""
        return self.constant + rows @ self.weights

    @classmethod
    def fit(cls, rows: Floats, outcomes: Floats, penalties: Floats) -> Linear:
        """Fit by least squares with a quadratic penalty on the weight of each column, none on the constant."""
        middle, mean = rows.mean(axis=0), outcomes.mean(axis=0)
        centred = rows - middle
        weights = np.linalg.solve(centred.T @ centred + np.diag(penalties), centred.T @ (outcomes - mean))
        return cls(weights, mean - middle @ weights)


@dataclass(frozen=True, slots=True)
class WayOfReading:
    """The estimate by one way of reading.

    Attributes:
        usual: what is read of a video of a length and activity, as a rule; (1 + activities, 2 · labels).
        doses: logarithms of doses by readings, means of the session's unusual readings, length and activity;
            (4 · labels + 1 + activities, 2 · labels + 1).
    """

    usual: Linear
    doses: Linear


@dataclass(frozen=True, slots=True)
class DoseEstimator:
    """A fitted estimator.

    Attributes:
        activities: the activities that it has constants for.
        ways: one for each way of reading; the estimate is the mean of their logarithms. Without any it is what is read.
    """

    activities: tuple[str, ...]
    ways: tuple[WayOfReading, ...]

    @classmethod
    def as_read(cls, known: Known) -> DoseEstimator:
        """Return the estimator that takes a decoder at its word, with the activities of the videos that it is for."""
        return cls(_activities(known), ())

    @classmethod
    def fit(cls, reading: Reading, known: Known, true: Doses, penalties: Penalties = PENALTIES) -> DoseEstimator:
        """Fit on videos of which the true doses are known, and which were read by decoders without their patients.

        Args:
            reading: what was read.
            known: what is known of the same videos.
            true: their true doses.
            penalties: on the weights of readings and of activities; the estimate is the mean of those by each.
        """
        activities = _activities(known)
        about = _about(known, activities)
        usual_penalties = np.array([_OF_LENGTH, *[_OF_USUAL] * len(activities)])
        outcomes = _logs(true)
        ways = []
        for logs in reading.logs:
            usual = Linear.fit(about, logs, usual_penalties)
            rows = np.concatenate([logs, _session_means(logs - usual(about), known.sessions), about], axis=1)
            n = 2 * logs.shape[1]
            fits = [
                Linear.fit(rows, outcomes, np.array([*[own] * n, _OF_LENGTH, *[other] * len(activities)]))
                for own, other in penalties
            ]
            mean = Linear(
                np.mean([fit.weights for fit in fits], axis=0), np.mean([fit.constant for fit in fits], axis=0)
            )
            ways.append(WayOfReading(usual, mean))
        return cls(activities, tuple(ways))

    def estimate(self, reading: Reading, known: Known) -> Doses:
        """Estimate the doses of videos; those of one session are better estimated together.

        Args:
            reading: what was read of them, in the ways of the estimator.
            known: what is known of them.
        """
        if not self.ways:
            return reading.doses
        about = _about(known, self.activities)
        logs = []
        for way, read in zip(self.ways, reading.logs, strict=True):
            unusual = _session_means(read - way.usual(about), known.sessions)
            logs.append(way.doses(np.concatenate([read, unusual, about], axis=1)))
        return _doses(np.mean(logs, axis=0))


def _activities(known: Known) -> tuple[str, ...]:
    return tuple(sorted({activity for activity in known.activities if activity}))


def log_counts(counts: Floats) -> Floats:
    """Return the logarithms of counts of labels, in which they are estimated and their errors taken."""
    logs: Floats = np.log(counts + _COUNT)
    return logs


def _about(known: Known, activities: Sequence[str]) -> Floats:
    """Return length and activity as numbers; (videos, 1 + activities)."""
    is_of = [[float(activity == one) for one in activities] for activity in known.activities]
    return np.concatenate([known.log_seconds[:, None], np.array(is_of).reshape(len(known.activities), -1)], axis=1)


def _session_means(unusual: Floats, sessions: Sequence[Hashable]) -> Floats:
    """Return for each video the mean of its session, as if one more video were as usual: one of few is pulled to 0."""
    places: dict[Hashable, list[int]] = {}
    for place, session in enumerate(sessions):
        places.setdefault(session, []).append(place)
    means = np.zeros_like(unusual)
    for own in places.values():
        means[own] = unusual[own].sum(axis=0) / (len(own) + 1)
    return means


def _added(n_labels: int) -> Floats:
    return np.array([*[_COUNT] * n_labels, _TOTAL, *[_SECONDS] * n_labels])


def _logs(true: Doses) -> Floats:
    columns = true.columns()
    logs: Floats = np.log(columns + _added(true.counts.shape[1]))
    return logs


def _doses(logs: Floats) -> Doses:
    n = logs.shape[1] // 2
    columns = np.maximum(0.0, np.exp(logs) - _added(n))
    return Doses(columns[:, :n], columns[:, n], columns[:, n + 1 :])
