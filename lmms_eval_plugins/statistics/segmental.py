"""Timelines against timelines: frame accuracy, segmental F1, labels step by step, and segments that are partners."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.domain.timeline import Segment, Timeline

OVERLAPS = (0.10, 0.25, 0.50)
"""Overlaps at which segmental F1 is reported."""

_SAME_SHARE = 1e-9
"""Shares of time that differ by less are the same but for rounding: half is half wherever the segment lies."""


STEP_S = 0.01
"""Raters are compared every so many seconds: labels are drawn no finer."""

_HALF = 0.5


class Hits(NamedTuple):
    """Segments found, wrongly found and missed; they may be summed over videos."""

    true_positives: int
    false_positives: int
    false_negatives: int


class Agreement(NamedTuple):
    """Seconds at which two timelines agree, and seconds with a true label."""

    right_s: float
    all_s: float


def segmental_hits(predicted: Timeline, truth: Timeline, overlap: float) -> Hits:
    """Count the segments found with an intersection over union of at least ``overlap``.

    Lea et al., Temporal Convolutional Networks for Action Segmentation and Detection, CVPR 2017: neighbours of one
    label are merged, each predicted segment is compared with the true segment of its label that it overlaps most, and
    is right if the overlap suffices and that segment was not found before; all other predicted segments are wrong, all
    true segments not found are missed.

    Args:
        predicted: the predicted timeline.
        truth: the true one.
        overlap: least intersection over union, above 0 up to 1.
    """
    true = truth.merged().segments
    found = [False] * len(true)
    claimed = predicted.merged().segments
    first = 0
    for segment in claimed:
        while first < len(true) and true[first].end_s <= segment.start_s:
            first += 1
        best, best_place = 0.0, 0
        for place in range(first, len(true)):
            if true[place].start_s >= segment.end_s:
                break
            if true[place].label == segment.label and (share := _overlap(segment, true[place])) > best:
                best, best_place = share, place
        if best >= overlap - _SAME_SHARE:
            found[best_place] = True
    hits = sum(found)
    return Hits(hits, len(claimed) - hits, len(true) - hits)


def f1(hits: Iterable[Hits]) -> float | None:
    """Return ``2·TP / (2·TP + FP + FN)`` of the sums over videos, 0 to 1; None without any segment."""
    tp, fp, fn = (sum(values) for values in zip(*hits, strict=True)) if (hits := list(hits)) else (0, 0, 0)
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else None


def frame_agreement(
    predicted: Timeline, truth: Timeline, meaning: Callable[[str], object] = lambda label: label
) -> Agreement:
    """Return the labelled seconds and those at which the prediction is right; their ratio is the frame accuracy.

    The accuracy, 0 to 1, does not depend on the frame rate; a gap in the prediction is wrong. Sums over videos give
    each second the same weight, as published; Lea et al. (CVPR 2017) use the same measure.

    Args:
        predicted: the predicted timeline.
        truth: the true one.
        meaning: maps a label to what is compared, such as whether the hand moves.
    """
    all_s = sum(segment.duration_s for segment in truth.segments)
    right_s = 0.0
    remaining = iter(predicted.segments)
    current = next(remaining, None)
    for segment in truth.segments:
        while current is not None and current.start_s < segment.end_s:
            if meaning(current.label) == meaning(segment.label):
                right_s += max(min(current.end_s, segment.end_s) - max(current.start_s, segment.start_s), 0.0)
            if current.end_s > segment.end_s:
                break
            current = next(remaining, None)
    return Agreement(right_s, all_s)


def labels_by_step(timeline: Timeline, length_s: float, labels: Sequence[str]) -> NDArray[np.intp]:
    """Return the place of the label, from 1, at each step of `STEP_S` of a video; 0 where there is none.

    Args:
        timeline: seconds from the video's first frame.
        length_s: length of the video in seconds.
        labels: those that there are, in lower case.

    Raises:
        ValueError: a label is none of these.
    """
    steps = np.zeros(round(length_s / STEP_S), dtype=np.intp)
    for segment in timeline.segments:
        first, last = round(segment.start_s / STEP_S), round(segment.end_s / STEP_S)
        steps[first:last] = 1 + labels.index(segment.label.lower())
    return steps


def step_table(one: Timeline, other: Timeline, length_s: float, labels: Sequence[str]) -> NDArray[np.float64]:
    """Return at how many steps one timeline says a label and the other another one; (1 + labels, 1 + labels).

    First stands time without a label, which is a judgement as any other. For the arguments see `labels_by_step`.
    """
    n = 1 + len(labels)
    steps = [labels_by_step(timeline, length_s, labels) for timeline in (one, other)]
    return np.bincount(steps[0] * n + steps[1], minlength=n * n).reshape(n, n).astype(float)


def partners(timeline: Timeline, other: Timeline) -> list[str | None]:
    """Return the label of each segment's partner in another timeline; None of a segment that has none.

    Neighbours of one label are merged. The partner of a segment is the one, whatever its label, whose time has more
    than half in common with it (intersection over union): there is at most one, and it has no other partner.
    """
    others = other.merged().segments
    found: list[str | None] = []
    first = 0
    for segment in timeline.merged().segments:
        while first < len(others) and others[first].end_s <= segment.start_s:
            first += 1
        label = None
        for candidate in others[first:]:
            if candidate.start_s >= segment.end_s:
                break
            if _overlap(segment, candidate) > _HALF + _SAME_SHARE:
                label = candidate.label
        found.append(label)
    return found


def _overlap(one: Segment, other: Segment) -> float:
    """Return the intersection over union of two segments' times, 0 to 1."""
    common = min(one.end_s, other.end_s) - max(one.start_s, other.start_s)
    whole = max(one.end_s, other.end_s) - min(one.start_s, other.start_s)
    return max(common, 0.0) / whole if whole > 0 else 0.0
