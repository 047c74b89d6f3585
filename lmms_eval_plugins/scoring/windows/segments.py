"""Whether movements are cut into pieces: how many segments are predicted for one true segment."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def segment_count_ratio(predicted: ArrayLike, true: ArrayLike) -> float | None:
    """``Σ predicted / Σ true`` segments: 1 is right, above 1 is over-segmented; None where there are no true ones.

    Args:
        predicted: counts of segments, of any videos and primitives.
        true: the true counts.
    """
    whole = float(np.sum(np.asarray(true, dtype=float)))
    return float(np.sum(np.asarray(predicted, dtype=float))) / whole if whole else None
