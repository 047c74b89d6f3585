from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.bootstrap import Interval, draws, mean_interval, ratio_interval

FINITE = st.floats(-100, 100, allow_nan=False)


def test_the_mean_and_its_interval() -> None:
    interval = mean_interval([0.0, 0.0, 1.0, 1.0], ["a", "a", "b", "b"])
    assert (interval.value, interval.n, interval.n_patients) == (0.5, 4, 2)
    assert (interval.low, interval.high) == (0.0, 1.0), "two patients: a sample is often one of them twice"


def test_patients_are_drawn_not_videos() -> None:
    values = [0.0] * 50 + [1.0] * 50
    of_two = mean_interval(values, ["a"] * 50 + ["b"] * 50)
    of_all = mean_interval(values, list(range(100)))
    assert of_two.low == 0 and of_two.high == 1
    assert of_all.low is not None and 0.38 < of_all.low < 0.42


def test_a_ratio_weighs_patients_by_their_whole() -> None:
    assert ratio_interval([1, 0], [9, 1], ["a", "b"]).value == pytest.approx(0.1)
    assert ratio_interval([0, 0], [0, 0], ["a", "b"]) == Interval(None, None, None, 2, 2)


def test_one_patient_has_no_interval_and_none_no_value() -> None:
    assert mean_interval([1.0, 3.0], ["a", "a"]) == Interval(2.0, None, None, 2, 1)
    assert mean_interval([], []) == Interval(None, None, None, 0, 0)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        mean_interval([1.0, float("nan")], ["a", "b"])
    with pytest.raises(ValueError, match="give one of each per video"):
        mean_interval([1.0], ["a", "b"])


def test_the_same_seed_draws_the_same() -> None:
    assert (draws(5, 10, 1) == draws(5, 10, 1)).all()
    assert (draws(5, 10, 1) != draws(5, 10, 2)).any()


@given(st.lists(st.tuples(FINITE, st.sampled_from("abcd")), min_size=2))
def test_the_interval_lies_between_the_extreme_patients(videos: list[tuple[float, str]]) -> None:
    values, patients = [value for value, _ in videos], [patient for _, patient in videos]
    interval = mean_interval(values, patients, samples=50)
    means = [np.mean([v for v, p in videos if p == patient]) for patient in set(patients)]
    assert interval.value == pytest.approx(np.mean(values))
    if interval.low is not None and interval.high is not None:
        assert min(means) - 1e-9 <= interval.low <= interval.high <= max(means) + 1e-9
    else:
        assert len(means) == 1
