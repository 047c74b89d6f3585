from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from lmms_eval_plugins.decoding.probing.measures import area_under_curve, areas_of, balanced_interval
from lmms_eval_plugins.statistics.probabilities import auc_interval

PATIENTS = [f"P{place % 6}" for place in range(90)]


def drawn(seed: int, classes: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, len(PATIENTS))
    scores = rng.integers(0, 8, (len(PATIENTS), 1 if classes == 2 else classes)).astype(float)
    scores[np.arange(len(labels)), 0 if classes == 2 else labels] += 2 * labels if classes == 2 else 2
    return scores, labels


@given(st.integers(0, 1000), st.integers(2, 5))
def test_areas_are_those_of_scikit_learn_with_and_without_each_patient(seed: int, classes: int) -> None:
    scores, labels = drawn(seed, classes)

    def expected(rows: np.ndarray) -> float:
        if classes == 2:
            return float(roc_auc_score(labels[rows] == 1, scores[rows, 0]))
        return float(np.mean([roc_auc_score(labels[rows] == one, scores[rows, one]) for one in range(classes)]))

    found = areas_of(scores, labels, PATIENTS)
    assert found.value == area_under_curve(scores, labels) == pytest.approx(expected(np.arange(len(labels))))
    rest = [np.array([who != patient for who in PATIENTS]).nonzero()[0] for patient in dict.fromkeys(PATIENTS)]
    assert found.without == pytest.approx([expected(rows) for rows in rest])


def test_of_two_classes_the_interval_is_that_of_the_statistics() -> None:
    scores, labels = drawn(0, 2)
    assert areas_of(scores, labels, PATIENTS).interval == auc_interval(scores[:, 0], labels == 1, PATIENTS)


def test_differences_are_in_pairs() -> None:
    scores, labels = drawn(0, 3)
    one, other = areas_of(scores, labels, PATIENTS), areas_of(scores + np.eye(3)[labels] / 2, labels, PATIENTS)
    same = one.minus(one)
    assert same.value == 0 and same.low is None
    found = other.minus(one)
    assert found.value is not None and found.low is not None and found.low < found.value
    assert found.value == pytest.approx((other.value or 0) - (one.value or 0))
    few = areas_of(scores[:30], labels[:30], [f"P{place % 3}" for place in range(30)])
    assert few.minus(few).low is None and few.interval.low is None


def test_a_class_of_one_patient_has_no_part_in_the_mean() -> None:
    scores, labels = drawn(0, 3)
    rare = np.where(labels == 2, 1, labels)
    rare[0] = 2
    without = areas_of(scores[:, :2], rare, PATIENTS)
    assert areas_of(scores, rare, PATIENTS).value == pytest.approx(without.value)


def test_one_class_has_no_area() -> None:
    nothing = areas_of(np.ones((4, 1)), np.ones(4, int), ["a", "a", "b", "b"])
    assert nothing.value is None and nothing.interval.value is None and nothing.minus(nothing).value is None
    assert area_under_curve(np.ones((4, 1)), np.ones(4, int)) is None


@given(st.integers(0, 1000))
def test_balanced_accuracy_is_that_of_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    told, labels = rng.integers(0, 3, (2, len(PATIENTS)))
    found = balanced_interval(told, labels, PATIENTS)
    assert found.value == pytest.approx(balanced_accuracy_score(labels, told))
    assert found.low is not None and found.high is not None and found.low < (found.value or 0) < found.high


def test_what_gives_no_answer_is_right_about_nothing() -> None:
    assert balanced_interval(np.full(4, -1), np.array([0, 1, 0, 1]), list("abab")).value == 0
