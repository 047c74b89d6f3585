"""Choosing on some patients and reporting on others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.tuning.choosing import choose_nested

NAMES = ("base", "goes", "still")
VALUES = arrays(float, (5, 3), elements=st.floats(0, 1).map(lambda value: round(value, 3)))


@given(VALUES, st.integers(0, 4), arrays(float, 3, elements=st.floats(0, 1)))
def test_a_patients_own_values_choose_nothing_for_it(values: np.ndarray, patient: int, poison: np.ndarray) -> None:
    poisoned = values.copy()
    poisoned[patient] = poison
    before, after = (choose_nested(NAMES, "ABCDE", one) for one in (values, poisoned))
    assert before.chosen[patient] == after.chosen[patient]
    assert before.flattering >= before.nested.mean() - 1e-9 and before.flattering >= before.base.mean() - 1e-9


def test_of_equals_the_base_is_chosen() -> None:
    choice = choose_nested(NAMES, "AB", np.array([[0.1 + 0.2, 0.3, 0.3], [0.5, 0.5, 0.5]]))
    assert choice.chosen == (0, 0) and choice.best == 0 and choice.gain.difference == 0 and choice.gain.p == 1


def test_patients_without_values_are_left_out() -> None:
    values = np.array([[0.5, 0.9], [np.nan, 0.5], [0.5, 0.8]])
    choice = choose_nested(NAMES[:2], "ABC", values)
    assert choice.patients == ("A", "C") and choice.chosen == (1, 1)
    np.testing.assert_allclose([choice.nested.mean(), choice.gain.difference], [0.85, 0.35])
    with pytest.raises(UserError, match="only A has values, and choosing on some patients and reporting on others"):
        choose_nested(NAMES[:2], "ABC", np.where(np.arange(3)[:, None] == 0, values, np.nan))
    with pytest.raises(UserError, match="no patient has values"):
        choose_nested(NAMES[:2], "A", np.array([[np.nan, 1.0]]))
