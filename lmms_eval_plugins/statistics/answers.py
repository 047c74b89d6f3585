"""How well given answers fit the true ones: of classes, and of numbers.

An answer that is missing or gives nothing is None, and is never right. Functions return None where a value is not
defined (no pairs, one class), never NaN. Tests hold the values of classes together with scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from statistics import fmean

import numpy as np


def balanced_accuracy(truth: Sequence[Hashable], given: Sequence[Hashable | None]) -> float | None:
    """Return the mean over the classes that are true of some pair of the share of those that were given it, 0 to 1.

    Returns:
        None where there is no pair.

    Raises:
        ValueError: the lengths differ.

    >>> balanced_accuracy(["left", "left", "left", "right"], ["left", "left", "right", None])
    0.3333333333333333
    """
    pairs = list(zip(truth, given, strict=True))
    shares = [fmean(answer == name for true, answer in pairs if true == name) for name in dict.fromkeys(truth)]
    return fmean(shares) if shares else None


def f1_by_class(truth: Sequence[Hashable], given: Sequence[Hashable | None]) -> Mapping[Hashable, float]:
    """Return class → F1, 0 to 1, of every class that is true or was given.

    ``2·TP / (2·TP + FP + FN)``: the harmonic mean of precision and recall. An answer of None is a miss of the
    class that is true, and a false alarm of none.

    Raises:
        ValueError: the lengths differ.

    >>> f1_by_class(["left", "left", "right"], ["left", None, "left"])
    {'left': 0.5, 'right': 0.0}
    """
    pairs = list(zip(truth, given, strict=True))
    classes = [name for name in dict.fromkeys((*truth, *given)) if name is not None]
    found = {}
    for name in classes:
        hits = sum(true == answer == name for true, answer in pairs)
        of_either = sum(int(true == name) + int(answer == name) for true, answer in pairs)
        found[name] = 2 * hits / of_either
    return found


def macro_f1(truth: Sequence[Hashable], given: Sequence[Hashable | None]) -> float | None:
    """Return the mean of `f1_by_class` over the classes that are true of some pair, 0 to 1; None without any pair."""
    by_class = f1_by_class(truth, given)
    return fmean(by_class[name] for name in dict.fromkeys(truth)) if truth else None


def mean_absolute_error(truth: Sequence[float], given: Sequence[float]) -> float | None:
    """Return the mean of ``|given − true|``, in the unit of the numbers, 0 upwards; None without any pair."""
    return float(np.abs(np.subtract(given, truth)).mean()) if truth else None


def root_mean_square_error(truth: Sequence[float], given: Sequence[float]) -> float | None:
    """Return the root of the mean of ``(given − true)²``, in the unit of the numbers; None without any pair."""
    return float(np.sqrt(np.square(np.subtract(given, truth)).mean())) if truth else None


def share_within_one(truth: Sequence[float], given: Sequence[float | None]) -> float | None:
    """Return the share of pairs that differ by one at most ("off by one"), 0 to 1; an answer of None does not."""
    pairs = zip(truth, given, strict=True)
    return fmean(answer is not None and abs(answer - true) <= 1 for true, answer in pairs) if truth else None
