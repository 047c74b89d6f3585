"""Summaries of scores over videos."""

from __future__ import annotations

import math
from collections.abc import Sequence


def mean_sem(values: Sequence[float]) -> tuple[float | None, float | None]:
    """Return the mean and its standard error (standard deviation with ddof 1, over √n); SEM is None below two values.

    >>> mean_sem([1.0, 3.0])
    (2.0, 1.0)
    """
    n = len(values)
    if n == 0:
        return None, None
    mean = math.fsum(values) / n
    if n == 1:
        return mean, None
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    return mean, math.sqrt(variance / n)
