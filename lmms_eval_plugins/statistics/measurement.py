"""Measurement properties, as journals ask for them: agreement, error of measurement, detectable change, reliability.

Terms and forms are those of COSMIN (Mokkink et al., BMC Med Res Methodol 2010;10:22; de Vet et al., J Clin Epidemiol
2006;59:1033–1039). Patients are the independent units: where one patient has several measurements, these are alike, and
intervals are by the jackknife over patients unless something else is said. As everywhere, there is none for fewer than
`intervals.FEWEST_PATIENTS` patients, nor where it would be a point.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmms_eval_plugins.statistics.intervals import (
    FEWEST_PATIENTS,
    Interval,
    jackknife_error,
    patient_places,
    t_quantile,
    without_each_patient,
)
from lmms_eval_plugins.statistics.reliability import (
    LIMITS_SPREAD,
    PERFECT,
    Limits,
    MeanSquares,
    icc_of,
    limits_of_agreement,
)
from lmms_eval_plugins.statistics.rounding import are_equal

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

ChangeLevel = Literal[90, 95]
"""How sure, in per cent, one is of a change of the size that is detectable."""

_QUANTILES: dict[ChangeLevel, float] = {90: 1.645, 95: 1.96}
"""Two-sided quantiles of the normal distribution, with the digits that publications of MDC have."""


def detectable_change(sem: float, level: ChangeLevel) -> float:
    """Return the minimal detectable change, ``z·√2·SEM``: a difference of two measurements beyond their error.

    Args:
        sem: the standard error of measurement, in the unit of the measure.
        level: 90 (z 1.645) or 95 (z 1.96) per cent.

    >>> round(detectable_change(2.46, 95), 2)
    6.82
    """
    return _QUANTILES[level] * math.sqrt(2) * sem


def limits_of_patients(differences: ArrayLike, patients: Sequence[Hashable]) -> Limits:
    """Return bias and 95 % limits of agreement of differences of which a patient may have several.

    The bias is the mean of the patients' means; the limits are ``bias ± 1.96·SD``, with SD that of a single difference,
    see `error_of_single` (Bland & Altman, J Biopharm Stat 2007;17:571–582, for a true value that varies). Their
    intervals join those of the mean and of both variances (Zou, Stat Methods Med Res 2013;22:630–642), here with t in
    place of the normal quantile of the mean. With one difference of each patient: `limits_of_agreement`.

    Args:
        differences: one finite difference per measurement.
        patients: the patient of each.

    Raises:
        ValueError: the lengths differ.
    """
    values = _checked(differences, patients)
    n, many = len(set(patients)), len(values)
    if n == many:
        return limits_of_agreement(np.zeros(n).tolist(), values.tolist())
    parts = _Parts.of(values, patients)
    bias, variance = float(parts.means.mean()), parts.of_single
    if variance is None:
        return Limits(bias, None, None)
    deviation = math.sqrt(variance)
    low, high = bias - LIMITS_SPREAD * deviation, bias + LIMITS_SPREAD * deviation
    if n < FEWEST_PATIENTS or are_equal(values):
        return Limits(bias, low, high)
    of_means, of_within = (
        (parts.between, n - 1),
        (parts.weight * (parts.within or 0.0), many - n),
    )
    least = variance - math.hypot(*(_below(*one) for one in (of_means, of_within)))
    most = variance + math.hypot(*(_above(*one) for one in (of_means, of_within)))
    half = t_quantile(n) * math.sqrt(parts.between / n)
    inner = math.hypot(half, LIMITS_SPREAD * (deviation - math.sqrt(max(least, 0.0))))
    outer = math.hypot(half, LIMITS_SPREAD * (math.sqrt(most) - deviation))
    return Limits(bias, low, high, (bias - half, bias + half), (low - outer, low + inner), (high - inner, high + outer))


def error_of_single(differences: ArrayLike, patients: Sequence[Hashable]) -> Interval:
    """Return the standard deviation of a single difference about the bias, with its interval.

    ``√(s² + (1 − 1/m)·w²)`` with s² the variance of the patients' means, w² that within patients, and m the harmonic
    mean of how many differences a patient has: as if a single one of a patient were drawn (Bland & Altman 2007). The
    interval is by jackknife on the log; with one difference of each patient it is the exact one of normal differences,
    by χ².

    Returns:
        The value is None below two patients.

    Raises:
        ValueError: the lengths differ.
    """
    values, n = _checked(differences, patients), len(set(patients))
    if FEWEST_PATIENTS <= n == len(values) and not are_equal(values):
        variance = float(values.var(ddof=1))
        low, high = variance - _below(variance, n - 1), variance + _above(variance, n - 1)
        return Interval(math.sqrt(variance), math.sqrt(low), math.sqrt(high), n, n)
    return _logged(lambda kept: _root(_Parts.of(values[kept], [patients[at] for at in kept]).of_single), patients)


def error_within_patients(differences: ArrayLike, patients: Sequence[Hashable]) -> Interval:
    """Return the root of the mean square within patients, of one-way analysis of variance, with its interval.

    It is the error that is left where measurements of one and the same patient are compared: what is wrong with all
    of a patient's cancels out. The interval is by jackknife on the log; that by χ² covers .6 where patients differ.

    Returns:
        The value is None where no patient has two.

    Raises:
        ValueError: the lengths differ.

    >>> error_within_patients([1, 3, 5, 5], ["S1", "S1", "S2", "S2"]).value
    1.0
    """
    values = _checked(differences, patients)
    return _logged(lambda kept: _root(_Parts.of(values[kept], [patients[at] for at in kept]).within), patients)


class Repeats(NamedTuple):
    """How well repeated measurements of the same subjects agree: ICC(1,1), and the SEM ``√MSW``."""

    icc: Interval
    sem: Interval


def repeats_of(values: ArrayLike, subjects: Sequence[Hashable], patients: Sequence[Hashable]) -> Repeats:
    """Return ICC(1,1) and SEM of measurements that were repeated; subjects with a single one do not count.

    ``(MSB − MSW) / (MSB + (k − 1)·MSW)`` of one-way analysis of variance (Shrout & Fleiss, Psychol Bull
    1979;86:420–428), k the effective number of measurements of a subject where these differ, ``(N − Σk²/N)/(n − 1)``.
    The interval of the ICC is by jackknife over patients on Fisher's z.

    Args:
        values: one per measurement.
        subjects: what was measured, such as a patient's activity.
        patients: whose it is.

    Returns:
        Values are None below two subjects with two measurements.

    Raises:
        ValueError: the lengths differ.
    """
    given = _checked(values, subjects)
    if len(subjects) != len(patients):
        raise ValueError(f"{len(subjects)} subjects of {len(patients)} patients; give one of each per measurement")
    known = list(subjects)
    often = [at for at, subject in enumerate(known) if known.count(subject) > 1]
    numbers, whose = given[often], [patients[at] for at in often]
    what = [known[at] for at in often]

    def icc(kept: Places) -> float | None:
        return _one_way(numbers[kept], [what[at] for at in kept])

    def sem(kept: Places) -> float | None:
        return _root(_Parts.of(numbers[kept], [what[at] for at in kept]).within if len(kept) else None)

    return Repeats(_by_fisher(icc, whose), _logged(sem, whose))


class Ratings(NamedTuple):
    """How well raters, instruments or runs agree who measured the same subjects.

    ``agreement`` is ICC(A,1), which is ICC(2,1), and ``consistency`` ICC(C,1), which is ICC(3,1) and forgives that one
    rater measures more than another throughout; ``sem_agreement`` and ``sem_consistency`` are the SEM of the same kind.
    """

    agreement: Interval
    consistency: Interval
    sem_agreement: Interval
    sem_consistency: Interval


def ratings_of(ratings: ArrayLike, patients: Sequence[Hashable]) -> Ratings:
    """Return ICC and SEM of subjects whom each of several raters measured once.

    Of two-way analysis of variance with mean squares BMS, JMS (raters) and EMS: ICC(A,1) see `icc_of`; ICC(C,1) is
    ``(BMS − EMS)/(BMS + (k − 1)·EMS)`` (McGraw & Wong, Psychol Methods 1996;1:30–46). The SEM of consistency is
    ``√EMS``, of two raters SD/√2 of their differences; that of agreement is ``√(σ² + EMS)``, ``σ² = (JMS − EMS)/n``
    where it is positive (de Vet et al. 2006). Intervals are by jackknife over patients, on Fisher's z and on the log;
    of ICC(A,1) with one subject per patient by F, as in `icc_of`.

    Args:
        ratings: (subjects, raters), finite; two raters at least.
        patients: the patient of each subject.

    Returns:
        Values are None below two subjects, and where nothing varies.

    Raises:
        ValueError: the lengths differ.
    """
    given = np.asarray(ratings, dtype=float)
    if given.ndim != 2 or len(given) != len(patients) or given.shape[1] < 2:
        raise ValueError(
            f"{given.shape} ratings of {len(patients)} patients; give a row per subject, two raters or more"
        )
    one_each = len(set(patients)) == len(patients)
    agreement = icc_of(given) if one_each else _by_fisher(lambda kept: icc_of(given[kept]).value, patients)
    return Ratings(
        agreement,
        _by_fisher(lambda kept: _consistency(given[kept]), patients),
        _logged(lambda kept: _sem_of_agreement(given[kept]), patients),
        _logged(lambda kept: _sem_of_consistency(given[kept]), patients),
    )


class _Parts(NamedTuple):
    """One-way analysis of variance by groups.

    Attributes:
        means: of each group.
        between: the variance of the means; 0 of a single one.
        within: the mean square within groups; None where each has one value.
        weight: ``1 − 1/m`` with m the harmonic mean of the groups' sizes.
    """

    means: Floats
    between: float
    within: float | None
    weight: float

    @classmethod
    def of(cls, values: Floats, groups: Sequence[Hashable]) -> _Parts:
        places = np.array(patient_places(groups), dtype=int)
        sizes = np.bincount(places)
        means = np.bincount(places, values) / sizes
        freedom = len(values) - len(sizes)
        within = float(((values - means[places]) ** 2).sum()) / freedom if freedom else None
        between = float(means.var(ddof=1)) if len(means) > 1 else 0.0
        return cls(means, between, within, 1 - float((1 / sizes).mean()))

    @property
    def of_single(self) -> float | None:
        """The variance of a single value of a group; None of a single group."""
        return self.between + self.weight * (self.within or 0.0) if len(self.means) > 1 else None


def _sem_of_agreement(ratings: Floats) -> float | None:
    if len(ratings) < 2:
        return None
    found = MeanSquares.of(ratings)
    return math.sqrt(found.residual + max((found.raters - found.residual) / len(ratings), 0.0))


def _sem_of_consistency(ratings: Floats) -> float | None:
    return math.sqrt(MeanSquares.of(ratings).residual) if len(ratings) > 1 else None


def _consistency(ratings: Floats) -> float | None:
    if len(ratings) < 2 or are_equal(ratings.ravel()):
        return None
    found = MeanSquares.of(ratings)
    whole = found.subjects + (ratings.shape[1] - 1) * found.residual
    return (found.subjects - found.residual) / whole if whole else None


def _one_way(values: Floats, subjects: Sequence[Hashable]) -> float | None:
    """Return ICC(1,1), None below two subjects and where nothing varies."""
    sizes = np.bincount(patient_places(subjects)) if len(values) else np.zeros(0, dtype=int)
    if len(sizes) < 2 or are_equal(values):
        return None
    parts = _Parts.of(values, subjects)
    n, many = len(sizes), len(values)
    effective = (many - float((sizes**2).sum()) / many) / (n - 1)
    between = float((sizes * (parts.means - values.mean()) ** 2).sum()) / (n - 1)
    within = parts.within or 0.0
    whole = between + (effective - 1) * within
    return (between - within) / whole if whole else None


def _below(variance: float, freedom: int) -> float:
    """Return by how much the lower end of the χ² interval of a variance lies below it."""
    from scipy.stats import chi2  # slow to import

    return variance * (1 - freedom / float(chi2.ppf(0.975, freedom)))


def _above(variance: float, freedom: int) -> float:
    from scipy.stats import chi2  # slow to import

    return variance * (freedom / float(chi2.ppf(0.025, freedom)) - 1)


def _root(variance: float | None) -> float | None:
    return None if variance is None else math.sqrt(variance)


def _checked(values: ArrayLike, patients: Sequence[Hashable]) -> Floats:
    numbers = np.asarray(values, dtype=float)
    if numbers.shape != (len(patients),):
        raise ValueError(f"{numbers.shape} values for {len(patients)} patients; give one of each per measurement")
    return numbers


def _logged(value_of: Callable[[Places], float | None], patients: Sequence[Hashable]) -> Interval:
    """Return a positive value with its interval, by jackknife over patients on the log."""
    return _jackknifed(value_of, patients, lambda value: math.log(value) if value else None, math.exp)


def _by_fisher(value_of: Callable[[Places], float | None], patients: Sequence[Hashable]) -> Interval:
    """Return a value between −1 and 1 with its interval, by jackknife over patients on Fisher's z."""
    return _jackknifed(
        value_of, patients, lambda value: math.atanh(value) if abs(value) < 1 - PERFECT else None, math.tanh
    )


def _jackknifed(
    value_of: Callable[[Places], float | None],
    patients: Sequence[Hashable],
    to: Callable[[float], float | None],
    back: Callable[[float], float],
) -> Interval:
    n, m = len(patients), len(set(patients))
    value = value_of(np.arange(n)) if n else None
    middle = None if value is None else to(value)
    if middle is None or m < FEWEST_PATIENTS:
        return Interval(value, None, None, n, m)
    left = [value_of(kept) for kept in without_each_patient(patients)]
    error = jackknife_error(middle, [None if one is None else to(one) for one in left])
    if error is None:
        return Interval(value, None, None, n, m)
    half = t_quantile(m) * error
    return Interval(value, back(middle - half), back(middle + half), n, m)
