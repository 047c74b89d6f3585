"""Scores of one sequence of labels against another.

Both sides are lower-cased and repeats of a label merged (`lmms_eval_plugins.domain.timeline.without_repeats`) before
they are compared. Definitions are those of the study (PLOS Digital Health 5(7):e0001506).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Sized

from rapidfuzz.distance import Levenshtein

from lmms_eval_plugins.domain.timeline import without_repeats


def edit_score(predicted: Iterable[str], truth: Iterable[str]) -> float:
    """Return the edit score ``100 · (1 − Lev(p, r) / max(|p|, |r|))``: 0 (nothing agrees) to 100 (equal or both empty).

    >>> edit_score(["reach", "reach", "idle"], ["Reach", "transport", "idle"])  # one of three is missing
    66.66666666666667
    """
    p, r = without_repeats(predicted), without_repeats(truth)
    longest = max(len(p), len(r))
    return (1 - Levenshtein.distance(p, r) / longest) * 100 if longest else 100.0


def action_error_rate(predicted: Iterable[str], truth: Iterable[str]) -> float:
    """Return the action error rate ``Lev(p, r) / |r|``: 0 (equal) upwards; above 1 with more errors than true labels.

    Raises:
        ValueError: the truth is empty, so that the rate is undefined.

    >>> action_error_rate(["reach", "idle"], ["reach", "transport", "stabilize", "idle"])
    0.5
    """
    p, r = without_repeats(predicted), without_repeats(truth)
    _require(r)
    return Levenshtein.distance(p, r) / len(r)


def count_labels(labels: Iterable[str]) -> Counter[str]:
    """Count the occurrences of each label; repeats of a label are one occurrence."""
    return Counter(without_repeats(labels))


def counting_errors(predicted: Iterable[str], truth: Iterable[str], labels: Sequence[str]) -> dict[str, int]:
    """Return the counting error ``|c_p(k) − c_r(k)|`` of each given label ``k``: 0 or more occurrences."""
    c_p, c_r = count_labels(predicted), count_labels(truth)
    return {label: abs(c_p[label] - c_r[label]) for label in labels}


def relative_counting_error(predicted: Iterable[str], truth: Iterable[str]) -> float:
    """Return the relative counting error ``Σ_k |c_p(k) − c_r(k)| / Σ_k c_r(k)``: 0 (all counts right) upwards.

    Raises:
        ValueError: the truth is empty, so that the error is undefined.

    >>> relative_counting_error(["reach", "idle"], ["reach", "transport", "reach", "idle"])
    0.5
    """
    c_p, c_r = count_labels(predicted), count_labels(truth)
    _require(c_r)
    return sum(abs(c_p[label] - c_r[label]) for label in c_p | c_r) / sum(c_r.values())


def _require(truth: Sized) -> None:
    if not len(truth):
        raise ValueError("an empty truth cannot be scored against")
