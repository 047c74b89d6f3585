from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.reports.tables.selective.alike import CASES_OF_ALL, OTHER_CATEGORY, WIDTH, expected_by_alike

CASES = st.lists(
    st.tuples(st.sampled_from("ABCD"), st.floats(-3, 3), st.sampled_from("xy"), st.floats(0, 5)),
    min_size=2,
    max_size=15,
).filter(lambda cases: len({case[0] for case in cases}) > 2)


def test_like_cases_weigh_more() -> None:
    """By hand: one case to be expected of, one alike, one that differs in its number and its category."""
    found = expected_by_alike([[0.0], [0.0], [WIDTH]], [["x", "x", "y"]], [9.0, 1.0, 3.0], ["A", "B", "C"])
    far = OTHER_CATEGORY * math.exp(-1 / 2)
    assert found.own[0] == pytest.approx((1 + far * 3 + CASES_OF_ALL * 2) / (1 + far + CASES_OF_ALL))


@given(CASES)
def test_nobody_s_own_labels_count_and_expectations_lie_among_errors(
    cases: list[tuple[str, float, str, float]],
) -> None:
    patients, numbers, kinds, errors = (list(column) for column in zip(*cases, strict=True))
    known = np.array(numbers)[:, None]
    found = expected_by_alike(known, [kinds], errors, patients)
    names = list(dict.fromkeys(patients))
    for place, patient in enumerate(patients):
        of_others = [error for error, whose in zip(errors, patients, strict=True) if whose != patient]
        assert min(of_others) - 1e-9 <= found.own[place] <= max(of_others) + 1e-9
        assert found.without[names.index(patient), place] == found.own[place]
    poisoned = [1e9 if patient == names[0] else error for error, patient in zip(errors, patients, strict=True)]
    again = expected_by_alike(known, [kinds], poisoned, patients)
    assert np.array_equal(found.without[0], again.without[0]), "not even by rounding"


def test_who_is_left_to_learn_from() -> None:
    found = expected_by_alike(np.zeros((2, 0)), [], [1.0, 0.0], ["A", "B"])
    assert found.own.tolist() == [0.0, 1.0] and np.isnan(found.without[0, 1]) and np.isnan(found.without[1, 0])
    with pytest.raises(ValueError, match="nobody else"):
        expected_by_alike(np.zeros((2, 0)), [], [1.0, 0.0], ["A", "A"])
