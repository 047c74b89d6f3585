"""Shares of videos: is one group's larger than another's?"""

from __future__ import annotations

import math

from scipy.stats import norm


def two_shares(right: tuple[int, int], n: tuple[int, int]) -> float | None:
    """Two-sided p of equal shares: the pooled z test that the study used, 0 to 1; None where a group is empty.

    ``z = (p₁ − p₂) / √(p(1 − p)(1/n₁ + 1/n₂))``, p the share of both groups together (Agresti, Categorical Data
    Analysis, 2013, sec. 3.2). 1 where all or none are right. It takes videos for independent.
    """
    if not all(n):
        return None
    both = sum(right) / sum(n)
    spread = math.sqrt(both * (1 - both) * (1 / n[0] + 1 / n[1]))
    return float(2 * norm.sf(abs(right[0] / n[0] - right[1] / n[1]) / spread)) if spread else 1.0
