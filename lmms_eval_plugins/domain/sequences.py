"""Scores of one sequence of labels against another.

Both sides are lower-cased and runs of one label reduced to one (`lmms_eval_plugins.domain.timeline.without_repeats`)
before anything is compared. Definitions are those of the study (PLOS Digital Health 5(7):e0001506).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence, Sized

from rapidfuzz.distance import Levenshtein

from lmms_eval_plugins.domain.timeline import without_repeats


def edit_distance(predicted: Iterable[str], truth: Iterable[str]) -> int:
    """Least number of insertions, deletions and substitutions that turn one sequence into the other; 0 or more."""
    return Levenshtein.distance(without_repeats(predicted), without_repeats(truth))


def edit_score(predicted: Iterable[str], truth: Iterable[str]) -> float:
    """``100 · (1 − Lev(p, r) / max(|p|, |r|))``: 0 (nothing agrees) to 100 (equal); 100 if both are empty."""
    p, r = without_repeats(predicted), without_repeats(truth)
    longest = max(len(p), len(r))
    return (1 - Levenshtein.distance(p, r) / longest) * 100 if longest else 100.0


def action_error_rate(predicted: Iterable[str], truth: Iterable[str]) -> float:
    """``Lev(p, r) / |r|``: 0 (equal) upwards; above 1 where more is wrong than there is truth.

    Raises:
        ValueError: the truth is empty, so that the rate is undefined.
    """
    p, r = without_repeats(predicted), without_repeats(truth)
    _require(r)
    return Levenshtein.distance(p, r) / len(r)


def count_labels(labels: Iterable[str]) -> Counter[str]:
    """How often each label occurs, a run of one label being one occurrence."""
    return Counter(without_repeats(labels))


def counting_errors(predicted: Iterable[str], truth: Iterable[str], labels: Sequence[str]) -> dict[str, int]:
    """``|c_p(k) − c_r(k)|`` for each given label ``k``: by how many occurrences the prediction is off; 0 or more."""
    c_p, c_r = count_labels(predicted), count_labels(truth)
    return {label: abs(c_p[label] - c_r[label]) for label in labels}


def relative_counting_error(predicted: Iterable[str], truth: Iterable[str]) -> float:
    """``Σ_k |c_p(k) − c_r(k)| / Σ_k c_r(k)`` over all labels: 0 (all counts right) upwards.

    Raises:
        ValueError: the truth is empty, so that the error is undefined.
    """
    c_p, c_r = count_labels(predicted), count_labels(truth)
    _require(c_r)
    return sum(abs(c_p[label] - c_r[label]) for label in c_p | c_r) / sum(c_r.values())


def _require(truth: Sized) -> None:
    if not len(truth):
        raise ValueError("an empty truth cannot be scored against")
