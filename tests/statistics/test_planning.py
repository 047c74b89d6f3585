from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nct, norm, t

from lmms_eval_plugins.statistics.intervals import ratio_interval
from lmms_eval_plugins.statistics.paired import PERMUTATIONS, compare
from lmms_eval_plugins.statistics.planning import (
    SIMULATIONS,
    HalfWidth,
    Variation,
    group_trials,
    half_width_at,
    half_widths,
    p_of_groups,
    p_of_signs,
    paired_trials,
    patients_needed,
    power_at,
    variation_of,
)
from lmms_eval_plugins.statistics.proportions import two_groups

NORMAL = norm.ppf((np.arange(400) + 0.5) / 400)
"""Patients who differ as a standard normal number does."""


@st.composite
def several_trials(draw: st.DrawFn, fewest: int = 2) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """A few trials with equally many patients each; whole numbers tie often."""
    n = draw(st.integers(fewest, 8))
    row = st.lists(st.integers(-6, 6), min_size=n, max_size=n)
    return np.array(draw(st.lists(row, min_size=1, max_size=4)), dtype=float)


@given(several_trials(), st.sampled_from([1.0, 0.1, 1e-6]))
def test_p_of_many_trials_is_that_of_the_tables(
    sums: np.ndarray[tuple[int, int], np.dtype[np.float64]], scale: float
) -> None:
    one_by_one = [compare(row, np.zeros(len(row)), range(len(row))).p for row in scale * sums]
    assert list(p_of_signs(scale * sums)) == pytest.approx(one_by_one)


def test_above_14_patients_the_same_signs_are_drawn() -> None:
    sums = np.random.default_rng(1).normal(0.4, 1, size=(3, 17))
    one_by_one = [compare(row, np.zeros(17), range(17)).p for row in sums]
    assert list(p_of_signs(sums, PERMUTATIONS)) == pytest.approx(one_by_one)
    assert list(p_of_signs(sums)) == pytest.approx(one_by_one, abs=0.04)


@given(several_trials(), st.data())
def test_p_of_groups_is_that_of_the_tables(
    values: np.ndarray[tuple[int, int], np.dtype[np.float64]], data: st.DataObject
) -> None:
    n = values.shape[1]
    first = data.draw(st.integers(1, n - 1))
    groups = [place < first for place in range(n)]
    assert list(p_of_groups(values, first)) == pytest.approx([two_groups(row, range(n), groups) for row in values])


def test_of_many_patients_groups_are_drawn() -> None:
    values = np.random.default_rng(2).normal(size=(3, 24))
    values[:, :12] += 0.6
    expected = [two_groups(row, range(24), [True] * 12 + [False] * 12) for row in values]
    assert list(p_of_groups(values, 12)) == pytest.approx(expected, abs=0.04)


@given(st.lists(st.tuples(st.integers(-4, 9), st.integers(0, 5)), min_size=2, max_size=9))
def test_half_widths_are_those_of_the_tables(patients: list[tuple[int, int]]) -> None:
    parts, wholes = (np.array(column, dtype=float) for column in zip(*patients, strict=True))
    interval = ratio_interval(parts, wholes, range(len(patients)))
    (half,) = half_widths(parts[None], wholes[None])
    if interval.low is None or interval.high is None:
        assert np.isnan(half)
    else:
        assert half == pytest.approx((interval.high - interval.low) / 2)


def test_patients_vary_as_those_whom_they_stand_for() -> None:
    values = [3.0, 5.0, 10.0]
    variation = variation_of(values, list("abc"))
    assert float(np.mean(variation.deviations**2)) == pytest.approx(float(np.var(values, ddof=1)))
    assert float(variation.deviations.sum()) == pytest.approx(0)
    assert list(variation.sizes) == [1, 1, 1]


def test_videos_of_a_patient_are_drawn_together() -> None:
    variation = variation_of([1, 1, 1, 5], ["a", "a", "a", "b"])
    assert variation.deviations[:, 0] / 2**0.5 == pytest.approx([-3, 3]), "sums: 3 · (1 − 2), and 5 − 2"
    assert list(variation.sizes) == [3, 1]
    with pytest.raises(ValueError, match="there are not two"):
        variation_of([1, 2], ["a", "a"])


