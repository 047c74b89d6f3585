"""Agreement of two raters: weighted kappa, intraclass correlation, limits of agreement, correlation.

Functions return None where a value is not defined (too few pairs, no variation), never NaN. No interval is given for
fewer than `intervals.FEWEST_PATIENTS` patients, nor where agreement or correlation is perfect: it would be a point.
Where there is one pair per patient, such as of totals, pairs are patients.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.statistics.intervals import (
    FEWEST_PATIENTS,
    Interval,
    jackknife_interval,
    t_quantile,
)
from lmms_eval_plugins.statistics.rounding import are_equal

Floats = NDArray[np.float64]

_FEWEST_FOR_CORRELATION = 3
_ITEM_SCORES = (0, 1, 2)
LIMITS_SPREAD = 1.96
"""So many standard deviations around the bias are the limits of agreement, as published."""

_NORMAL = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""

PERFECT = 1e-9
"""A correlation or an agreement that is less from 1 is 1 but for rounding."""


def quadratic_kappa(
    truth: Sequence[int], predicted: Sequence[int], levels: Sequence[int] = _ITEM_SCORES
) -> float | None:
    """Return Cohen's kappa with quadratic weights (Psychol Bull 1968;70:213–220).

    ``1 − Σ w·O / Σ w·E`` with ``w = (i − j)²``, O the observed table and E the one expected from its margins: 1 is
    full agreement, 0 is chance, below 0 is worse than chance. scikit-learn's ``cohen_kappa_score`` gives the same up to
    the last digit (tests hold the two together); by this formula the digits of recorded scores stay.

    Args:
        truth: scores of one rater.
        predicted: scores of the other rater, in the same order.
        levels: the scores that there are, in ascending order; as given, those of Fugl-Meyer items.

    Returns:
        None where there is no pair, and where all scores of both raters are equal, so that kappa is not defined.

    >>> quadratic_kappa([0, 0, 2, 2], [0, 0, 0, 2])
    0.5
    """
    if len({*truth, *predicted}) < 2:
        return None
    places = {level: place for place, level in enumerate(levels)}
    observed = np.zeros((len(levels), len(levels)))
    np.add.at(observed, ([places[score] for score in truth], [places[score] for score in predicted]), 1)
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / len(truth)
    weights = np.subtract.outer(levels, levels) ** 2
    return 1 - float((weights * observed).sum()) / float((weights * expected).sum())


def nominal_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Return Cohen's kappa of two raters who sort the same things into classes (Educ Psychol Meas 1960;20:37–46).

    ``(p_o − p_e) / (1 − p_e)`` with the share of equal ratings and the one expected from both raters' shares: 1 is full
    agreement, 0 is chance.

    Returns:
        None without ratings, and where both raters put everything into one class.

    Raises:
        ValueError: the lengths differ.

    >>> nominal_kappa(["yes", "yes", "no", "no"], ["yes", "no", "no", "no"])
    0.5
    """
    names = list(dict.fromkeys((*first, *second)))
    places = {name: place for place, name in enumerate(names)}
    table = np.zeros((len(names), len(names)))
    for one, other in zip(first, second, strict=True):
        table[places[one], places[other]] += 1
    return table_kappa(table)


def table_kappa(table: Floats) -> float | None:
    """Return Cohen's kappa of a square table of counts, a rater's classes in rows, the other's in columns.

    As `nominal_kappa`; tables of several groups of things add up.
    """
    n = float(table.sum())
    by_chance = float((table.sum(axis=1) * table.sum(axis=0)).sum())
    return None if by_chance == n * n else (n * float(np.trace(table)) - by_chance) / (n * n - by_chance)


def tables_interval(
    value_of: Callable[[Floats], float | None], tables: Sequence[Floats], patients: Sequence[Hashable]
) -> Interval:
    """Return an agreement, −1 to 1, of the sum of several videos' tables with its 95 % interval, by patients.

    Args:
        value_of: table of counts → the agreement; None where it is not defined.
        tables: of each video, all of one shape.
        patients: the patient of each.
    """
    if not tables:
        return Interval(None, None, None, 0, 0)
    stacked = np.stack(tables)
    return jackknife_interval(lambda kept: value_of(stacked[kept].sum(axis=0)), patients, -1.0, 1.0)


