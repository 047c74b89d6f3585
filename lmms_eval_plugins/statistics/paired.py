"""The paired test of two runs on the same videos that respects patients, with Holm's correction."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmms_eval_plugins.statistics.intervals import mean_interval, patient_sums

PERMUTATIONS = 20_000
"""Number of random sign changes where not all of them are tried."""

EXACT_UP_TO = 14
"""Number of patients up to which every sign change is tried: 2 ** 14 of them."""

_SEED = 20260706
"""The same data have the same p."""

_ULPS = 4
"""So many steps of rounding, of every number that went into a mean, may two means be apart and yet be the same."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of two runs on the same videos.

    Attributes:
        difference: mean of first − second over videos; None without videos.
        low: lower end of its 95 % interval, which describes and does not decide; None below five patients.
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


def compare(first: ArrayLike, second: ArrayLike, patients: Sequence[Hashable]) -> Comparison:
    """Compare the values of two runs on the same videos, given in the same order.

    The signs of all differences of a patient are changed together; p is the share of changes whose mean is at least as
    far from 0. Up to 14 patients every change is tried, so that p is exact; above, 20,000 are drawn (Good, Permutation
    Tests, 2000, ch. 3). Numbers that differ by no more than rounding are ties: p is the same in per cent and per mille,
    and never 0. The interval is that of the mean difference, see `mean_interval`.

    Raises:
        ValueError: a value is not finite, or the lengths differ.

    >>> comparison = compare([60, 55, 70], [50, 50, 60], ["S1", "S2", "S3"])
    >>> round(comparison.difference, 2), comparison.p
    (8.33, 0.25)
    """
    one, other = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    differences = one - other
    sums = patient_sums(differences, patients)
    interval = mean_interval(differences, patients)
    p = _share_as_far(sums, _rounding(one, other)) if len(sums) >= 2 else None
    return Comparison(interval.value, interval.low, interval.high, p, interval.n, interval.n_patients)


def least_p(n_patients: int) -> float | None:
    """Return the smallest p that the permutation test can give for so many patients; None below two.

    The signs as they are and all of them changed are always as far from 0: ``2 / 2**n`` where every change is tried;
    where they are drawn, the share of those among the very ones that the test draws.

    >>> least_p(10)
    0.001953125
    """
    if n_patients < 2:
        return None
    if n_patients <= EXACT_UP_TO:
        return 2.0 ** (1 - n_patients)
    return float(np.mean(np.abs(sign_changes(n_patients).sum(axis=1)) == n_patients))


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


def _share_as_far(sums: NDArray[np.float64], rounding: float) -> float:
    changed = sign_changes(len(sums)) @ sums
    return float(np.mean(np.abs(changed) >= abs(sums.sum()) - rounding))


def sign_changes(n_patients: int, drawn: int = PERMUTATIONS) -> NDArray[np.float64]:
    """Return all changes of signs, or the first so many that are drawn, the observed signs before them.

    Returns:
        1 and −1; (changes, n_patients). Where all are tried, the second half has the opposites of the first.
    """
    if n_patients <= EXACT_UP_TO:
        return np.array(list(product((1.0, -1.0), repeat=n_patients)))
    drawn_signs = np.random.default_rng(_SEED).choice((1.0, -1.0), size=(drawn, n_patients))
    return np.concatenate((np.ones((1, n_patients)), drawn_signs))
