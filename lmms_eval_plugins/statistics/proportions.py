"""Shares of videos: is one group's larger than another's?"""

from __future__ import annotations

import math


def two_shares(right: tuple[int, int], n: tuple[int, int]) -> float | None:
    """Two-sided p of equal shares: the pooled z test that the study used, 0 to 1; None where a group is empty.

    ``z = (p₁ − p₂) / √(p(1 − p)(1/n₁ + 1/n₂))``, p the share of both groups together (Agresti, Categorical Data
    Analysis, 2013, sec. 3.2). 1 where all or none are right. It takes videos for independent.
    """
    from scipy.stats import norm  # slow to import, and not needed for scores

    if not all(n):
        return None
    both = sum(right) / sum(n)
    spread = math.sqrt(both * (1 - both) * (1 / n[0] + 1 / n[1]))
    return float(2 * norm.sf(abs(right[0] / n[0] - right[1] / n[1]) / spread)) if spread else 1.0


_Z95 = 1.959963984540054


def wilson_interval(right: int, n: int) -> tuple[float, float]:
    """The Wilson 95% confidence interval of a share ``right`` / ``n``, of at least one."""
    share = right / n
    scale = 1 + _Z95**2 / n
    middle = (share + _Z95**2 / (2 * n)) / scale
    half = _Z95 * math.sqrt(share * (1 - share) / n + _Z95**2 / (4 * n**2)) / scale
    low = 0.0 if right == 0 else max(middle - half, 0.0)
    high = 1.0 if right == n else min(middle + half, 1.0)
    return low, high