def kappa_interval(
    truth: Sequence[int],
    predicted: Sequence[int],
    patients: Sequence[Hashable],
    levels: Sequence[int] = _ITEM_SCORES,
) -> Interval:
    """Return Cohen's kappa with quadratic weights and its 95 % interval, see `jackknife_interval`.

    Args:
        truth: scores of one rater.
        predicted: scores of the other rater, in the same order.
        patients: the patient of each pair.
        levels: as of `quadratic_kappa`.

    Raises:
        ValueError: the lengths differ.
    """
    if not len(truth) == len(predicted) == len(patients):
        raise ValueError(f"{len(truth)} and {len(predicted)} scores of {len(patients)} patients; give one of each")
    one, other = np.asarray(truth, dtype=int), np.asarray(predicted, dtype=int)
    return jackknife_interval(
        lambda kept: quadratic_kappa(list(one[kept]), list(other[kept]), levels), patients, -1.0, 1.0
    )


def icc_interval(first: Sequence[float], second: Sequence[float]) -> Interval:
    """Return ICC(2,1) with its 95 % interval, see `icc_of`; one pair per patient.

    Raises:
        ValueError: the lengths differ.

    >>> found = icc_interval([1, 3, 5, 7, 9], [2, 3, 6, 7, 8])
    >>> round(found.value, 2), round(found.low, 2), round(found.high, 2)
    (0.96, 0.73, 1.0)
    """
    return icc_of(np.column_stack((np.asarray(first, dtype=float), np.asarray(second, dtype=float))))


class MeanSquares(NamedTuple):
    """Mean squares of two-way analysis of variance: between subjects, between raters, and of the residual."""

    subjects: float
    raters: float
    residual: float

    @classmethod
    def of(cls, ratings: Floats) -> MeanSquares:
        """Return those of two or more subjects (rows) whom each of two or more raters (columns) has rated once."""
        n, k = ratings.shape
        grand = ratings.mean()
        subjects, raters = ratings.mean(axis=1), ratings.mean(axis=0)
        bms = k * float(((subjects - grand) ** 2).sum()) / (n - 1)
        jms = n * float(((raters - grand) ** 2).sum()) / (k - 1)
        residual = ratings - subjects[:, None] - raters[None, :] + grand
        return cls(bms, jms, float((residual**2).sum()) / ((n - 1) * (k - 1)))


def icc_of(ratings: Floats) -> Interval:
    """Return ICC(2,1), also called ICC(A,1), of any number of raters, with its 95 % interval.

    ``(BMS − EMS) / (BMS + (k − 1)·EMS + k·(JMS − EMS)/n)`` with k raters and n subjects; BMS, JMS and EMS are the mean
    squares between subjects, between raters, and of the residual (two-way random effects, absolute agreement, single
    rater: Shrout & Fleiss, Psychol Bull 1979;86:420–428). 1 is full agreement; it may be negative.

    The interval is that of absolute agreement of a single rater, by F with Satterthwaite's degrees of freedom (McGraw &
    Wong, Psychol Methods 1996;1:30–46, table 7; the same as in Shrout & Fleiss 1979). For two raters who are themselves
    meant, as a model and a therapist are, it covers 95 % or more.

    Args:
        ratings: (subjects, raters); one subject per patient.

    Returns:
        The value is None below two subjects and where nothing varies.
    """
    n, k = ratings.shape
    if n < 2 or are_equal(ratings.ravel()):
        return Interval(None, None, None, n, n)
    bms, jms, ems = MeanSquares.of(ratings)
    whole = bms + (k - 1) * ems + k * (jms - ems) / n
    if whole <= 0:
        return Interval(None, None, None, n, n)
    icc = (bms - ems) / whole
    icc = 0.0 if abs(icc) < PERFECT else icc
    if n < FEWEST_PATIENTS or icc > 1 - PERFECT:
        return Interval(icc, None, None, n, n)
    from scipy.stats import f  # slow to import

    agreed = max(icc, 0.0)
    of_raters, of_residual = k * agreed * jms, (n * (1 + (k - 1) * agreed) - k * agreed) * ems
    if not of_raters + of_residual:  # the raters differ by a constant, and the subjects not at all
        return Interval(icc, None, None, n, n)
    freedom = (of_raters + of_residual) ** 2 / (of_raters**2 / (k - 1) + of_residual**2 / ((n - 1) * (k - 1)))
    upper, lower = (float(f.ppf(0.975, *of)) for of in ((n - 1, freedom), (freedom, n - 1)))
    others = k * jms + (k * n - k - n) * ems
    low = n * (bms - upper * ems) / (upper * others + n * bms)
    high = n * (lower * bms - ems) / (others + n * lower * bms)
    return Interval(icc, low, high, n, n)


