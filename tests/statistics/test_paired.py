from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.intervals import mean_interval
from lmms_eval_plugins.statistics.paired import compare, holm, least_p


def test_all_changes_of_sign_are_counted() -> None:
    comparison = compare([1, 2, 3], [0, 0, 0], ["a", "b", "c"])
    assert comparison.difference == 2
    assert comparison.p == 2 / 8, "only +++ and --- are as far from 0"


def test_signs_change_by_patient() -> None:
    assert compare([1] * 6, [0] * 6, ["a"] * 3 + ["b"] * 3).p == 2 / 4, "six videos, but two patients"


def test_many_patients_are_sampled() -> None:
    patients = [str(number) for number in range(30)]
    assert compare([1.0] * 30, [0.0] * 30, patients).p == pytest.approx(1 / 20_001)
    alternating = [float(number % 2) for number in range(30)]
    p = compare(alternating, [0.5] * 30, patients).p
    assert p is not None and p > 0.9


def test_equal_runs_do_not_differ() -> None:
    comparison = compare([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], ["a", "b", "c"])
    assert (comparison.difference, comparison.p) == (0, 1)


def test_of_one_patient_there_is_no_p() -> None:
    assert compare([1.0, 2.0], [0.0, 0.0], ["a", "a"]).p is None
    assert compare([], [], []).difference is None


def test_the_signs_of_large_sums_tie_with_themselves() -> None:
    sums = [341.61, 633.81, 634.8, 817.43, 766.15, 847.63, 757.34, 571.19]
    assert compare(sums, [0.0] * 8, list("abcdefgh")).p == 2 / 256


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 100)), min_size=2, max_size=9),
    st.integers(-12, 12),
)
def test_p_does_not_depend_on_the_unit(videos: list[tuple[int, int]], power: int) -> None:
    """Tenths are no exact numbers: sums that tie in whole numbers differ by rounding in any other unit."""
    first, second, patients = (
        [one for one, _ in videos],
        [other for _, other in videos],
        list("abcdeabcd")[: len(videos)],
    )
    scale = 0.1 * 10.0**power
    whole = compare(first, second, patients)
    scaled = compare([scale * one for one in first], [scale * other for other in second], patients)
    assert scaled.p == pytest.approx(whole.p, rel=1e-9)
    assert whole.p is not None and whole.p > 0


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e6])
def test_p_does_not_depend_on_what_is_added_to_both_runs(offset: float) -> None:
    first, second = [0.3, 0.1, 0.7, 0.4], [0.2, 0.0, 0.8, 0.2]
    p = compare([offset + one for one in first], [offset + other for other in second], list("abcd")).p
    assert p == 8 / 16, "the sum of ±.1, ±.1, ±.1 and ±.2 is at least .3 from 0 in eight of sixteen"


def test_holm_by_hand() -> None:
    assert holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert holm([None]) == [None]


@given(st.lists(st.tuples(st.floats(-9, 9), st.floats(-9, 9), st.sampled_from("abcde")), min_size=1))
def test_p_is_a_probability_and_the_order_does_not_matter(videos: list[tuple[float, float, str]]) -> None:
    first, second, patients = [v[0] for v in videos], [v[1] for v in videos], [v[2] for v in videos]
    one = compare(first, second, patients)
    other = compare(second, first, patients)
    assert one.p is None or 0 < one.p <= 1
    assert one.p == pytest.approx(other.p)
    assert one.difference == pytest.approx(-(other.difference or 0))


def test_the_interval_is_that_of_the_differences() -> None:
    first, second, patients = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0], [2.0, 6.0, 5.0, 3.0, 5.0, 8.0], list("abcdee")
    comparison = compare(first, second, patients)
    interval = mean_interval([one - other for one, other in zip(first, second, strict=True)], patients)
    assert interval.low is not None and (comparison.low, comparison.high) == (interval.low, interval.high)
    fewer = compare(first[:4], second[:4], patients[:4])
    assert fewer.low is None and fewer.p is not None, "four patients have a p, and no interval"


@pytest.mark.parametrize("n_patients", [2, 5, 10, 14, 15, 16, 17, 29])
def test_the_least_p_is_what_the_test_gives_where_all_patients_agree(n_patients: int) -> None:
    """Also where changes are drawn: at 15 and 16 patients one of them is all signs as they are, or all changed."""
    found = compare([1.0] * n_patients, [0.0] * n_patients, range(n_patients))
    assert found.p == least_p(n_patients)


def test_the_least_p_by_hand() -> None:
    assert [least_p(n) for n in (1, 2, 5, 10, 14)] == [None, 0.5, 2 / 32, 2 / 1024, 2 / 2**14]
    assert least_p(15) == pytest.approx(2 / 20_001)
    assert least_p(30) == pytest.approx(1 / 20_001)
