from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.proportions import share_interval, two_shares, wilson_interval


def test_two_shares_as_the_study_compared_them() -> None:
    combing = two_shares((8, 7), (17, 51))
    assert combing == pytest.approx(0.0041, abs=5e-5)
    everything = two_shares((164, 332), (188, 452))
    assert everything is not None and everything < 0.001
    assert two_shares((3, 4), (3, 4)) == 1.0
    assert two_shares((0, 1), (0, 2)) is None


@given(st.integers(0, 700), st.integers(1, 700))
def test_the_interval_of_a_share_by_its_formula(right: int, n: int) -> None:
    right = min(right, n)
    z = 1.959963984540054
    middle = (right / n + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * math.sqrt(right / n * (1 - right / n) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    low, high = wilson_interval(right, n)
    assert low == pytest.approx(middle - half, abs=1e-12)
    assert high == pytest.approx(middle + half, abs=1e-12)
    assert 0 <= low <= right / n <= high <= 1


@pytest.mark.parametrize("n", [1, 10, 640])
def test_the_interval_of_none_and_of_all_ends_at_the_border(n: int) -> None:
    assert wilson_interval(0, n)[0] == 0.0
    assert wilson_interval(n, n)[1] == 1.0


@pytest.mark.parametrize("right", [True, False])
def test_where_all_is_right_or_wrong_the_interval_has_the_width_of_so_many_patients(right: bool) -> None:
    three, ten, hundred = (share_interval([right] * 2 * n, [*range(n)] * 2) for n in (3, 10, 100))
    for interval in (three, ten, hundred):
        assert interval.value == float(right) == (interval.high if right else interval.low)
    lengths = [(one.high or 0.0) - (one.low or 0.0) for one in (three, ten, hundred)]
    assert lengths == sorted(lengths, reverse=True)
    assert lengths[1] == pytest.approx(1 - 10 / (10 + 2.262157**2))
    assert 0.03 < lengths[2] < 0.05


def test_videos_of_a_patient_who_are_alike_count_as_one() -> None:
    every_other = [True, False] * 10
    of_patients = share_interval(every_other * 5, list(range(20)) * 5)
    of_videos = share_interval(every_other, list(range(20)))
    independent = share_interval(every_other * 5, list(range(100)))
    assert (of_patients.low, of_patients.high) == pytest.approx((of_videos.low, of_videos.high))
    assert (independent.low or 0) > (of_patients.low or 0)


def test_patients_of_one_share_do_not_make_the_interval_a_point() -> None:
    interval = share_interval([True, False] * 8, [patient for patient in range(8) for _ in range(2)])
    assert interval.low is not None and interval.low < 0.25 and interval.high == pytest.approx(1 - interval.low)


def test_a_share_of_seconds_weighs_patients_by_their_seconds() -> None:
    interval = share_interval([9.0, 1.0], ["a", "b"], [90.0, 2.0])
    assert interval.value == pytest.approx(10 / 92)
    everything = share_interval([0.1 * n for n in range(1, 9)], list(range(8)), [0.1 * n for n in range(1, 9)])
    assert everything.high == 1.0 and everything.low == pytest.approx(8 / (8 + 2.364624**2))


def test_one_patient_has_no_interval_and_no_videos_have_no_share() -> None:
    assert share_interval([True, True], ["a", "a"]).low is None
    assert share_interval([], []).value is None
    assert share_interval([0.0, 0.0], ["a", "b"], [0.0, 0.0]).value is None


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcdef")), min_size=1))
def test_the_interval_lies_around_the_share_and_is_never_a_point(videos: list[tuple[bool, str]]) -> None:
    right, patients = [one for one, _ in videos], [patient for _, patient in videos]
    interval, wrong = share_interval(right, patients), share_interval([not one for one in right], patients)
    assert interval.value == pytest.approx(np.mean(right))
    if len(set(patients)) == 1:
        assert interval.low is None
        return
    assert interval.low is not None and interval.high is not None and interval.value is not None
    assert 0 <= interval.low <= interval.value <= interval.high <= 1
    assert interval.high - interval.low > 0.01
    assert (wrong.low, wrong.high) == pytest.approx((1 - interval.high, 1 - interval.low))
