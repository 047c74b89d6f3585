"""Paired tests of two runs on the same videos that respect patients, with Holm's correction."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmms_eval_plugins.statistics.bootstrap import SAMPLES, SEED, draws, mean_interval, patient_sums

Test = Literal["permutation", "bootstrap", "wilcoxon"]

PERMUTATIONS = 20_000
"""Number of random sign changes where not all of them are tried."""

_ALL_UP_TO = 14
"""Number of patients up to which every sign change is tried: 2 ** 14 of them."""

_ULPS = 4
"""So many steps of rounding, of every number that went into a mean, may two means be apart and yet be the same."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of two runs on the same videos.

    Attributes:
        difference: mean of first − second over videos; None without videos.
        low: lower end of its 95 % interval by bootstrap over patients; None below two patients.
        high: upper end; None as for ``low``.
        p: two-sided, 0 to 1; None below two patients.
        n: number of videos.
        n_patients: number of patients.
    """

    difference: float | None
    low: float | None
    high: float | None
    p: float | None
    n: int
    n_patients: int


def compare(
    first: ArrayLike, second: ArrayLike, patients: Sequence[Hashable], *, test: Test = "permutation", seed: int = SEED
) -> Comparison:
    """Compare the values of two runs on the same videos, given in the same order.

    * ``permutation``: the signs of all differences of a patient are changed together; p is the share of changes whose
      mean is at least as far from 0, exact up to 14 patients (Good, Permutation Tests, 2000, ch. 3).
    * ``bootstrap``: twice the smaller share of patient samples whose mean is at or beyond 0, at most 1.
    * ``wilcoxon``: signed-rank test of the patients' mean differences (Wilcoxon, Biometrics Bulletin 1945;1:80–83);
      it gives each patient the same weight, and 1 where none differs.

    Numbers that differ by no more than rounding are ties: p is the same in per cent and per mille, and never 0.

    Raises:
        ValueError: a value is not finite, or the lengths differ.

    >>> comparison = compare([60, 55, 70], [50, 50, 60], ["S1", "S2", "S3"])
    >>> round(comparison.difference, 2), comparison.p
    (8.33, 0.25)
    """
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    differences = one - other
    interval = mean_interval(differences, patients, seed=seed)
    p = None
    if interval.n_patients >= 2:
        sums, counts = patient_sums(differences, patients), patient_sums(np.ones(len(patients)), patients)
        rounding = _rounding(one, other)
        if test == "permutation":
            p = _sign_changes(sums, rounding, seed)
        elif test == "bootstrap":
            p = _beyond_zero(sums, counts, rounding, seed)
        else:
            p = _signed_rank(sums / counts, rounding)
    return Comparison(interval.value, interval.low, interval.high, p, interval.n, interval.n_patients)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Correct p values for their number by Holm (Scand J Stat 1979;6:65–70), in the same order; None stays None."""
    from statsmodels.stats.multitest import multipletests  # slow to import

    known = [p for p in p_values if p is not None]
    corrected = iter(multipletests(known, method="holm")[1] if known else ())
    return [None if p is None else float(next(corrected)) for p in p_values]


def _rounding(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return by how much a sum over differences may be off: each number by its own rounding, and each addition."""
    values = float(np.abs(first).sum() + np.abs(second).sum())
    added = len(first) * float(np.abs(first - second).sum())
    return _ULPS * float(np.finfo(float).eps) * (values + added)


def _sign_changes(sums: NDArray[np.float64], rounding: float, seed: int) -> float:
    n = len(sums)
    if n <= _ALL_UP_TO:
        changed = np.array(list(product((1.0, -1.0), repeat=n))) @ sums
    else:
        random = np.random.default_rng(seed).choice((1.0, -1.0), size=(PERMUTATIONS, n)) @ sums
        changed = np.concatenate(([sums.sum()], random))  # the observed signs are one of the changes
    return float(np.mean(np.abs(changed) >= abs(sums.sum()) - rounding))


def _beyond_zero(sums: NDArray[np.float64], counts: NDArray[np.float64], rounding: float, seed: int) -> float:
    places = draws(len(sums), SAMPLES, seed)
    means = sums[places].sum(axis=1) / counts[places].sum(axis=1)
    below = (np.sum(means <= rounding) + 1) / (SAMPLES + 1)
    above = (np.sum(means >= -rounding) + 1) / (SAMPLES + 1)
    return float(min(1.0, 2 * min(below, above)))


def _signed_rank(means: NDArray[np.float64], rounding: float) -> float:
    from scipy.stats import wilcoxon  # slow to import

    means = np.sign(means) * _with_ties(np.abs(means), rounding)
    return float(wilcoxon(means).pvalue) if means.any() else 1.0


def _with_ties(sizes: NDArray[np.float64], rounding: float) -> NDArray[np.float64]:
    """Return sizes, each as the smallest of those that differ from it, or from one between, by rounding only."""
    order = np.argsort(sizes)
    ordered = np.concatenate(([0.0], sizes[order]))
    begins = np.concatenate(([True], np.diff(ordered) > rounding))
    firsts = ordered[begins][np.cumsum(begins) - 1]
    tied = np.empty_like(sizes)
    tied[order] = firsts[1:]
    return tied
