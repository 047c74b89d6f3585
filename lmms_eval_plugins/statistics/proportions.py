"""Shares of videos: their intervals, and the comparison of two groups' shares.

statsmodels is imported where it is needed: it takes more than a second, and most scores do without it.
"""

from __future__ import annotations


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


def wilson_interval(right: int, n: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of the share ``right / n`` (Wilson, J Am Stat Assoc 1927;22:209–212).

    Args:
        right: number of successes, 0 to ``n``.
        n: number of trials, at least 1.

    >>> low, high = wilson_interval(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(right, n, method="wilson")
    return float(low) if right else 0.0, float(high) if right < n else 1.0  # not 3e-17 and 1 − 1e-16
