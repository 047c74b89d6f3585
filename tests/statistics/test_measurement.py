"""Agreement, error of measurement, detectable change and reliability."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.measurement import (
    detectable_change,
    error_of_single,
    error_within_patients,
    limits_of_patients,
    ratings_of,
    repeats_of,
)
from lmms_eval_plugins.statistics.reliability import limits_of_agreement

JUDGES = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
"""Four judges rate six targets (Shrout & Fleiss, Psychol Bull 1979;86:420–428, table 2)."""

TARGETS = ["a", "b", "c", "d", "e", "f"]


def test_the_worked_example_of_shrout_and_fleiss() -> None:
    """ICC(1,1), (2,1) and (3,1) are .17, .29 and .71; the mean squares are 6.26 within, 32.49 of judges, 1.02 else."""
    rated = ratings_of(JUDGES, TARGETS)
    repeated = repeats_of(JUDGES.ravel(), np.repeat(TARGETS, 4).tolist(), np.repeat(TARGETS, 4).tolist())
    values = [one.value for one in (repeated.icc, rated.agreement, rated.consistency)]
    assert values == pytest.approx([0.17, 0.29, 0.71], abs=0.005)
    assert repeated.sem.value == pytest.approx(math.sqrt(6.26), abs=0.002)
    assert rated.sem_consistency.value == pytest.approx(math.sqrt(1.02), abs=0.002)
    assert rated.sem_agreement.value == pytest.approx(math.sqrt(1.02 + (32.49 - 1.02) / 6), abs=0.002)
    assert (rated.agreement.low, rated.agreement.high) == pytest.approx((0.02, 0.76), abs=0.005), "as published, by F"
    assert rated.consistency.low is not None and rated.consistency.low < 0.71


def test_of_two_raters_the_sem_of_consistency_is_that_of_their_differences() -> None:
    first, second = [3.0, 5, 8, 9, 12, 20], [4.0, 7, 8, 13, 12, 26]
    differences = np.subtract(second, first)
    found = ratings_of(np.column_stack((first, second)), TARGETS)
    assert found.sem_consistency.value == pytest.approx(differences.std(ddof=1) / math.sqrt(2))
    agreement, consistency = found.sem_agreement.value, found.sem_consistency.value
    assert agreement is not None and consistency is not None and agreement > consistency


def test_limits_of_one_difference_per_patient_are_the_plain_ones() -> None:
    differences = [1.0, -2, 4, 0, 3, 2]
    assert limits_of_patients(differences, TARGETS) == limits_of_agreement([0.0] * 6, differences)
    assert error_of_single(differences, TARGETS).value == pytest.approx(np.std(differences, ddof=1))
    assert error_within_patients(differences, TARGETS).value is None, "no patient has two"


def test_limits_of_several_differences_by_hand() -> None:
    """Means 2 and 6, so 8 between; 2 within; harmonic mean of 2 and 2 differences: a single one has 8 + (1 − ½)·2."""
    limits = limits_of_patients([1, 3, 5, 7], ["S1", "S1", "S2", "S2"])
    assert limits[:3] == pytest.approx((4, 4 - 1.96 * 3, 4 + 1.96 * 3))
    assert limits.of_low is None, "too few patients"
    assert error_of_single([1, 3, 5, 7], ["S1", "S1", "S2", "S2"]).value == pytest.approx(3)
    assert error_within_patients([1, 3, 5, 7], ["S1", "S1", "S2", "S2"]).value == pytest.approx(math.sqrt(2))


def test_intervals_of_limits_hold_the_limits_and_are_mirrored() -> None:
    rng = np.random.default_rng(3)
    whose = np.repeat(np.arange(8), 4).tolist()
    values = 1 + rng.normal(0, 1, 8)[whose] + rng.normal(0, 2, 32)
    limits, turned = limits_of_patients(values, whose), limits_of_patients(-values, whose)
    assert limits.bias is not None and limits.low is not None and limits.high is not None
    assert limits.of_bias and limits.of_low and limits.of_high
    assert limits.of_low[0] < limits.low < limits.of_low[1] < limits.bias < limits.of_high[0] < limits.high
    assert limits.high < limits.of_high[1] and limits.of_bias[0] < limits.bias < limits.of_bias[1]
    assert turned.of_low == pytest.approx([-end for end in limits.of_high[::-1]])
    within = error_within_patients(values, whose)
    assert within.value is not None and within.low is not None and within.high is not None
    assert within.low < within.value < within.high and within.low < 2 < within.high


def test_a_change_that_can_be_told() -> None:
    assert detectable_change(1, 90) == pytest.approx(1.645 * math.sqrt(2))
    assert detectable_change(2, 95) == pytest.approx(2 * 1.96 * math.sqrt(2))


def test_too_little_has_no_value() -> None:
    assert limits_of_patients([], []).bias is None
    assert limits_of_patients([1, 2], ["S1", "S1"])[:2] == (1.5, None), "one patient has no spread between patients"
    assert error_of_single([1, 2], ["S1", "S1"]).value is None
    assert repeats_of([1, 2], ["a", "b"], ["a", "b"]).icc.value is None, "nothing was repeated"
    assert repeats_of([1, 2], ["a", "a"], ["a", "a"]).icc.value is None, "one subject"
    same = ratings_of([[1, 1], [1, 1]], ["a", "b"])
    assert same.agreement.value is None and same.consistency.value is None and same.sem_consistency.value == 0
    assert ratings_of(np.zeros((0, 2)), []).agreement.value is None
    for wrong in (lambda: ratings_of([[1], [2]], ["a", "b"]), lambda: repeats_of([1, 2], ["a", "b"], ["a"])):
        with pytest.raises(ValueError, match="give"):
            wrong()


numbers = st.floats(-50, 50, allow_nan=False).map(lambda value: round(value, 3))


@given(st.lists(st.tuples(numbers, st.integers(0, 3)), min_size=2, max_size=12), st.sampled_from((-4.0, 0.5, 3.0)))
def test_units_scale_errors_and_leave_reliability(pairs: list[tuple[float, int]], factor: float) -> None:
    values, whose = np.array([value for value, _ in pairs]), [patient for _, patient in pairs]
    for error in (error_of_single, error_within_patients):
        plain, scaled = error(values, whose).value, error(factor * values + 7, whose).value
        assert (plain is None) == (scaled is None)
        assert plain is None or scaled == pytest.approx(abs(factor) * plain, abs=1e-6)
    icc = repeats_of(values, whose, whose).icc.value
    moved = repeats_of(factor * values, whose, whose).icc.value
    assert icc == moved is None or (icc is not None and moved == pytest.approx(icc, abs=1e-6) and icc <= 1 + 1e-9)
