from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.change import AdditiveFit, additive_fit, followed, session_variation

PATIENTS = [patient for patient in "abcdef" for _ in range(4)]
ACTIVITIES = ["eat", "comb", "brush", "drink"] * 6
REST = np.random.default_rng(3).normal(size=len(PATIENTS))


@given(st.lists(st.floats(-9, 9), min_size=3, max_size=3), st.lists(st.floats(-9, 9), min_size=2, max_size=2))
def test_exact_sums_leave_nothing(of_patients: list[float], of_activities: list[float]) -> None:
    values = [one + other for one in of_patients for other in of_activities]
    fit = additive_fit(values, [0, 0, 1, 1, 2, 2], ["eat", "comb"] * 3)
    assert not fit.rest.any() and fit.free == 2
    assert np.diff(fit.of_patient) == pytest.approx(np.diff(of_patients), abs=1e-9)


def test_one_video_of_each_leaves_no_freedom() -> None:
    fit = additive_fit([1, 5, 9], list("abc"), ["eat"] * 3)
    assert fit.free == 0 and not fit.rest.any() and not fit.widened.any()


def test_what_is_left_is_widened_for_what_was_fitted() -> None:
    fit = AdditiveFit(np.zeros(1), np.array([1.0, -1.0, 1.0, -1.0]), 1)
    assert list(fit.widened) == [2, -2, 2, -2]


@given(st.floats(-1.5, 1.5))
def test_the_share_that_is_followed_is_found_whatever_patients_and_activities_add(share: float) -> None:
    true = additive_fit(REST, PATIENTS, ACTIVITIES)
    own = share * REST + np.repeat([5, 1, 4, 2, 8, 3], 4) + np.tile([0, 2, 7, 1], 6)
    interval = followed(additive_fit(own, PATIENTS, ACTIVITIES), true, PATIENTS)
    assert interval.value == pytest.approx(share, abs=1e-9)


def test_what_is_followed_has_an_interval_by_patients() -> None:
    true = additive_fit(REST, PATIENTS, ACTIVITIES)
    noisy = additive_fit(0.5 * REST + np.random.default_rng(4).normal(size=24), PATIENTS, ACTIVITIES)
    interval = followed(noisy, true, PATIENTS)
    assert interval.value and interval.low and interval.high and interval.low < interval.value < interval.high
    nothing = additive_fit(np.zeros(24), PATIENTS, ACTIVITIES)
    assert followed(noisy, nothing, PATIENTS).value is None


def test_sessions_vary_as_much_as_two_means_of_what_is_left() -> None:
    fit = additive_fit(REST, PATIENTS, ACTIVITIES)
    variation = session_variation(fit, PATIENTS, seed=0)
    assert variation is not None and variation.deviations.shape == (6, 1000)
    within = np.mean([np.var(fit.widened[4 * place : 4 * place + 4]) for place in range(6)])
    assert float(np.mean(variation.deviations**2)) == pytest.approx(float(2 * within / 4), rel=0.05)
    assert float(np.mean(variation.deviations)) == pytest.approx(0, abs=0.05)


def test_patients_with_one_video_say_nothing_of_sessions() -> None:
    patients = ["a", "a", "b", "b", "c", "d"]
    fit = additive_fit([1, 2, 4, 3, 5, 5], patients, ["eat", "comb"] * 3)
    assert session_variation(fit, patients, 0) is None
    three = [*patients[:4], "c", "c"]
    variation = session_variation(additive_fit([1, 2, 4, 3, 5, 5], three, ["eat", "comb"] * 3), three, 0)
    assert variation is not None and len(variation.sizes) == 3
