"""95 % intervals by resampling patients: patients are independent, videos of one patient are not.

Percentile bootstrap over clusters (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 8 and 13; Field &
Welsh, J R Stat Soc B 2007;69:369–390): a patient is drawn with all videos of that patient.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

SAMPLES = 2000
"""Number of bootstrap samples."""

SEED = 20260706
"""Default seed: the same data have the same interval."""

LEVELS = (2.5, 97.5)
"""The ends of an interval, as percentiles of the samples."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % interval.

    Attributes:
        value: the value over all patients; None where there is nothing to average.
        low: lower end; None below two patients, and where no sample has a value.
        high: upper end; None as for ``low``.
        n: number of videos (or windows, or items).
        n_patients: number of patients.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    n_patients: int


def mean_interval(
    values: ArrayLike, patients: Sequence[Hashable], *, samples: int = SAMPLES, seed: int = SEED
) -> Interval:
    """Return the mean over videos with its 95 % interval.

    Args:
        values: one finite value per video.
        patients: the patient of each video.
        samples: number of bootstrap samples.
        seed: seed of the samples.

    Raises:
        ValueError: a value is not finite, or the lengths differ.

    >>> mean_interval([40.0, 50.0, 60.0], ["S1", "S1", "S2"])
    Interval(value=50.0, low=45.0, high=60.0, n=3, n_patients=2)
    """
    numbers = np.asarray(values, dtype=float)
    return ratio_interval(numbers, np.ones_like(numbers), patients, samples=samples, seed=seed)


def ratio_interval(
    parts: ArrayLike, wholes: ArrayLike, patients: Sequence[Hashable], *, samples: int = SAMPLES, seed: int = SEED
) -> Interval:
    """Return ``Σ parts / Σ wholes`` over videos with its 95 % interval.

    Pooled errors, shares of time and F1 (``2·TP / (2·TP + FP + FN)``) are such ratios. The value is None where the
    wholes sum to 0; samples in which they do are left out of the interval.

    Args:
        parts: one finite numerator per video.
        wholes: one finite denominator per video.
        patients: the patient of each video.
        samples: number of bootstrap samples.
        seed: seed of the samples.

    Raises:
        ValueError: a value is not finite, or the lengths differ.

    >>> ratio_interval([1, 2, 3], [4, 4, 4], ["S1", "S2", "S3"]).value
    0.5
    """
    by_patient = np.column_stack((patient_sums(parts, patients), patient_sums(wholes, patients)))
    part, whole = by_patient.sum(axis=0)
    value = float(part / whole) if whole else None
    n_patients = len(by_patient)
    n = len(patients)
    if value is None or n_patients < 2:
        return Interval(value, None, None, n, n_patients)
    drawn = by_patient[draws(n_patients, samples, seed)].sum(axis=1)
    known = drawn[drawn[:, 1] != 0]
    low, high = (float(level) for level in np.percentile(known[:, 0] / known[:, 1], LEVELS))
    return Interval(value, low, high, n, n_patients)


def draws(n_patients: int, samples: int = SAMPLES, seed: int = SEED) -> NDArray[np.int64]:
    """Draw the indices of each sample's patients with replacement; (samples, n_patients)."""
    return np.random.default_rng(seed).integers(n_patients, size=(samples, n_patients))


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
    places = {patient: place for place, patient in enumerate(dict.fromkeys(patients))}
    sums = np.zeros(len(places))
    np.add.at(sums, [places[patient] for patient in patients], numbers)
    return sums
