"""What one session of patients tells of a second one: how far videos of a patient vary, and what a measure follows.

A value of a video is taken as ``patient + activity + rest``, by least squares. The rest is what the same patient in the
same activity may be off another time; it holds what is peculiar to a patient in an activity too, so that it is rather
too large than too small.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmms_eval_plugins.statistics.intervals import Interval, patient_places, ratio_interval
from lmms_eval_plugins.statistics.planning import Variation

_VERSIONS = 1_000
"""So many differences of two sessions are drawn of each patient, to draw from."""

_NOTHING = 1e-9
"""What is left of values that are exact sums of patient and activity, relative to them, is no more than rounding."""

_FEWEST = 3
"""Fewer patients with several videos do not show how sessions vary."""


@dataclass(frozen=True, slots=True)
class AdditiveFit:
    """Values of videos as the sum of their patient, their activity and a rest.

    Attributes:
        of_patient: the part of each patient, in order of first appearance, up to a constant; (m,).
        rest: what is left of each video; (n,).
        free: degrees of freedom of the rest; 0 where it says nothing.
    """

    of_patient: NDArray[np.float64]
    rest: NDArray[np.float64]
    free: int

    @property
    def widened(self) -> NDArray[np.float64]:
        """The rest, as large as if nothing had been fitted, ``√(n / free)`` times; without freedom all 0."""
        return self.rest * (math.sqrt(len(self.rest) / self.free) if self.free else 0.0)


def additive_fit(values: ArrayLike, patients: Sequence[Hashable], activities: Sequence[Hashable]) -> AdditiveFit:
    """Fit patient and activity to values of videos by least squares.

    >>> fit = additive_fit([1, 2, 3, 4], ["a", "a", "b", "b"], ["eat", "comb", "eat", "comb"])
    >>> round(float(fit.of_patient[1] - fit.of_patient[0]), 9), fit.free
    (2.0, 1)
    """
    numbers = np.asarray(values, dtype=float)
    whose, what = np.array(patient_places(patients)), np.array(patient_places(activities))
    m = int(whose.max()) + 1
    design = np.zeros((len(numbers), m + int(what.max()) + 1))
    design[np.arange(len(numbers)), whose] = 1
    design[np.arange(len(numbers)), m + what] = 1
    parts, _, rank, _ = np.linalg.lstsq(design, numbers, rcond=None)
    rest = numbers - design @ parts
    if np.abs(rest).max() <= _NOTHING * np.abs(numbers).max():
        rest = np.zeros_like(rest)
    return AdditiveFit(parts[:m], rest, len(numbers) - int(rank))


def followed(measured: AdditiveFit, true: AdditiveFit, patients: Sequence[Hashable]) -> Interval:
    """Return how much of a change of the true value a measure shows: 1 all of it, 0 none.

    The slope of what is left of the measured values on what is left of the true ones, which is a ratio of sums; its
    interval is that of `ratio_interval`. On logarithms it is the share of a relative change, to a first approximation.

    Returns:
        Without a value where nothing is left of the true ones.
    """
    return ratio_interval(measured.rest * true.rest, true.rest**2, patients)


def session_variation(fit: AdditiveFit, patients: Sequence[Hashable], seed: int) -> Variation | None:
    """Return how a patient's mean over videos varies between two sessions of the same activities.

    Both sessions draw as many videos as the patient has from what is left of these, see `AdditiveFit.widened`.

    Returns:
        None where fewer than three patients have several videos, or nothing is left.
    """
    whose, rest = np.array(patient_places(patients)), fit.widened
    of_patients = [own for place in range(int(whose.max()) + 1) if len(own := rest[whose == place]) > 1]
    if len(of_patients) < _FEWEST or not fit.free:
        return None
    rng = np.random.default_rng(seed)
    drawn = [own[rng.integers(len(own), size=(2, _VERSIONS, len(own)))].mean(axis=2) for own in of_patients]
    return Variation(np.array([later - before for before, later in drawn]), np.ones(len(of_patients)))
