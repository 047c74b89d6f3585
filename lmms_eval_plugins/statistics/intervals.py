"""95 % intervals by patients: patients are independent, videos of one patient are not.

The cluster-robust t interval of a ratio estimator (Cochran, Sampling Techniques, 1977, sec. 6.3 and 9A.1), with the two
corrections that few and unequal patients ask for: the variance is that of the jackknife over patients, of the kind CR3
(Bell & McCaffrey, Surv Methodol 2002;28:169–181), and the degrees of freedom of t are one less than the effective
number of patients (Kish, Survey Sampling, 1965, sec. 11.7; Carter et al., Rev Econ Stat 2017;99:698–709). Where all
patients have as many videos, both are the usual ones: ``m/(m − 1) · Σ(part − ratio·whole)² / whole²`` and ``m − 1``.
tests/statistics/test_coverage.py measures what these intervals cover.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmms_eval_plugins.statistics.rounding import ROUNDING

FEWEST_PATIENTS = 5
"""Below so many patients there is no interval: too little is known of how patients differ."""

_NOTHING = 1e-12
"""A standard error of a number of order 1 that is no more than rounding."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % interval.

    Attributes:
        value: the value over all patients; None where it is not defined.
        low: lower end; None below `FEWEST_PATIENTS`, and where the patients do not show how far it may be off.
        high: upper end; None as for ``low``.
        n: number of videos (or windows, or items).
        n_patients: number of patients.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    n_patients: int


def mean_interval(values: ArrayLike, patients: Sequence[Hashable]) -> Interval:
    """Return the mean over videos with its 95 % interval.

    The interval knows no bounds of a score: its ends may lie beyond them.

    Args:
        values: one finite value per video.
        patients: the patient of each video.

    Raises:
        ValueError: a value is not finite, or the lengths differ.

    >>> found = mean_interval([40, 50, 60, 50, 50], ["S1", "S2", "S3", "S4", "S5"])
    >>> found.value, round(found.low, 1), round(found.high, 1)
    (50.0, 41.2, 58.8)
    """
    numbers = np.asarray(values, dtype=float)
    return ratio_interval(numbers, np.ones_like(numbers), patients)


def ratio_interval(parts: ArrayLike, wholes: ArrayLike, patients: Sequence[Hashable]) -> Interval:
    """Return ``Σ parts / Σ wholes`` over videos with its 95 % interval.

    Pooled errors and means are such ratios; for shares of something bounded see `proportions.share_interval`. A patient
    with neither part nor whole tells nothing and is not counted. There is no interval where all of the whole is of one
    patient, and where all patients have the same ratio: it would be a point.

    Args:
        parts: one finite numerator per video.
        wholes: one finite denominator per video, at least 0.
        patients: the patient of each video.

    Returns:
        The ratio and its interval; the ratio is None where the wholes sum to 0.

    Raises:
        ValueError: a value is not finite, or the lengths differ.

    >>> ratio_interval([1, 2, 3], [4, 4, 4], ["S1", "S2", "S3"])
    Interval(value=0.5, low=None, high=None, n=3, n_patients=3)
    """
    of_part, of_whole = patient_sums(parts, patients), patient_sums(wholes, patients)
    telling = (of_part != 0) | (of_whole != 0)
    if telling.any():
        of_part, of_whole = of_part[telling], of_whole[telling]
    n, m, whole = len(patients), len(of_whole), float(of_whole.sum())
    value = float(of_part.sum()) / whole if whole else None
    if value is None or m < FEWEST_PATIENTS or of_whole.max() == whole:
        return Interval(value, None, None, n, m)
    error = math.sqrt(ratio_variance(of_part, of_whole))
    if error <= ROUNDING * abs(value):
        return Interval(value, None, None, n, m)
    half = t_quantile(effective_number(of_whole)) * error
    return Interval(value, value - half, value + half, n, m)


