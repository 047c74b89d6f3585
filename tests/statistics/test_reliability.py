from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from lmms_eval_plugins.statistics.intervals import Interval
from lmms_eval_plugins.statistics.reliability import (
    icc_interval,
    icc_of,
    kappa_interval,
    limits_of_agreement,
    nominal_kappa,
    pearson,
    quadratic_kappa,
    spearman,
    table_kappa,
    tables_interval,
)

pairs = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)
totals = st.lists(st.tuples(st.integers(0, 62), st.integers(0, 62)), max_size=20)


@given(pairs)
@settings(max_examples=40)
def test_nominal_kappa_is_the_usual_one(both: list[tuple[int, int]]) -> None:
    first, second = (list(one) for one in zip(*both, strict=True))
    kappa = nominal_kappa(first, second)
    assert kappa == nominal_kappa(second, first)
    if len({*first, *second}) == 1:
        assert kappa is None
    else:
        assert kappa == pytest.approx(cohen_kappa_score(first, second))
    assert nominal_kappa([], []) is None


def test_tables_of_patients_add_up_to_one_kappa_and_give_its_interval() -> None:
    tables = [np.array([[8.0, 1 + number % 3], [2.0, 5.0]]) for number in range(6)]
    found = tables_interval(table_kappa, tables, list("abcdef"))
    assert found.value == table_kappa(np.sum(tables, axis=0)) and found.n_patients == 6
    assert found.value and found.low and found.high and found.low < found.value < found.high
    poisoned = [*tables[:5], np.array([[0.0, 9.0], [9.0, 0.0]])]
    wider = tables_interval(table_kappa, poisoned, list("abcdef"))
    assert wider.low is not None and wider.low < found.low
    assert tables_interval(table_kappa, tables, list("aabbcc")).low is None
    assert tables_interval(table_kappa, [np.diag([4.0, 0.0])], ["a"]).value is None


def test_kappa_by_hand() -> None:
    # 4 pairs; observed weights: one pair off by 2 -> 4. Margins (2, 0, 2) and (3, 0, 1): expected 4·(2·1 + 2·3)/4 = 8.
    assert quadratic_kappa([0, 0, 2, 2], [0, 0, 0, 2]) == pytest.approx(0.5)
    assert quadratic_kappa([0, 1, 2], [0, 1, 2]) == 1.0
    assert quadratic_kappa([0, 2], [2, 0]) == -1.0
    assert quadratic_kappa([1, 1], [1, 1]) is None
    assert quadratic_kappa([], []) is None


@given(pairs)
def test_kappa_is_the_concordance_of_scores(table: list[tuple[int, int]]) -> None:
    """Fleiss & Cohen 1973: with quadratic weights kappa is 2·cov / (var + var + (difference of means)²)."""
    x, y = np.asarray(table, dtype=float).T
    spread = x.var() + y.var() + (x.mean() - y.mean()) ** 2
    found = quadratic_kappa([pair[0] for pair in table], [pair[1] for pair in table])
    if found is None:
        assert spread == 0
    else:
        assert found == pytest.approx(2 * np.cov(x, y, ddof=0)[0, 1] / spread, abs=1e-9)


@given(pairs)
def test_kappa_is_that_of_scikit_learn(table: list[tuple[int, int]]) -> None:
    truth, predicted = [pair[0] for pair in table], [pair[1] for pair in table]
    if (found := quadratic_kappa(truth, predicted)) is not None:
        reference = cohen_kappa_score(truth, predicted, labels=[0, 1, 2], weights="quadratic")
        assert found == pytest.approx(float(reference), abs=1e-12)


def test_icc_by_hand() -> None:
    # Subjects (1, 2), (3, 4), (5, 6): BMS = 8, JMS = 1.5, EMS = 0; 8 / (8 + 2·1.5/3) = 8/9.
    assert icc_interval([1, 3, 5], [2, 4, 6]).value == pytest.approx(8 / 9)
    assert icc_interval([1, 3, 5], [1, 3, 5]).value == pytest.approx(1.0)
    assert icc_interval([1], [1]).value is None
    assert icc_interval([4, 4], [4, 4]).value is None


