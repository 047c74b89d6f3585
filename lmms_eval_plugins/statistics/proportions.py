"""Shares of videos: their intervals, and the comparison of two groups' shares.

statsmodels and scipy are imported where they are needed: they take more than a second, and most scores do without.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS, Interval, patient_sums, ratio_variance, t_quantile
from lmms_eval_plugins.statistics.paired import PERMUTATIONS

_SEED = 20260706
"""The same data have the same p."""

_ALIKE = 1e-9
"""Shares, 0 to 1, that differ by less are the same but for rounding."""


def two_shares(right: tuple[int, int], n: tuple[int, int]) -> float | None:
    """Return the two-sided p of equal shares, 0 to 1: the pooled z test that the study used.

    ``z = (p₁ − p₂) / √(p(1 − p)(1/n₁ + 1/n₂))``, p the share of both groups together (Agresti, Categorical Data
    Analysis, 2013, sec. 3.2). The test takes videos for independent.

    Returns:
        1 where all or none are right; None where a group is empty.
    """
    from statsmodels.stats.proportion import proportions_ztest

    if not all(n):
        return None
    return float(proportions_ztest(right, n)[1]) if 0 < sum(right) < sum(n) else 1.0


def two_groups(right: ArrayLike, patients: Sequence[Hashable], first: Sequence[bool]) -> float | None:
    """Return the two-sided p of equal shares in two groups of patients, by permutation of whose patients are which.

    As many patients as there are in the first group are put there anew; p is the share of ways whose difference of
    shares is at least as large. Every way is tried where there are at most 20,000, else so many are drawn.

    Args:
        right: of each video, whether it is right.
        patients: the patient of each video.
        first: of each video, whether its patient is of the first group.

    Returns:
        None where a group is empty.

    >>> two_groups([1, 1, 1, 0, 0, 0], list("abcdef"), [True] * 3 + [False] * 3)
    0.1
    """
    sums, sizes = patient_sums(right, patients), patient_sums(np.ones(len(patients)), patients)
    groups = patient_sums(np.asarray(first, dtype=float), patients) > 0
    n, k = len(groups), int(groups.sum())
    if not 0 < k < n:
        return None
    if exact := math.comb(n, k) <= PERMUTATIONS:
        chosen = np.array(list(combinations(range(n), k)))
    else:
        random = np.random.default_rng(_SEED)
        chosen = np.argsort(random.random((PERMUTATIONS, n)), axis=1)[:, :k]
    parts, wholes = sums[chosen].sum(axis=1), sizes[chosen].sum(axis=1)
    differences = np.abs(parts / wholes - (sums.sum() - parts) / (sizes.sum() - wholes))
    own = sums[groups].sum() / sizes[groups].sum() - sums[~groups].sum() / sizes[~groups].sum()
    as_far = int((differences > abs(own) - _ALIKE).sum())
    return as_far / len(chosen) if exact else (1 + as_far) / (1 + len(chosen))


def share_interval(right: ArrayLike, patients: Sequence[Hashable], wholes: ArrayLike | None = None) -> Interval:
    """Return the share of what is right, with a 95 % interval that respects patients and knows the edges.

    The interval of Wilson, with the number of independent videos that tells as much as these in place of their number,
    and the quantile of t for so many patients in place of the normal one (Korn & Graubard, Surv Methodol
    1998;24:193–201; Dean & Pagano, J Surv Stat Methodol 2015;3:484–503). That number is ``p(1 − p) / V``, V the
    variance of the share between patients (see `intervals.ratio_variance`). Where all patients have the same share, as
    where all is right or nothing is, V is 0 and says nothing: then it is the number of patients.

    Args:
        right: of each video (or item), whether it is right; or how much of it is, from 0 to its whole.
        patients: the patient of each video.
        wholes: how much there is of each video, such as its seconds; None for 1 of each, which then counts as no more
            than one independent video.

    Returns:
        The share and its interval, 0 to 1; the ends are None below five patients, the share is None where the wholes
        sum to 0.

    >>> everything = share_interval([True] * 10, list("aabbccddee"))
    >>> round(everything.low, 3), everything.high
    (0.393, 1.0)
    """
    n = len(patients)
    parts = patient_sums(right, patients)
    sizes = patient_sums(np.ones(n) if wholes is None else wholes, patients)
    parts, sizes = parts[sizes > 0], sizes[sizes > 0]
    m, whole = len(parts), float(sizes.sum())
    if not m:
        return Interval(None, None, None, n, m)
    share = min(float(parts.sum()) / whole, 1.0)
    if m < FEWEST_PATIENTS:
        return Interval(share, None, None, n, m)
    alike = float(np.ptp(parts / sizes)) < _ALIKE
    independent = m if alike else share * (1 - share) / ratio_variance(parts, sizes)
    low, high = _wilson(share, independent if wholes is not None else min(independent, n), t_quantile(m))
    return Interval(share, 0.0 if share < _ALIKE else low, 1.0 if share > 1 - _ALIKE else high, n, m)


def _wilson(share: float, n: float, quantile: float) -> tuple[float, float]:
    """Return the ends of Wilson's interval for a share of ``n`` independent trials, which need not be whole."""
    squared = quantile**2
    middle = (share + squared / (2 * n)) / (1 + squared / n)
    half = quantile * math.sqrt(share * (1 - share) / n + squared / (4 * n**2)) / (1 + squared / n)
    return middle - half, middle + half
