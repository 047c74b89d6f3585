"""How far an instrument is off: the intervals of its doses, by its errors about patients that it had not seen."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.decoding.clock import Floats
from lmms_eval_plugins.statistics.conformal import farthest, pooled_ends

LEVELS = (50, 80, 90)
"""Levels of intervals, in per cent."""

Ends = tuple[float, float]

_ADDED = 1.0
"""Added to true and estimated doses before the logarithm of their ratio is taken: an error has a size at 0, too."""

_BORROWED = 8.0
"""The size of errors in an activity is that of its own errors and of so many of the usual size."""

SESSION_SIZES = (1, 2, 3, 4, 6, 9, 12, 18, 27, 36, 54, 81)
"""Numbers of videos for which it is known how far their sums are off."""


def log_errors(true: Floats, estimated: Floats) -> Floats:
    """Return ``log((true + 1) / (estimated + 1))`` of doses."""
    errors: Floats = np.log((true + _ADDED) / (estimated + _ADDED))
    return errors


@dataclass(frozen=True, slots=True)
class DoseCalibration:
    """The errors of an instrument, as factors of doses.

    Attributes:
        n_patients: number of patients on whom it was calibrated.
        ends: level → for each outcome the ends of the errors, as logarithms; (outcomes, 2).
        within: level → the ends of errors in units of their usual size in an activity; (outcomes, 2).
        sizes: activity → the usual size of errors in it; None is of other activities; (outcomes,).
        of_sums: number of videos → level → for each outcome how far the sum over so many videos of a patient is off, as
            a logarithm; (outcomes,).
    """

    n_patients: int
    ends: Mapping[int, Floats]
    within: Mapping[int, Floats]
    sizes: Mapping[str | None, Floats]
    of_sums: Mapping[int, Mapping[int, Floats]]

    @classmethod
    def fit(
        cls, true: Floats, estimated: Floats, patients: Sequence[str], activities: Sequence[str | None], seed: int
    ) -> DoseCalibration:
        """Calibrate on doses of patients whom the estimator had not seen.

        Args:
            true: true doses; (videos, outcomes).
            estimated: estimated ones.
            patients: the patient of each video.
            activities: what is done in each.
            seed: seed of the choice of videos whose sums are compared.
        """
        errors = log_errors(true, estimated)
        sizes = _sizes(errors, activities)
        scaled = np.array([errors[place] / _size(sizes, activities[place]) for place in range(len(errors))])
        return cls(
            n_patients=len(set(patients)),
            ends={level: _ends(errors, patients, level) for level in LEVELS},
            within={level: _ends(scaled, patients, level) for level in LEVELS},
            sizes=sizes,
            of_sums=_of_sums(true, estimated, patients, seed),
        )

    def intervals(
        self, estimated: Floats, activities: Sequence[str | None], *, within_activity: bool
    ) -> Mapping[int, Floats]:
        """Return level → the interval of each dose; (videos, outcomes, 2), from 0 up.

        Args:
            estimated: the estimated doses; (videos, outcomes).
            activities: what is done in each video.
            within_activity: whether an interval is as wide as errors in the activity are, rather than in all.
        """
        if not within_activity:
            return {level: _around(estimated, own[None, :, :]) for level, own in self.ends.items()}
        sizes = np.array([_size(self.sizes, activity) for activity in activities]).reshape(estimated.shape)
        return {level: _around(estimated, own[None, :, :] * sizes[:, :, None]) for level, own in self.within.items()}


def intervals_of_sum(
    of_sums: Mapping[int, Mapping[int, Floats]], estimated: Floats, n_videos: int
) -> Mapping[int, Floats]:
    """Return level → the interval of the sum over a patient's videos; (outcomes, 2), from 0 up.

    Args:
        of_sums: how far sums are off, see `DoseCalibration`.
        estimated: the sums of the estimated doses; (outcomes,).
        n_videos: over how many videos; where that number is not known, the next lower known one counts.
    """
    known = max(size for size in of_sums if size <= max(n_videos, 1))
    return {level: _around(estimated, np.stack([-far, far], axis=-1)) for level, far in of_sums[known].items()}


def _around(estimated: Floats, ends: Floats) -> Floats:
    around: Floats = np.maximum(0.0, (estimated[..., None] + _ADDED) * np.exp(ends) - _ADDED)
    return around


def _ends(errors: Floats, patients: Sequence[Hashable], level: int) -> Floats:
    return np.array([pooled_ends(column, patients, level / 100) for column in errors.T])


def _size(sizes: Mapping[str | None, Floats], activity: str | None) -> Floats:
    return sizes.get(activity, sizes[None])


def _sizes(errors: Floats, activities: Sequence[str | None]) -> dict[str | None, Floats]:
    """Return the root mean square of errors by activity, each with some of the size of all."""
    squares = errors**2
    usual = squares.mean(axis=0) + 1e-6
    sizes: dict[str | None, Floats] = {None: np.sqrt(usual)}
    for activity in sorted({one for one in activities if one}):
        own = squares[[one == activity for one in activities]]
        sizes[activity] = np.sqrt((own.sum(axis=0) + _BORROWED * usual) / (len(own) + _BORROWED))
    return sizes


def _of_sums(true: Floats, estimated: Floats, patients: Sequence[str], seed: int) -> dict[int, dict[int, Floats]]:
    """Return how far sums over some of a patient's videos are off, from one choice of them for each patient.

    One choice per patient keeps patients exchangeable ("subsampling once": Dunn, Wasserman & Ramdas 2022, sec. 3.2).
    """
    own = {patient: np.flatnonzero([one == patient for one in patients]) for patient in dict.fromkeys(patients)}
    rng = np.random.default_rng(seed)
    shuffled = [rng.permutation(places) for places in own.values()]
    longest = max(map(len, shuffled))
    found: dict[int, dict[int, Floats]] = {}
    for size in (one for one in SESSION_SIZES if one <= longest):
        errors = np.array([log_errors(true[k[:size]].sum(axis=0), estimated[k[:size]].sum(axis=0)) for k in shuffled])
        found[size] = {
            level: np.array([farthest(list(column), level / 100) for column in errors.T]) for level in LEVELS
        }
    return found
