from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, f1_score

from lmms_eval_plugins.statistics import answers as module
from lmms_eval_plugins.statistics.answers import (
    balanced_accuracy,
    f1_by_class,
    macro_f1,
    mean_absolute_error,
    root_mean_square_error,
    share_within_one,
)

PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abcd")), min_size=1, max_size=30)


def test_examples_in_docstrings_are_correct() -> None:
    assert doctest.testmod(module).failed == 0


@given(PAIRS)
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@pytest.mark.filterwarnings("ignore:A single label was found")
def test_classes_are_scored_as_by_scikit_learn(pairs: list[tuple[str, str]]) -> None:
    truth, said = [true for true, _ in pairs], [answer for _, answer in pairs]
    names = sorted(set(truth))
    assert balanced_accuracy(truth, said) == pytest.approx(balanced_accuracy_score(truth, said))
    expected = f1_score(truth, said, labels=names, average=None, zero_division=0)
    assert [f1_by_class(truth, said)[name] for name in names] == pytest.approx(list(expected))
    assert macro_f1(truth, said) == pytest.approx(expected.mean())


def test_no_answer_is_a_miss_and_no_false_alarm() -> None:
    assert f1_by_class(["a", "b"], ["a", None]) == {"a": 1, "b": 0}
    assert balanced_accuracy(["a", "b"], [None, None]) == 0 == macro_f1(["a"], [None])
    assert share_within_one([3, 3], [4, None]) == 0.5


def test_classes_may_be_numbers_of_numpy() -> None:
    truth, said = np.array([True, True, False]), np.array([True, False, False])
    assert f1_by_class(list(truth), list(said)) == pytest.approx({True: 2 / 3, False: 2 / 3})


def test_errors_of_numbers() -> None:
    assert mean_absolute_error([1, 2], [3, 2]) == 1
    assert root_mean_square_error([1, 2], [3, 2]) == pytest.approx(2**0.5)
    assert share_within_one([0, 0, 0], [1, 2, -1]) == pytest.approx(2 / 3)


def test_nothing_has_no_value() -> None:
    assert {balanced_accuracy([], []), macro_f1([], []), mean_absolute_error([], [])} == {None}
    assert {root_mean_square_error([], []), share_within_one([], [])} == {None}
    with pytest.raises(ValueError, match="shorter"):
        balanced_accuracy(["a"], [])