def test_limits_by_hand() -> None:
    bias, low, high, *_ = limits_of_agreement([10, 10], [12, 16])
    assert bias == 4.0
    assert low == pytest.approx(4 - 1.96 * math.sqrt(8))
    assert high == pytest.approx(4 + 1.96 * math.sqrt(8))
    assert limits_of_agreement([1], [3])[:3] == (2.0, None, None)
    assert limits_of_agreement([], [])[:3] == (None, None, None)


def test_correlations_by_hand() -> None:
    assert pearson([1, 2, 3], [2, 4, 6]).value == pytest.approx(1.0)
    assert spearman([1, 2, 30], [9, 8, 1]).value == pytest.approx(-1.0)
    assert spearman([1, 2, 3, 4], [1, 2, 2, 3]).value == pytest.approx(4.5 / math.sqrt(5 * 4.5))


def test_the_interval_of_kappa_is_by_the_jackknife_over_patients() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, (8, 5))
    predicted = np.where(rng.random((8, 5)) < 0.7, truth, rng.integers(0, 3, (8, 5)))
    patients = np.repeat(np.arange(8), 5).tolist()
    found = kappa_interval(truth.ravel().tolist(), predicted.ravel().tolist(), patients)
    without = [
        cohen_kappa_score(np.delete(truth, one, 0).ravel(), np.delete(predicted, one, 0).ravel(), weights="quadratic")
        for one in range(8)
    ]
    kappa = cohen_kappa_score(truth.ravel(), predicted.ravel(), weights="quadratic")
    half = 2.3646242510 * math.sqrt(7 / 8 * sum((one - kappa) ** 2 for one in without))
    assert (found.n, found.n_patients) == (40, 8) and found.value == pytest.approx(kappa)
    assert found.low == pytest.approx(kappa - half) and found.high == pytest.approx(min(kappa + half, 1))


def test_kappa_of_other_levels_has_an_interval() -> None:
    truth, predicted = [1, 3, 5, 9, 9, 1], [1, 5, 5, 9, 3, 1]
    found = kappa_interval(truth, predicted, list("abcdef"), levels=[1, 3, 5, 9])
    assert found.value == quadratic_kappa(truth, predicted, [1, 3, 5, 9])
    assert found.low is not None and found.high is not None and found.value is not None
    assert found.low < found.value < found.high <= 1


def test_kappa_without_an_interval() -> None:
    scores, patients = [0, 1, 2, 1, 0], list("abcde")
    assert kappa_interval(scores, scores, patients) == Interval(1.0, None, None, 5, 5), "perfect: no spread to go by"
    assert kappa_interval(scores, [1, 1, 2, 1, 0], list("abcdd")).low is None, "four patients"
    assert kappa_interval([1] * 5, [1, 1, 1, 1, 2], patients) == Interval(0.0, None, None, 5, 5), "not without the last"
    assert kappa_interval([], [], []) == Interval(None, None, None, 0, 0)
    with pytest.raises(ValueError, match="2 and 1 scores of 2 patients"):
        kappa_interval([1, 1], [1], ["a", "b"])


def test_the_worked_example_of_shrout_and_fleiss() -> None:
    """Psychol Bull 1979;86:420–428, table 2: six targets, four judges; ICC(2,1) and its interval as they print them."""
    judges = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    found = icc_of(np.array(judges, dtype=float))
    assert found.value == pytest.approx(0.29, abs=0.005)
    assert found.low == pytest.approx(0.019, abs=0.0005) and found.high == pytest.approx(0.761, abs=0.0005)
    assert found.n_patients == 6


def test_the_interval_of_an_icc() -> None:
    first, second = [1.0, 3.0, 5.0, 7.0, 9.0], [2.0, 3.0, 6.0, 7.0, 8.0]
    found = icc_interval(first, second)
    assert found.value == pytest.approx(16 / 16.6), "BMS = 16.35, JMS = .1, EMS = .35"
    assert found.low is not None and found.high is not None and found.low < (found.value or 0) < found.high
    four = icc_interval(first[:4], second[:4])
    assert four.value == pytest.approx(12 / 12.5) and four.low is None
    assert icc_interval(first, first) == Interval(1.0, None, None, 5, 5)
    assert icc_interval([4.0] * 5, [4.0] * 5).value is None
    assert icc_interval([1.0] * 5, [2.0] * 5).low is None


