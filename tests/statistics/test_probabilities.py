from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.intervals import Interval
from lmms_eval_plugins.statistics.probabilities import auc_interval, calibration, leave_one_out_thresholds, roc_auc


def test_auc_is_the_chance_that_true_ranks_higher() -> None:
    assert roc_auc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75
    assert roc_auc([0.5, 0.5], [False, True]) == 0.5
    assert roc_auc([0.5, 0.6], [True, True]) is None
    assert roc_auc([0.2, math.nan, 0.9], [False, True, True]) == 1


def test_the_interval_of_an_auc_is_by_the_jackknife_over_patients() -> None:
    """By the formula, written again: of so many answers each that the effective number of patients is five."""
    rng = np.random.default_rng(0)
    p, true, patients = rng.random(30).round(1), rng.random(30) < 0.4, np.repeat(list("abcde"), 6)
    found = auc_interval([*p, math.nan], [*true, True], [*patients, "f"])
    areas = []
    for name in "abcde":
        kept = patients != name
        yes, no = p[kept & true][:, None], p[kept & ~true]
        areas.append(np.mean((yes > no) + 0.5 * (yes == no)))
    area = roc_auc(p, true)
    assert area is not None and (found.value, found.n, found.n_patients) == (area, 30, 5)
    error = math.sqrt(4 / 5 * sum((one - area) ** 2 for one in areas)) / (area * (1 - area))
    ends = [1 / (1 + (1 - area) / area * math.exp(-sign * 2.7764451 * error)) for sign in (-1, 1)]
    assert (found.low, found.high) == pytest.approx(tuple(ends))


def test_an_auc_without_an_interval() -> None:
    def interval(of_each: list[tuple[float, bool]], n_patients: int) -> Interval:
        own = of_each * n_patients
        owners = np.repeat(np.arange(n_patients), len(of_each)).tolist()
        return auc_interval([p for p, _ in own], [true for _, true in own], owners)

    mixed = [(0.3, True), (0.1, False), (0.4, False)]
    assert interval([(0.1, True), (0.2, True)], 6).value is None
    assert interval(mixed, 4).low is None, "four patients"
    assert interval(mixed, 6) == Interval(0.5, None, None, 18, 6), "they are all alike"
    assert interval([(0.9, True), (0.1, False)], 6) == Interval(1.0, None, None, 12, 6), "a point would be no interval"
    one_with_all_true = auc_interval(
        [0.6, 0.4, 0.2, 0.5, 0.1, 0.7], [True, False, False, False, False, False], list("abcdef")
    )
    assert one_with_all_true.value == pytest.approx(0.8) and one_with_all_true.low is None
    with pytest.raises(ValueError, match="zip"):
        auc_interval([0.1, 0.2], [True, False], ["a"])


def test_calibration_by_hand() -> None:
    found = calibration([0.05, 0.05, 0.95, 0.95], [False, True, True, True])
    assert found is not None
    assert found.brier == pytest.approx((0.05**2 + 0.95**2 + 2 * 0.05**2) / 4)
    assert found.expected_error == pytest.approx((2 * 0.45 + 2 * 0.05) / 4)
    assert found.predicted == pytest.approx((0.05, 0.95))
    assert found.observed == pytest.approx((0.5, 1.0))
    assert found.sizes == (2, 2)
    assert calibration([math.nan], [True]) is None


def test_thresholds_come_from_the_other_patients() -> None:
    p = [0.1, 0.2, 0.8, 0.9]
    limits = leave_one_out_thresholds(p, [False, True, False, True], ["a", "a", "b", "b"])
    assert limits["a"] == pytest.approx(0.81), "what parts b's answers, nearest to .5"
    assert limits["b"] == pytest.approx(0.2)
    assert leave_one_out_thresholds(p, [True] * 4, ["a", "a", "b", "b"]) == {"a": 0.5, "b": 0.5}
    assert leave_one_out_thresholds([0.3], [True], ["a"]) == {"a": 0.5}


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.sampled_from("abc")), min_size=1))
def test_own_answers_do_not_matter(answers: list[tuple[float, bool, str]]) -> None:
    patients = [patient for _, _, patient in answers]
    limits = leave_one_out_thresholds([p for p, _, _ in answers], [true for _, true, _ in answers], patients)
    changed = [(1 - p, not true) if patient == "a" else (p, true) for p, true, patient in answers]
    after = leave_one_out_thresholds([p for p, _ in changed], [true for _, true in changed], patients)
    assert limits.get("a") == after.get("a")
    assert all(0 <= limit <= 1 for limit in limits.values())
