from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.intervals import (
    Interval,
    jackknife_error,
    jackknife_interval,
    mean_interval,
    ratio_interval,
    without_each_patient,
)

FINITE = st.floats(-100, 100, allow_nan=False)
T_OF_5, T_OF_10 = 2.7764451051977934, 2.2621571627409915
"""The 97.5 % quantiles of t with 4 and with 9 degrees of freedom, from a printed table."""


def test_patients_with_one_video_each_have_the_textbook_interval_of_a_mean() -> None:
    values = [3.0, 5.0, 4.0, 8.0, 10.0]
    interval = mean_interval(values, list("abcde"))
    half = T_OF_5 * float(np.std(values, ddof=1)) / math.sqrt(5)
    assert (interval.value, interval.n, interval.n_patients) == (6.0, 5, 5)
    assert (interval.low, interval.high) == pytest.approx((6 - half, 6 + half))


def test_patients_with_as_many_videos_have_the_cluster_robust_interval() -> None:
    rng = np.random.default_rng(2)
    parts, wholes = rng.random((10, 4)), np.full((10, 4), 2.0)
    interval = ratio_interval(parts.ravel(), wholes.ravel(), np.repeat(np.arange(10), 4).tolist())
    ratio = parts.sum() / wholes.sum()
    off = parts.sum(axis=1) - ratio * wholes.sum(axis=1)
    half = T_OF_10 * math.sqrt(10 / 9 * float((off**2).sum())) / wholes.sum()
    assert (interval.low, interval.high) == pytest.approx((ratio - half, ratio + half))


def test_videos_of_a_patient_who_are_alike_tell_no_more_than_one() -> None:
    values = [0.0, 1.0, 3.0, 2.0, 7.0, 4.0]
    once, often = mean_interval(values, range(6)), mean_interval(values * 9, [*range(6)] * 9)
    assert (often.low, often.high) == pytest.approx((once.low, once.high))


def test_unequal_patients_widen_the_interval() -> None:
    """The larger one patient is, the less the others tell: by the jackknife, and by fewer degrees of freedom."""
    widths = []
    for size in (1, 3, 9, 27):
        values = [1.0] * size + [0.0, 2.0, 1.0, 0.0, 2.0, 0.5]
        interval = mean_interval(values, [0] * size + [1, 2, 3, 4, 5, 6])
        assert interval.low is not None and interval.high is not None
        widths.append((interval.high - interval.low) * len(values) / 6)
    assert widths == sorted(widths)


def test_a_ratio_weighs_patients_by_their_whole() -> None:
    assert ratio_interval([1, 0], [9, 1], ["a", "b"]).value == pytest.approx(0.1)
    assert ratio_interval([0, 0], [0, 0], ["a", "b"]) == Interval(None, None, None, 2, 2)


@pytest.mark.parametrize("n_patients", [0, 1, 2, 4])
def test_below_five_patients_there_is_no_interval(n_patients: int) -> None:
    interval = mean_interval([float(n) for n in range(2 * n_patients)], [n // 2 for n in range(2 * n_patients)])
    assert (interval.low, interval.high, interval.n_patients) == (None, None, n_patients)
    assert interval.value == (n_patients - 0.5 if n_patients else None)


def test_patients_who_tell_nothing_are_not_counted() -> None:
    parts, wholes = [1, 2, 0, 3, 0, 0], [2, 2, 2, 4, 0, 0]
    assert ratio_interval(parts, wholes, range(6)) == Interval(0.6, None, None, 6, 4)
    assert ratio_interval([*parts[:-1], 1], wholes, range(6)).n_patients == 5, (
        "an error where there was nothing to find"
    )
    assert ratio_interval([1, 1, 1, 1, 1], [7, 0, 0, 0, 0], range(5)).low is None, "without the first there is no ratio"


@pytest.mark.parametrize("value", [0.0, 50.0, 0.1 + 0.2])
def test_patients_who_are_all_alike_do_not_make_a_point_of_the_interval(value: float) -> None:
    interval = mean_interval([value] * 14, [*range(7)] * 2)
    assert interval.value == pytest.approx(value)
    assert (interval.low, interval.high, interval.n_patients) == (None, None, 7)


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        mean_interval([1.0, float("nan")], ["a", "b"])
    with pytest.raises(ValueError, match="give one of each per video"):
        mean_interval([1.0], ["a", "b"])


@given(st.lists(st.tuples(FINITE, st.sampled_from("abcdefgh")), min_size=2), st.integers(-9, 9), FINITE)
def test_the_interval_lies_around_the_mean_and_follows_its_scale(
    videos: list[tuple[float, str]], power: int, shift: float
) -> None:
    values, patients = [value for value, _ in videos], [patient for _, patient in videos]
    interval, scale = mean_interval(values, patients), 10.0**power
    moved = mean_interval([scale * (value + shift) for value in values], patients)
    assert interval.value == pytest.approx(np.mean(values))
    if len(set(patients)) < 5:
        assert interval.low is None and interval.high is None
        return
    means = [np.mean([value for value, whose in videos if whose == patient]) for patient in set(patients)]
    if np.ptp(means) < 1e-9:
        return  # whether these are alike is a matter of rounding
    assert interval.low is not None and moved.low is not None and moved.high is not None
    assert interval.high is not None and interval.value is not None
    assert interval.low <= interval.value <= interval.high
    ends = scale * (interval.low + shift), scale * (interval.high + shift)
    assert (moved.low, moved.high) == pytest.approx(ends, rel=1e-6, abs=1e-6 * scale)


def test_the_jackknife_of_a_mean_is_its_standard_error() -> None:
    values = np.array([1.0, 4.0, 2.0, 8.0, 5.0, 7.0])
    without = [float(values[others].mean()) for others in without_each_patient(range(6))]
    assert jackknife_error(float(values.mean()), without) == pytest.approx(values.std(ddof=1) / math.sqrt(6))
    assert jackknife_error(1.0, [1.0, None]) is None
    assert jackknife_error(1.0, [1.0, 1.0]) is None, "no spread says nothing of an error"


def test_the_jackknife_interval_of_a_mean_is_the_textbook_one_and_stays_within_bounds() -> None:
    values = np.array([0.2, 0.9, 0.4, 0.8, 0.7, 0.95])
    found = jackknife_interval(lambda at: float(values[at].mean()), list("abcdef"), 0, 1)
    textbook = mean_interval(values, list("abcdef"))
    assert found.value == textbook.value and found.low == pytest.approx(textbook.low) and found.n_patients == 6
    assert found.high == pytest.approx(textbook.high)
    assert jackknife_interval(lambda at: float(values[at].mean()), list("abcdef"), 0.5, 0.7).low == 0.5


def test_a_jackknife_interval_that_there_is_not() -> None:
    ones = np.ones(6)
    assert jackknife_interval(lambda at: float(ones[at].mean()), list("abcdef"), 0, 1).low is None, "no spread"
    assert jackknife_interval(lambda at: float(len(at)), list("abcd"), 0, 9) == Interval(4.0, None, None, 4, 4)
    assert jackknife_interval(lambda at: None, list("abcde"), 0, 1) == Interval(None, None, None, 5, 5)
    assert jackknife_interval(lambda at: 1.0 if 0 in at else None, list("abcde"), 0, 1).high is None
