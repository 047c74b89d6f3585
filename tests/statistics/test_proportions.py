from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.proportions import share_interval, two_groups, two_shares


def test_two_shares_as_the_study_compared_them() -> None:
    combing = two_shares((8, 7), (17, 51))
    assert combing == pytest.approx(0.0041, abs=5e-5)
    everything = two_shares((164, 332), (188, 452))
    assert everything is not None and everything < 0.001
    assert two_shares((3, 4), (3, 4)) == 1.0
    assert two_shares((0, 1), (0, 2)) is None


@pytest.mark.parametrize("right", [True, False])
def test_where_all_is_right_or_wrong_the_interval_has_the_width_of_so_many_patients(right: bool) -> None:
    five, ten, hundred = (share_interval([right] * 2 * n, [*range(n)] * 2) for n in (5, 10, 100))
    for interval in (five, ten, hundred):
        assert interval.value == float(right) == (interval.high if right else interval.low)
    lengths = [(one.high or 0.0) - (one.low or 0.0) for one in (five, ten, hundred)]
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


def test_below_five_patients_there_is_no_interval_and_of_nothing_no_share() -> None:
    assert share_interval([True, True], ["a", "a"]).low is None
    four = share_interval([True, False] * 4, list("aabbccdd"))
    assert (four.value, four.low, four.high, four.n_patients) == (0.5, None, None, 4)
    assert share_interval([], []).value is None
    assert share_interval([0.0, 0.0], ["a", "b"], [0.0, 0.0]).value is None


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcdef")), min_size=1))
def test_the_interval_lies_around_the_share_and_is_never_a_point(videos: list[tuple[bool, str]]) -> None:
    right, patients = [one for one, _ in videos], [patient for _, patient in videos]
    interval, wrong = share_interval(right, patients), share_interval([not one for one in right], patients)
    assert interval.value == pytest.approx(np.mean(right))
    if len(set(patients)) < 5:
        assert interval.low is None and interval.high is None
        return
    assert interval.low is not None and interval.high is not None and interval.value is not None
    assert 0 <= interval.low <= interval.value <= interval.high <= 1
    assert interval.high - interval.low > 0.01
    assert (wrong.low, wrong.high) == pytest.approx((1 - interval.high, 1 - interval.low))


def test_patients_not_videos_are_put_into_the_other_group() -> None:
    """Ten videos of each of two patients: ten right, ten wrong. There are two ways, and both differ by as much."""
    patients, right = ["A"] * 10 + ["B"] * 10, [1] * 10 + [0] * 10
    first = [who == "A" for who in patients]
    by_videos = two_shares((10, 0), (10, 10))
    assert by_videos is not None and by_videos < 0.001
    assert two_groups(right, patients, first) == 1
    assert two_groups(right, patients, [True] * 20) is None and two_groups([], [], []) is None


def test_a_difference_between_many_patients_is_found_and_drawn_alike() -> None:
    patients = [f"P{number}" for number in range(40)]
    first = [number < 20 for number in range(40)]
    p = two_groups(first, patients, first)
    assert p == 1 / 20_001 == two_groups(first, patients, [not one for one in first])