def test_the_cautious_spread_is_the_upper_end_of_its_interval() -> None:
    of_ten = variation_of(range(10), range(10))
    factor = float(of_ten.cautious.deviations.std() / of_ten.deviations.std())
    assert factor == pytest.approx((9 / 5.380) ** 0.5, rel=1e-3), "chi squared of 9: 20 % quantile 5.380"


def test_the_power_of_normal_patients_is_that_of_the_t_test() -> None:
    """What the permutation test loses against t is less than the Monte Carlo error here."""
    variation = variation_of(NORMAL, range(len(NORMAL)))
    power = power_at(paired_trials(variation, 0.66), 20, level=0.05, seed=0)
    beyond = t.ppf(0.975, 19)
    expected = nct.sf(beyond, 19, 0.66 * 20**0.5) + nct.cdf(-beyond, 19, 0.66 * 20**0.5)
    assert power.share == pytest.approx(expected, abs=4 * power.error)
    assert power.error == pytest.approx((power.share * (1 - power.share) / SIMULATIONS) ** 0.5)

    of_groups = power_at(group_trials(variation, 0.66), 40, level=0.05, seed=0)
    expected = nct.sf(t.ppf(0.975, 38), 38, 0.66 * 10**0.5)
    assert of_groups.share == pytest.approx(expected, abs=4 * of_groups.error)


@pytest.mark.parametrize("trials", [paired_trials, group_trials])
def test_nothing_is_found_as_often_as_the_level_says(trials: object) -> None:
    variation = variation_of(NORMAL, range(len(NORMAL)))
    assert callable(trials)
    for level in (0.05, 0.2):
        power = power_at(trials(variation, 0.0), 16, level=level, seed=1)
        assert power.share == pytest.approx(level, abs=4 * power.error)


def test_five_patients_cannot_be_significant() -> None:
    assert power_at(paired_trials(variation_of(NORMAL, range(400)), 9.0), 5, level=0.05, seed=0).share == 0


def test_the_fewest_patients_are_found() -> None:
    trials = paired_trials(variation_of(NORMAL, range(len(NORMAL))), 0.66)
    found = patients_needed(trials, power=0.8, level=0.05, seed=0)
    assert found is not None and 18 <= found.n_patients <= 23, "the t test needs 21"
    assert power_at(trials, found.n_patients - 1, level=0.05, seed=0).share < 0.8 <= found.share
    assert patients_needed(trials, power=0.8, level=0.05, seed=0) == found
    lenient = patients_needed(trials, power=0.3, level=0.3, seed=0)
    assert lenient is not None and 2 <= lenient.n_patients < 6
    flat = Variation(np.ones((2, 1)) * [[-50.0], [50.0]], np.ones(2))
    assert patients_needed(paired_trials(flat, 0.01), power=0.8, level=0.05, seed=0) is None


def test_each_of_the_versions_of_a_patient_may_be_drawn() -> None:
    variation = Variation(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, 1.0]))
    drawn, sizes = variation.drawn(3, np.random.default_rng(0))
    assert drawn.shape == sizes.shape == (SIMULATIONS, 3) and set(drawn.ravel()) == {1, 2, 3, 4}


def test_intervals_become_narrower_with_more_patients() -> None:
    values, patients = [40.0, 50, 60, 45, 55, 42, 58, 52], [f"S{n}" for n in range(8)]
    widths = [half_width_at(values, [1.0] * 8, patients, n, 0) for n in (4, 5, 20, 80)]
    assert widths[0] is None
    known = [width for width in widths if isinstance(width, HalfWidth)]
    assert [width.n_patients for width in known] == [5, 20, 80]
    expected = float(np.std(values, ddof=1)) * t.ppf(0.975, 79) / 80**0.5
    assert known[2].half == pytest.approx(expected, rel=0.03) and 0 < known[2].error < 0.02 * expected
    assert known[0].half > 2 * known[1].half > 4 * known[2].half
    assert half_width_at([5.0] * 8, [1.0] * 8, patients, 20, 0) is None, "they do not show how they differ"
    assert half_width_at([5.0] * 8, [0.0] * 8, patients, 20, 0) is None
