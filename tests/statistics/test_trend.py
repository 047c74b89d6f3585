"""Whether values fall over ordered groups."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.trend import ordered_concordance, trend_p

CONTROL, ROUGH, ACCURATE = (
    (40, 35, 38, 43, 44, 41),
    (38, 40, 47, 44, 40, 42),
    (48, 40, 45, 43, 46, 44),
)
"""Pieces made without, with rough and with accurate information (Hollander & Wolfe, 2nd ed., 1999, table 6.6)."""


def test_the_worked_example_of_jonckheere_and_terpstra() -> None:
    """Their J is 79 of 108 pairs; its one-sided p is .0231, here doubled and by permutations that are drawn."""
    values = [-piece for piece in (*CONTROL, *ROUGH, *ACCURATE)]
    groups = [0] * 6 + [1] * 6 + [2] * 6
    found = ordered_concordance(values, groups)
    assert found.value == pytest.approx(79 / 108)
    assert found.low is not None and found.high is not None and 0.4 < found.low < 79 / 108 < found.high < 1
    assert trend_p(values, groups) == pytest.approx(2 * 0.0231, abs=0.005)


def test_of_two_groups_it_is_the_exact_rank_test() -> None:
    assert trend_p([9, 8, 7, 6, 3, 2, 1], [0, 0, 0, 0, 1, 1, 1]) == pytest.approx(2 / 35)
    assert ordered_concordance([9, 8, 5, 6], [0, 1, 0, 1]).value == 0.5
    assert trend_p([9, 8, 5, 6], [0, 1, 0, 1]) == 1


def test_numbers_that_differ_by_rounding_are_ties() -> None:
    values = [60 * n / n * (1 + 1e-16 * n) for n in (7, 9, 11, 13)] + [17 / (17 / 60)]
    assert ordered_concordance(values, [0, 1, 0, 1, 1]).value == 0.5


def test_what_has_no_trend_or_no_interval() -> None:
    assert ordered_concordance([1, 2, 3], [1, 1, 1]).value is None and trend_p([1, 2, 3], [1, 1, 1]) is None
    assert ordered_concordance([], []).value is None and trend_p([], []) is None
    whole = ordered_concordance([6, 5, 4, 3, 2, 1], [0, 0, 1, 1, 2, 2])
    assert (whole.value, whole.low) == (1.0, None), "an interval would be a point"
    single = ordered_concordance([6, 5, 7, 3, 2, 1], [0, 1, 1, 1, 1, 1])
    assert single.value == 0.8 and single.low is None, "without the only one of a group there is no share"
    with pytest.raises(ValueError, match="one of each per patient"):
        trend_p([1, 2], [0])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), min_size=2, max_size=8))
def test_turned_round_it_is_the_rest(patients: list[tuple[int, int]]) -> None:
    values, groups = zip(*patients, strict=True)
    there, back = ordered_concordance(values, groups), ordered_concordance([-value for value in values], groups)
    if there.value is None:
        assert back.value is None
    else:
        assert back.value is not None and there.value + back.value == pytest.approx(1)
        assert trend_p(values, groups) == trend_p([-value for value in values], groups) is not None
