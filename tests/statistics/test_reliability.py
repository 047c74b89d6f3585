from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from lmms_eval_plugins.statistics.reliability import icc_2_1, limits_of_agreement, pearson, quadratic_kappa, spearman

pairs = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)
totals = st.lists(st.tuples(st.integers(0, 62), st.integers(0, 62)), max_size=20)


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
    assert icc_2_1([1, 3, 5], [2, 4, 6]) == pytest.approx(8 / 9)
    assert icc_2_1([1, 3, 5], [1, 3, 5]) == pytest.approx(1.0)
    assert icc_2_1([1], [1]) is None
    assert icc_2_1([4, 4], [4, 4]) is None


def test_limits_by_hand() -> None:
    bias, low, high = limits_of_agreement([10, 10], [12, 16])
    assert bias == 4.0
    assert low == pytest.approx(4 - 1.96 * math.sqrt(8))
    assert high == pytest.approx(4 + 1.96 * math.sqrt(8))
    assert limits_of_agreement([1], [3]) == (2.0, None, None)
    assert limits_of_agreement([], []) == (None, None, None)


def test_correlations_by_hand() -> None:
    assert pearson([1, 2, 3], [2, 4, 6]).value == pytest.approx(1.0)
    assert spearman([1, 2, 30], [9, 8, 1]).value == pytest.approx(-1.0)
    assert spearman([1, 2, 3, 4], [1, 2, 2, 3]).value == pytest.approx(4.5 / math.sqrt(5 * 4.5))


def test_the_interval_is_the_same_every_time_and_about_right() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=60)
    y = 0.7 * x + rng.normal(size=60)
    found = pearson(list(x), list(y))
    assert found == pearson(list(x), list(y))
    assert found.value is not None and found.low is not None and found.high is not None
    middle, half = math.atanh(found.value), 1.96 / math.sqrt(57)  # Fisher's interval
    assert found.low == pytest.approx(math.tanh(middle - half), abs=0.08)
    assert found.high == pytest.approx(math.tanh(middle + half), abs=0.08)


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
        assert found.low is not None and found.high is not None and -1 <= found.low <= found.high <= 1
    icc = icc_2_1(first, second)
    assert icc is None or icc <= 1 + 1e-9


SCALES = st.integers(-12, 12).map(lambda power: 0.3 * 10.0**power)
PAIRS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=3, max_size=12)


@given(PAIRS, SCALES)
def test_agreement_and_correlation_do_not_depend_on_the_unit(pairs: list[tuple[int, int]], scale: float) -> None:
    first, second = [float(one) for one, _ in pairs], [float(other) for _, other in pairs]
    scaled = [scale * one for one in first], [scale * other for other in second]
    for found, expected in (
        (icc_2_1(*scaled), icc_2_1(first, second)),
        (pearson(*scaled).value, pearson(first, second).value),
        (spearman(*scaled).value, spearman(first, second).value),
    ):
        assert found is expected if expected is None else found == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_what_varies_by_rounding_only_does_not_vary(scale: float) -> None:
    equal = [(0.1 + 0.2) * scale, 0.3 * scale, 0.3 * scale]
    assert icc_2_1(equal, equal) is None
    assert pearson(equal, [1.0, 2.0, 3.0]).value is None
    assert pearson([1.0, 2.0, 3.0], equal).value is None
