from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lmms_eval_plugins.reports.tables.selective.alike import expected_by_alike
from lmms_eval_plugins.statistics.selective import (
    ExpectedErrors,
    area_under_risk,
    greatest_threshold,
    ranking_of,
    risk_curve,
    thresholds_elsewhere,
)

CASES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 20)), min_size=1, max_size=30)


def test_a_curve_by_hand() -> None:
    curve = risk_curve([0.3, 0.1, 0.2, 0.4], [1.0, 0.0, 0.5, 2.5])
    assert curve.coverages.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert curve.risks.tolist() == [0.0, 0.25, 0.5, 1.0]
    assert area_under_risk([0.3, 0.1, 0.2, 0.4], [1.0, 0.0, 0.5, 2.5]) == pytest.approx(1.75 / 4)
    assert [curve.at(share) for share in (0.01, 0.25, 0.26, 0.5, 1.0)] == [0.0, 0.0, 0.25, 0.25, 1.0]


def test_cases_that_are_expected_alike_count_with_their_mean() -> None:
    assert risk_curve([1, 1, 1, 2], [3, 0, 0, 5]).risks.tolist() == [1, 1, 1, 2]
    assert area_under_risk([7, 7, 7], [0, 1, 5]) == pytest.approx(2), "no order: a random one's area, the mean error"


@given(CASES)
def test_no_order_is_better_than_that_of_the_true_errors(cases: list[tuple[int, int]]) -> None:
    expected, errors = (np.array(column, dtype=float) for column in zip(*cases, strict=True))
    best, worst = area_under_risk(errors, errors), area_under_risk(-errors, errors)
    assert best - 1e-9 <= area_under_risk(expected, errors) <= worst + 1e-9
    assert best - 1e-9 <= errors.mean() <= worst + 1e-9
    curve = risk_curve(expected, errors)
    assert curve.at(1.0) == pytest.approx(errors.mean())
    assert np.array_equal(curve.risks, risk_curve(np.exp(expected), errors).risks), "the order alone counts"


def test_the_mean_area_of_all_orders_is_the_mean_error() -> None:
    rng, errors = np.random.default_rng(1), np.array([0.0, 0.0, 1.0, 4.0, 0.5])
    areas = [area_under_risk(rng.permutation(5), errors) for _ in range(4000)]
    assert np.mean(areas) == pytest.approx(errors.mean(), abs=0.05)


@pytest.mark.parametrize(("expected", "errors"), [([], []), ([1], [1, 2]), ([np.nan], [1]), ([1], [np.inf])])
def test_what_is_not_known_is_refused(expected: list[float], errors: list[float]) -> None:
    with pytest.raises(ValueError, match=r"expected errors and|is not known"):
        risk_curve(expected, errors)


def test_a_threshold_by_hand() -> None:
    expected, errors = [0.1, 0.2, 0.3, 0.4], [0.0, 0.9, 0.0, 0.7]
    assert greatest_threshold(expected, errors, 0.3) == 0.3, "a lucky case later makes up for an unlucky one before"
    assert greatest_threshold(expected, errors, 0.4) == 0.4
    assert greatest_threshold(expected, errors, 0.2) == 0.1
    assert greatest_threshold(expected, [1, 1, 1, 1], 0.5) == -np.inf
    assert greatest_threshold([0.1, 0.1], [0.0, 1.0], 0.2) == -np.inf, "cases that are expected alike go together"


@given(CASES, st.floats(0, 20))
def test_what_a_threshold_leaves_is_as_good_as_wanted(cases: list[tuple[int, int]], wanted: float) -> None:
    expected, errors = (np.array(column, dtype=float) for column in zip(*cases, strict=True))
    kept = errors[expected <= greatest_threshold(expected, errors, wanted)]
    assert not len(kept) or kept.mean() <= wanted * (1 + 1e-9)


def drawn(seed: int, m: int = 6, k: int = 8) -> tuple[NDArray[np.float64], NDArray[np.float64], list[str]]:
    """One number of each case, which tells nothing, errors that differ by patient, and the patients."""
    rng, places = np.random.default_rng(seed), np.repeat(np.arange(m), k)
    errors = np.exp(0.5 * rng.normal(size=m * k) + 0.3 * rng.normal(size=m)[places])
    return 0.5 * rng.normal(size=(m * k, 1)), errors, [f"P{place}" for place in places]