def ratio_variance(parts: NDArray[np.float64], wholes: NDArray[np.float64]) -> float:
    """Return the jackknife variance of ``Σ parts / Σ wholes`` over patients, none of whom has all of the whole."""
    m, whole = len(wholes), float(wholes.sum())
    changes = (parts - float(parts.sum()) / whole * wholes) / (whole - wholes)  # where a patient is left out
    return (m - 1) / m * float((changes**2).sum())


def effective_number(sizes: ArrayLike) -> float:
    """Return how many patients of one size tell as much as patients of these sizes, ``(Σ w)² / Σ w²``.

    >>> effective_number([3, 3, 3]), round(effective_number([9, 1, 1]), 2)
    (3.0, 1.46)
    """
    weights = np.asarray(sizes, dtype=float)
    return float(weights.sum() ** 2 / (weights**2).sum())


def t_quantile(n_patients: float) -> float:
    """Return the 97.5 % quantile of t for so many patients, which need not be whole; two are the fewest.

    >>> round(t_quantile(5), 3)
    2.776
    """
    from scipy.stats import t  # slow to import

    return float(t.ppf(0.975, max(n_patients - 1, 1)))


def patient_sums(values: ArrayLike, patients: Sequence[Hashable]) -> NDArray[np.float64]:
    """Sum the values of each patient, in order of first appearance; (n_patients,).

    Raises:
        ValueError: a value is not finite, or the lengths differ.
    """
    numbers = np.asarray(values, dtype=float)
    if numbers.shape != (len(patients),):
        raise ValueError(f"{numbers.shape} values for {len(patients)} patients; give one of each per video")
    if not np.isfinite(numbers).all():
        raise ValueError("a value is not a number; leave out what was not scored")
    places = patient_places(patients)
    sums = np.zeros(1 + max(places, default=-1))
    np.add.at(sums, places, numbers)
    return sums


def patient_places(patients: Sequence[Hashable]) -> list[int]:
    """Return each patient's number, 0 upwards in order of first appearance."""
    number = {patient: place for place, patient in enumerate(dict.fromkeys(patients))}
    return [number[patient] for patient in patients]


def without_each_patient(patients: Sequence[Hashable]) -> list[NDArray[np.intp]]:
    """Return for each patient, in order of first appearance, the places of all others' videos."""
    places = np.array(patient_places(patients), dtype=int)
    return [np.flatnonzero(places != place) for place in range(1 + max(places, default=-1))]


def jackknife_error(value: float, without: Sequence[float | None]) -> float | None:
    """Return the standard error of a value by the jackknife over patients (Efron & Stein, Ann Stat 1981;9:586–596).

    Args:
        value: of all patients, of order 1.
        without: the value without each patient.

    Returns:
        None where it is not defined without one of them, and where it is the same without any.
    """
    known = [one for one in without if one is not None]
    if len(known) < len(without):
        return None
    changes = np.array(known) - value
    error = math.sqrt((len(known) - 1) / len(known) * float((changes**2).sum()))
    return error if error > _NOTHING else None


def jackknife_interval(
    value_of: Callable[[NDArray[np.intp]], float | None], patients: Sequence[Hashable], low: float, high: float
) -> Interval:
    """Return a value with its 95 % interval: jackknife over patients, t, within bounds.

    Args:
        value_of: places of videos (or items, or answers) → their value, of order 1; None where it is not defined.
        patients: the patient of each place.
        low: the least value that there is.
        high: the greatest.

    Returns:
        The value of all places. There is no interval below five patients, where the value is not defined without one of
        them, and where it is the same without any.
    """
    value, n, m = value_of(np.arange(len(patients))), len(patients), len(set(patients))
    if value is None or m < FEWEST_PATIENTS:
        return Interval(value, None, None, n, m)
    error = jackknife_error(value, [value_of(kept) for kept in without_each_patient(patients)])
    if error is None:
        return Interval(value, None, None, n, m)
    half = t_quantile(m) * error
    return Interval(value, max(value - half, low), min(value + half, high), n, m)
