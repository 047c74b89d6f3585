"""95 % intervals by resampling patients: videos of one patient are not independent, patients are.

Percentile bootstrap over clusters (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 8 and 13; Field &
Welsh, J R Stat Soc B 2007;69:369–390): a patient is drawn with all of their videos.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

SAMPLES = 2000
"""How many times the patients are drawn."""

SEED = 20260706
"""The seed of every interval that is not given another; the same data have the same interval."""

LEVELS = (2.5, 97.5)
"""The ends of an interval, as percentiles of the samples."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with its 95 % interval.

    Attributes:
        value: the value over all patients; None where there is nothing to average.
        low: lower end; None below two patients, and where no sample has a value.
        high: upper end; the same.
        n: how many videos (or windows, or items) it is about.
        n_patients: how many patients.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    n_patients: int


def mean_interval(
    values: ArrayLike, patients: Sequence[Hashable], *, samples: int = SAMPLES, seed: int = SEED
) -> Interval:
    """The mean over videos with its interval.

    Args:
        values: one finite value per video.
        patients: whose video it is.
        samples: how many times the patients are drawn.
        seed: of the draws.

    Raises:
        ValueError: a value is not finite, or the lengths differ.
    """
    numbers = np.asarray(values, dtype=float)
    return ratio_interval(numbers, np.ones_like(numbers), patients, samples=samples, seed=seed)


def ratio_interval(
    parts: ArrayLike, wholes: ArrayLike, patients: Sequence[Hashable], *, samples: int = SAMPLES, seed: int = SEED
) -> Interval:
    """``Σ parts / Σ wholes`` over videos with its interval: pooled errors, shares of time, F1 as ``2·TP/(2·TP+FP+FN)``.

    The value is None where the wholes sum to 0; samples in which they do are left out of the interval.

    Raises:
        ValueError: a value is not finite, or the lengths differ.
    """
    of_patients = np.column_stack((_sums(parts, patients), _sums(wholes, patients)))
    part, whole = of_patients.sum(axis=0)
    value = float(part / whole) if whole else None
    n_patients = len(of_patients)
    n = len(patients)
    if value is None or n_patients < 2:
        return Interval(value, None, None, n, n_patients)
    drawn = of_patients[draws(n_patients, samples, seed)].sum(axis=1)
    known = drawn[drawn[:, 1] != 0]
    low, high = (float(level) for level in np.percentile(known[:, 0] / known[:, 1], LEVELS))
    return Interval(value, low, high, n, n_patients)


def draws(n_patients: int, samples: int = SAMPLES, seed: int = SEED) -> NDArray[np.int64]:
    """Indices of the patients of each sample, one row per sample, drawn with replacement."""
    return np.random.default_rng(seed).integers(n_patients, size=(samples, n_patients))


def by_stratum(
    values: ArrayLike,
    patients: Sequence[Hashable],
    strata: Sequence[str | None],
    order: Iterable[str],
    *,
    seed: int = SEED,
) -> Mapping[str, Interval]:
    """The mean and interval in each stratum (a cohort, an activity), in the order given; empty strata are left out."""
    numbers = np.asarray(values, dtype=float)
    intervals = {}
    for stratum in order:
        places = [place for place, one in enumerate(strata) if one == stratum]
        if places:
            intervals[stratum] = mean_interval(numbers[places], [patients[place] for place in places], seed=seed)
    return intervals


def _sums(values: ArrayLike, patients: Sequence[Hashable]) -> NDArray[np.float64]:
    """The sum of each patient's values, patients in order of first appearance."""
    numbers = np.asarray(values, dtype=float)
    if numbers.shape != (len(patients),):
        raise ValueError(f"{numbers.shape} values of {len(patients)} patients; one each per video")
    if not np.isfinite(numbers).all():
        raise ValueError("a value is not a number; leave out what was not scored")
    places = {patient: place for place, patient in enumerate(dict.fromkeys(patients))}
    sums = np.zeros(len(places))
    np.add.at(sums, [places[patient] for patient in patients], numbers)
    return sums
