"""Agreement of two raters: weighted kappa, intraclass correlation, limits of agreement, correlation.

Functions return None where a value is not defined (too few pairs, no variation), never NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.statistics.rounding import are_equal

Floats = NDArray[np.float64]

BOOTSTRAP_SAMPLES = 2000
_SEED = 20260706
_FEWEST_FOR_CORRELATION = 3
_ITEM_SCORES = (0, 1, 2)


def quadratic_kappa(truth: Sequence[int], predicted: Sequence[int]) -> float | None:
    """Return Cohen's kappa with quadratic weights (Psychol Bull 1968;70:213–220).

    ``1 − Σ w·O / Σ w·E`` with ``w = (i − j)²``, O the observed table and E the one expected from its margins: 1 is
    full agreement, 0 is chance, below 0 is worse than chance. scikit-learn's ``cohen_kappa_score`` gives the same up to
    the last digit (tests hold the two together); by this formula the digits of recorded scores stay.

    Args:
        truth: item scores of one rater, each 0, 1 or 2.
        predicted: item scores of the other rater, in the same order.

    Returns:
        None where there is no pair, and where all scores of both raters are equal, so that kappa is not defined.

    >>> quadratic_kappa([0, 0, 2, 2], [0, 0, 0, 2])
    0.5
    """
    if len({*truth, *predicted}) < 2:
        return None
    observed = np.zeros((len(_ITEM_SCORES), len(_ITEM_SCORES)))
    np.add.at(observed, (list(truth), list(predicted)), 1)
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0)) / len(truth)
    weights = np.subtract.outer(_ITEM_SCORES, _ITEM_SCORES) ** 2
    return 1 - float((weights * observed).sum()) / float((weights * expected).sum())


def icc_2_1(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return ICC(2,1) of two raters: two-way random effects, absolute agreement, single rater.

    ``(BMS − EMS) / (BMS + (k − 1)·EMS + k·(JMS − EMS)/n)`` with k = 2 raters and n subjects; BMS, JMS and EMS are the
    mean squares between subjects, between raters, and of the residual (Shrout & Fleiss, Psychol Bull 1979;86:420–428).
    1 is full agreement; it may be negative.

    Args:
        first: one rater's score of each subject.
        second: the other rater's scores in the same order.

    Returns:
        None below two subjects and where nothing varies.

    >>> round(icc_2_1([1, 3, 5], [2, 4, 6]), 3)
    0.889
    """
    ratings = np.column_stack((np.asarray(first, dtype=float), np.asarray(second, dtype=float)))
    n, k = ratings.shape
    if n < 2 or are_equal(ratings.ravel()):
        return None
    grand = ratings.mean()
    subjects, raters = ratings.mean(axis=1), ratings.mean(axis=0)
    bms = k * float(((subjects - grand) ** 2).sum()) / (n - 1)
    jms = n * float(((raters - grand) ** 2).sum()) / (k - 1)
    residual = ratings - subjects[:, None] - raters[None, :] + grand
    ems = float((residual**2).sum()) / ((n - 1) * (k - 1))
    whole = bms + (k - 1) * ems + k * (jms - ems) / n
    return (bms - ems) / whole if whole > 0 else None


class Limits(NamedTuple):
    """Bias (mean of second − first) and 95 % limits of agreement; None where not defined."""

    bias: float | None
    low: float | None
    high: float | None


def limits_of_agreement(first: Sequence[float], second: Sequence[float]) -> Limits:
    """Return ``bias ± 1.96·SD`` of the differences second − first, ddof 1 (Bland & Altman, Lancet 1986;327:307–310).

    >>> limits_of_agreement([10, 20, 30], [12, 20, 34])
    Limits(bias=2.0, low=-1.92, high=5.92)
    """
    differences = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    if not len(differences):
        return Limits(None, None, None)
    bias = float(differences.mean())
    if len(differences) == 1:
        return Limits(bias, None, None)
    spread = 1.96 * float(differences.std(ddof=1))
    return Limits(bias, bias - spread, bias + spread)


class Correlation(NamedTuple):
    """A correlation (−1 to 1), and the 95 % percentile interval of its bootstrap over pairs."""

    value: float | None
    low: float | None
    high: float | None


def pearson(first: Sequence[float], second: Sequence[float], *, seed: int = _SEED) -> Correlation:
    """Return Pearson's correlation; None below three pairs or where one side does not vary."""
    return _correlation(first, second, lambda values: values, seed)


def spearman(first: Sequence[float], second: Sequence[float], *, seed: int = _SEED) -> Correlation:
    """Return Spearman's rank correlation, ties with their mean rank; None as for :func:`pearson`."""
    from scipy.stats import rankdata  # slow to import

    return _correlation(first, second, lambda rows: rankdata(rows, axis=1), seed)


def _correlation(
    first: Sequence[float], second: Sequence[float], transformed: Callable[[Floats], Floats], seed: int
) -> Correlation:
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if len(x) < _FEWEST_FOR_CORRELATION:
        return Correlation(None, None, None)
    value = float(_row_correlations(transformed(x[None]), transformed(y[None]))[0])
    if math.isnan(value):
        return Correlation(None, None, None)
    drawn = np.random.default_rng(seed).integers(len(x), size=(BOOTSTRAP_SAMPLES, len(x)))
    sampled = _row_correlations(transformed(x[drawn]), transformed(y[drawn]))
    sampled = sampled[~np.isnan(sampled)]  # no correlation where one side does not vary
    low, high = (float(limit) for limit in np.percentile(sampled, (2.5, 97.5)))
    return Correlation(value, low, high)


def _row_correlations(x: Floats, y: Floats) -> Floats:
    """Return Pearson's correlation of each row of x with that of y; NaN where one does not vary."""
    varies = ~(are_equal(x) | are_equal(y))
    x = x - x.mean(axis=1, keepdims=True)
    y = y - y.mean(axis=1, keepdims=True)
    norms = np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    correlations = (x * y).sum(axis=1) / np.where(varies, norms, 1.0)
    return np.where(varies, np.clip(correlations, -1.0, 1.0), np.nan)
