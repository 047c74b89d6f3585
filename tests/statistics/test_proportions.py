from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.proportions import two_shares, wilson_interval


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
