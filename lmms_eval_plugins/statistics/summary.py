"""TODO."""

from __future__ import annotations

import math
from collections.abc import Sequence


def mean_sem(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Mean, and standard error of it (standard deviation with ddof 1, over √n); SEM None below two values."""
    n = len(values)
    if n == 0:
        return None, None
    mean = math.fsum(values) / n
    if n == 1:
        return mean, None
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    return mean, math.sqrt(variance / n)
