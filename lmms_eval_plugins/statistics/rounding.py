"""Equality of numbers that were computed in different ways, whatever their scale."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

ROUNDING = 8 * float(np.finfo(float).eps)
"""By so much, relative to the largest of them, may equal numbers differ."""


def are_equal(values: ArrayLike) -> NDArray[np.bool_]:
    """Return whether the numbers along the last axis, at least one, are equal up to rounding; (...,)."""
    numbers = np.asarray(values, dtype=float)
    equal: NDArray[np.bool_] = np.ptp(numbers, axis=-1) <= ROUNDING * np.abs(numbers).max(axis=-1)
    return equal