Ends = tuple[float, float]
"""The lower and upper end of a 95 % interval."""


class Limits(NamedTuple):
    """Bias (mean of second − first) and 95 % limits of agreement, with the 95 % interval of each; None where undefined.

    ``of_bias``, ``of_low`` and ``of_high`` are the ends of these intervals.
    """

    bias: float | None
    low: float | None
    high: float | None
    of_bias: Ends | None = None
    of_low: Ends | None = None
    of_high: Ends | None = None


def limits_of_agreement(first: Sequence[float], second: Sequence[float]) -> Limits:
    """Return ``bias ± 1.96·SD`` of the differences second − first, ddof 1 (Bland & Altman, Lancet 1986;327:307–310).

    Each has an interval (Bland & Altman, Stat Methods Med Res 1999;8:135–160): that of the bias is by t, those of the
    limits are the exact ones of normal differences, by the noncentral t (Carkeet, Optom Vis Sci 2015;92:e71–e80). The
    approximate ones of 1999 cover .92 at five patients.

    >>> limits_of_agreement([10, 20, 30], [12, 20, 34])[:3]
    (2.0, -1.92, 5.92)
    """
    differences = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    n = len(differences)
    if not n:
        return Limits(None, None, None)
    bias = float(differences.mean())
    if n == 1:
        return Limits(bias, None, None)
    deviation = float(differences.std(ddof=1))
    low, high = bias - LIMITS_SPREAD * deviation, bias + LIMITS_SPREAD * deviation
    if n < FEWEST_PATIENTS or are_equal(differences):
        return Limits(bias, low, high)
    from scipy.stats import nct  # slow to import

    error = deviation / math.sqrt(n)
    half = t_quantile(n) * error
    inner, outer = (float(nct.ppf(level, n - 1, LIMITS_SPREAD * math.sqrt(n))) * error for level in (0.025, 0.975))
    return Limits(
        bias, low, high, (bias - half, bias + half), (bias - outer, bias - inner), (bias + inner, bias + outer)
    )


class Correlation(NamedTuple):
    """A correlation (−1 to 1) with its 95 % interval; the ends are None below five pairs and where it is −1 or 1."""

    value: float | None
    low: float | None
    high: float | None


def pearson(first: Sequence[float], second: Sequence[float]) -> Correlation:
    """Return Pearson's correlation; None below three pairs or where one side does not vary.

    The interval is by Fisher's z with the standard error ``1/√(n − 3)`` (Fisher, Metron 1921;1:3–32).

    >>> [round(number, 2) for number in pearson([1, 2, 3, 4, 5], [1, 3, 2, 5, 4])]
    [0.8, -0.28, 0.99]
    """
    value = _correlation(np.asarray(first, dtype=float), np.asarray(second, dtype=float))
    return _with_ends(value, len(first), 1.0)


def spearman(first: Sequence[float], second: Sequence[float]) -> Correlation:
    """Return Spearman's rank correlation, ties with their mean rank; None as for :func:`pearson`.

    The interval is by Fisher's z with the standard error ``√((1 + r²/2)/(n − 3))`` (Bonett & Wright, Psychometrika
    2000;65:23–28).
    """
    from scipy.stats import rankdata  # slow to import

    if not len(first):
        return Correlation(None, None, None)
    value = _correlation(rankdata(first), rankdata(second))
    return _with_ends(value, len(first), 1 + (value or 0.0) ** 2 / 2)


def _correlation(x: Floats, y: Floats) -> float | None:
    if len(x) < _FEWEST_FOR_CORRELATION or are_equal(x) or are_equal(y):
        return None
    x, y = x - x.mean(), y - y.mean()
    value = float((x * y).sum() / np.sqrt((x**2).sum() * (y**2).sum()))
    return min(max(value, -1.0), 1.0)


def _with_ends(value: float | None, n: int, factor: float) -> Correlation:
    """Return a correlation with its interval by Fisher's z, whose variance is ``factor / (n − 3)``."""
    if value is None or n < FEWEST_PATIENTS or abs(value) > 1 - PERFECT:
        return Correlation(value, None, None)
    middle, half = math.atanh(value), _NORMAL * math.sqrt(factor / (n - 3))
    return Correlation(value, math.tanh(middle - half), math.tanh(middle + half))
