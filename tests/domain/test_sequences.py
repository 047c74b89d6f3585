from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.domain import sequences
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES

labels = st.lists(st.sampled_from(PRIMITIVES), max_size=15)
some_labels = st.lists(st.sampled_from(PRIMITIVES), min_size=1, max_size=15)


def naive_distance(a: Sequence[str], b: Sequence[str]) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, start=1):
        last, row[0] = row[0], i
        for j, y in enumerate(b, start=1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (x != y))
    return row[-1]


def merged(sequence: Sequence[str]) -> list[str]:
    return [x for i, x in enumerate(sequence) if i == 0 or sequence[i - 1] != x]


def test_worked_example() -> None:
    predicted, truth = ["reach", "transport", "idle"], ["reach", "transport", "reposition", "idle"]
    assert sequences.edit_score(predicted, truth) == 75.0
    assert sequences.action_error_rate(predicted, truth) == 0.25
    assert sequences.relative_counting_error(predicted, truth) == 0.25
    assert sequences.counting_errors(predicted, truth, PRIMITIVES)["reposition"] == 1


def test_empty_sequences() -> None:
    assert sequences.edit_score([], []) == 100.0
    assert sequences.edit_score([], ["reach"]) == 0.0
    assert sequences.action_error_rate([], ["reach"]) == 1.0
    for undefined in (sequences.action_error_rate, sequences.relative_counting_error):
        with pytest.raises(ValueError, match="empty truth"):
            undefined(["reach"], [])


@given(labels, labels)
def test_edit_score_is_bounded_symmetric_and_from_the_distance(a: list[str], b: list[str]) -> None:
    score = sequences.edit_score(a, b)
    assert 0 <= score <= 100
    assert score == sequences.edit_score(b, a)
    longest = max(len(merged(a)), len(merged(b)))
    assert score == pytest.approx(100 * (1 - naive_distance(merged(a), merged(b)) / longest) if longest else 100)


@given(some_labels)
def test_equal_sequences_are_perfect(a: list[str]) -> None:
    assert sequences.edit_score(a, a) == 100
    assert sequences.action_error_rate(a, a) == 0
    assert sequences.relative_counting_error(a, a) == 0
    assert set(sequences.counting_errors(a, a, PRIMITIVES).values()) == {0}


@given(labels, some_labels)
def test_case_and_repeats_do_not_matter(a: list[str], b: list[str]) -> None:
    shouted = [label.upper() for label in a for _ in range(2)]
    for metric in (sequences.edit_score, sequences.action_error_rate, sequences.relative_counting_error):
        assert metric(shouted, b) == metric(a, b)
        assert metric(a or b, [label.title() for label in b for _ in range(3)]) == metric(a or b, b)


@given(labels, some_labels)
def test_counting_error_is_at_most_twice_the_action_error(a: list[str], b: list[str]) -> None:
    """A substitution changes two counts, so the bound is twice the edit distance."""
    assert sequences.relative_counting_error(a, b) <= 2 * sequences.action_error_rate(a, b) + 1e-12


def test_labels_outside_the_given_ones_count_in_the_relative_error() -> None:
    assert sequences.relative_counting_error(["unknown"], ["reach"]) == 2.0