def learned(numbers: NDArray[np.float64], errors: NDArray[np.float64], patients: list[str]) -> ExpectedErrors:
    return expected_by_alike(numbers, [], errors, patients)


def test_nothing_of_a_patient_moves_what_is_decided_about_him() -> None:
    numbers, errors, patients = drawn(3)
    own = np.array(patients) == "P2"
    poisoned = np.where(own, 1e6, errors)
    before, after = learned(numbers, errors, patients), learned(numbers, poisoned, patients)
    assert np.array_equal(before.own[own], after.own[own])
    assert not np.array_equal(before.own[~own], after.own[~own])
    first, second = (
        thresholds_elsewhere(found, right, patients, 1.0) for found, right in ((before, errors), (after, poisoned))
    )
    assert np.array_equal(first[own], second[own]) and not np.array_equal(first[~own], second[~own])


def test_a_threshold_needs_three_patients() -> None:
    numbers, errors, patients = drawn(1, m=2)
    with pytest.raises(ValueError, match="needs 3 patients"):
        thresholds_elsewhere(learned(numbers, errors, patients), errors, patients, 1.0)
    given_ones = ExpectedErrors.given(errors, patients)
    assert np.isfinite(thresholds_elsewhere(given_ones, errors, patients, 10.0)).all(), "of probabilities two do"
    with pytest.raises(ValueError, match="needs 3 patients"):
        thresholds_elsewhere(ExpectedErrors.given([0.1], ["P1"]), [0.1], ["P1"], 1.0)


def test_places_of_what_nobody_taught_are_in_its_order() -> None:
    expected = [0.3, 0.1, 0.3, 0.9]
    assert ExpectedErrors.given(expected, list("AABC")).places(list("AABC")).tolist() == [2.0, 0.5, 2.0, 3.5]


def test_what_cannot_be_known_is_not_ordered_the_wrong_way() -> None:
    """Whoever has large errors is told to expect the others' small ones; pairs of patients are compared fairly."""
    errors, patients = np.array([1.0, 0.0, 0.0]), ["A", "B", "C"]
    found = learned(np.zeros((3, 1)), errors, patients)
    assert found.own.tolist() == [0.0, 0.5, 0.5]
    assert area_under_risk(found.own, errors) > errors.mean()
    assert area_under_risk(found.places(patients), errors) == pytest.approx(errors.mean())
    gained = []
    for seed in range(60):
        numbers, right, whose = drawn(seed)
        order = learned(numbers, right, whose)
        gained.append([area_under_risk(one, right) - right.mean() for one in (order.own, order.places(whose))])
    by_own, by_pairs = np.mean(gained, axis=0)
    assert by_own > 0.1 and abs(by_pairs) < 0.04


def test_intervals_hold_nothing_for_something_where_nothing_can_be_known() -> None:
    found = []
    for seed in range(40):
        numbers, errors, patients = drawn(seed)

        def order(kept: NDArray[np.intp]) -> NDArray[np.float64]:
            whose = [patients[place] for place in kept]  # noqa: B023
            return learned(numbers[kept], errors[kept], whose).places(whose)  # noqa: B023

        ranking = ranking_of(order, order, errors, patients, np.ones(len(errors), dtype=bool))
        assert ranking.gained.low is not None and ranking.gained.high is not None
        assert ranking.area - ranking.error == pytest.approx(ranking.gained.value)
        assert ranking.beyond_blind.value == 0 and ranking.beyond_blind.high is None
        found.append(ranking.gained.low <= 0 <= ranking.gained.high)
    assert np.mean(found) >= 0.95


def test_cases_that_are_not_shown_teach_and_do_not_count() -> None:
    numbers, errors, patients = drawn(5)
    taught: list[int] = []

    def order(kept: NDArray[np.intp]) -> NDArray[np.float64]:
        taught.append(len(kept))
        return errors[kept]

    shown = np.array([patient != "P0" for patient in patients])
    ranking = ranking_of(order, lambda kept: numbers[kept, 0], errors, patients, shown)
    assert ranking.error == pytest.approx(errors[shown].mean()) and ranking.gained.n_patients == 5
    assert ranking.area == pytest.approx(ranking.best) and ranking.area < ranking.error
    assert taught == [48, *[40] * 5], "all teach; then all but one of those who are shown"
