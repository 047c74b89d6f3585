"""How long primitives last: seconds by primitive, and how many are short."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES


def segment_count_ratio(predicted: ArrayLike, true: ArrayLike) -> float | None:
    """Return ``Σ predicted / Σ true`` segments: 1 is right, above 1 is over-segmented; None without true segments.

    Args:
        predicted: counts of segments, of any videos and primitives.
        true: the true counts.
    """
    whole = float(np.sum(np.asarray(true, dtype=float)))
    return float(np.sum(np.asarray(predicted, dtype=float))) / whole if whole else None


QUANTILES: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)


def seconds_by_primitive(truths: Iterable[Timeline]) -> dict[str, float]:
    """Return labelled seconds of every primitive."""
    seconds = dict.fromkeys(map(str, PRIMITIVES), 0.0)
    for truth in truths:
        for segment in truth.segments:
            seconds[segment.label] = seconds.get(segment.label, 0.0) + segment.duration_s
    return seconds


def durations(truths: Iterable[Timeline]) -> dict[str, list[float]]:
    """Return primitive → the length of each occurrence in seconds; neighbours of one label are one occurrence."""
    lengths: dict[str, list[float]] = {primitive: [] for primitive in PRIMITIVES}
    for truth in truths:
        for segment in truth.merged().segments:
            lengths.setdefault(segment.label, []).append(segment.duration_s)
    return lengths


def share_up_to(lengths: Sequence[float], limit_s: float) -> float | None:
    """Return share of occurrences that last at most so long, 0 to 1; None of none."""
    return sum(length <= limit_s for length in lengths) / len(lengths) if lengths else None


def quantiles(lengths: Sequence[float], shares: Sequence[float] = QUANTILES) -> dict[float, float]:
    """Return share → the length that this share of occurrences does not exceed (linear interpolation); {} of none."""
    return {share: float(np.quantile(lengths, share)) for share in shares} if lengths else {}