@given(st.lists(st.tuples(st.integers(0, 62), st.integers(0, 62)), min_size=5, max_size=20))
def test_the_interval_of_an_icc_is_never_nan_and_lies_around_it(table: list[tuple[int, int]]) -> None:
    found = icc_interval([one for one, _ in table], [other for _, other in table])
    if found.low is not None and found.high is not None and found.value is not None:
        assert found.low <= found.value + 1e-9 and found.value - 1e-9 <= found.high


def test_the_intervals_of_the_limits_of_agreement() -> None:
    differences = [1.0, -2.0, 4.0, 0.0, 3.0, 2.0, -1.0, 1.0, 5.0, -3.0]
    found = limits_of_agreement([0.0] * 10, differences)
    deviation = float(np.std(differences, ddof=1))
    half = 2.2621571627 * deviation / math.sqrt(10)
    assert found.of_bias == pytest.approx((1 - half, 1 + half))
    # Factors of the standard deviation at n = 10, from the noncentral t.
    assert found.of_high == pytest.approx((1 + 1.16321 * deviation, 1 + 3.80097 * deviation), abs=1e-4)
    assert found.of_low == pytest.approx((1 - 3.80097 * deviation, 1 - 1.16321 * deviation), abs=1e-4)
    four = limits_of_agreement([0.0] * 4, differences[:4])
    assert four.low is not None and (four.of_bias, four.of_low, four.of_high) == (None, None, None)
    assert limits_of_agreement([1.0] * 6, [3.0] * 6) == (2.0, 2.0, 2.0, None, None, None)


def test_the_intervals_of_correlations_by_hand() -> None:
    first, second = [1, 2, 3, 4, 5, 6, 7, 8], [2, 1, 4, 3, 7, 8, 5, 6]
    for found, factor in ((pearson(first, second), 1.0), (spearman(first, second), 1 + (16 / 21) ** 2 / 2)):
        assert found.value == pytest.approx(16 / 21)
        half = 1.959963985 * math.sqrt(factor / 5)
        ends = math.tanh(math.atanh(16 / 21) - half), math.tanh(math.atanh(16 / 21) + half)
        assert (found.low, found.high) == pytest.approx(ends)
    for of in (pearson, spearman):
        assert of([1, 2, 3, 4], [1, 3, 2, 4]).low is None, "four pairs"
        assert of([1, 2, 3, 4, 5], [2, 4, 6, 8, 10])[1:] == (None, None), "a point would be no interval"


@settings(max_examples=30, deadline=None)
@given(totals)
def test_correlations_are_those_of_scipy_and_never_nan(table: list[tuple[int, int]]) -> None:
    stats = pytest.importorskip("scipy.stats")
    first, second = [pair[0] for pair in table], [pair[1] for pair in table]
    varied = len(table) > 2 and len(set(first)) > 1 and len(set(second)) > 1
    for ours, reference in ((pearson, stats.pearsonr), (spearman, stats.spearmanr)):
        found = ours(first, second)
        if not varied:
            assert found == (None, None, None)
            continue
        assert found.value == pytest.approx(float(reference(first, second)[0]), abs=1e-9)
        assert found.value is not None
        if len(table) < 5 or abs(found.value) > 1 - 1e-9:
            assert found.low is None and found.high is None
        else:
            assert found.low is not None and found.high is not None
            assert -1 <= found.low <= found.value <= found.high <= 1
    icc = icc_interval(first, second).value
    assert icc is None or icc <= 1 + 1e-9


SCALES = st.integers(-12, 12).map(lambda power: 0.3 * 10.0**power)
PAIRS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=3, max_size=12)


@given(PAIRS, SCALES)
def test_agreement_and_correlation_do_not_depend_on_the_unit(pairs: list[tuple[int, int]], scale: float) -> None:
    first, second = [float(one) for one, _ in pairs], [float(other) for _, other in pairs]
    scaled = [scale * one for one in first], [scale * other for other in second]
    for found, expected in (
        (icc_interval(*scaled).value, icc_interval(first, second).value),
        (pearson(*scaled).value, pearson(first, second).value),
        (spearman(*scaled).value, spearman(first, second).value),
    ):
        assert found is expected if expected is None else found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_what_varies_by_rounding_only_does_not_vary(scale: float) -> None:
    equal = [(0.1 + 0.2) * scale, 0.3 * scale, 0.3 * scale]
    assert icc_interval(equal, equal).value is None
    assert pearson(equal, [1.0, 2.0, 3.0]).value is None
    assert pearson([1.0, 2.0, 3.0], equal).value is None
