"""Krippendorff's alpha: published examples, the definition pair by pair, and what changes nothing."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lmms_eval_plugins.statistics.krippendorff import alpha_interval, coincidences, nominal_alpha

Ratings = NDArray[np.intp]
N_LABELS = 5
NONE = -1

TWO_BINARY = [[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]


def letters(text: str) -> list[int]:
    return ["abcde".index(letter) for letter in text]


FOUR_WITH_GAPS = [  # one row per unit, 0 where an observer did not judge it
    *([1, 1, 0, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4]),
    *([4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [0, 5, 5, 5], [0, 0, 1, 1], [0, 0, 3, 0]),
]


@st.composite
def ratings(draw: st.DrawFn) -> Ratings:
    n_raters, n_units = draw(st.integers(2, 4)), draw(st.integers(1, 8))
    said = st.lists(st.integers(NONE, N_LABELS - 1), min_size=n_units, max_size=n_units)
    return np.array([draw(said) for _ in range(n_raters)], dtype=np.intp)


def by_definition(of_raters: Ratings) -> float | None:
    """Return ``1 − D_o/D_e`` from every single pair of values."""
    units = [[int(value) for value in unit if value != NONE] for unit in of_raters.T]
    units = [unit for unit in units if len(unit) > 1]
    values = [value for unit in units for value in unit]
    if len(set(values)) < 2:
        return None
    n = len(values)
    observed = sum(sum(a != b for a, b in permutations(unit, 2)) / (len(unit) - 1) for unit in units) / n
    expected = sum(one != other for one, other in permutations(values, 2)) / (n * (n - 1))
    return 1 - observed / expected


@pytest.mark.parametrize(
    ("of_raters", "alpha"),
    [
        (np.array(TWO_BINARY), 0.095),
        (np.array([letters("aabbdcccedda"), letters("babbbccceddd")]), 0.692),
        (np.array(FOUR_WITH_GAPS).T - 1, 0.743),
    ],
)
def test_the_examples_of_its_author(of_raters: Ratings, alpha: float) -> None:
    """Krippendorff, Computing Krippendorff's alpha-reliability, University of Pennsylvania 2011, examples A to C."""
    found = nominal_alpha(coincidences(of_raters, N_LABELS))
    assert found is not None and round(found, 3) == alpha


@given(ratings())
def test_it_is_what_the_definition_says(of_raters: Ratings) -> None:
    alpha, expected = nominal_alpha(coincidences(of_raters, N_LABELS)), by_definition(of_raters)
    assert alpha == (None if expected is None else pytest.approx(expected, abs=1e-12))


@given(ratings())
def test_neither_order_nor_names_nor_units_of_one_rater_matter(of_raters: Ratings) -> None:
    alpha = nominal_alpha(coincidences(of_raters, N_LABELS))
    names = np.array([3, 0, 4, 1, 2, NONE])
    alone = np.full((len(of_raters), 1), NONE)
    alone[0] = 2
    for same in (of_raters[::-1], of_raters[:, ::-1], names[of_raters], np.hstack([of_raters, alone])):
        again = nominal_alpha(coincidences(same, N_LABELS))
        assert again == (None if alpha is None else pytest.approx(alpha, abs=1e-12))


def test_matrices_of_videos_add_up_and_patients_give_the_interval() -> None:
    whole = np.array(FOUR_WITH_GAPS).T - 1
    parts = [coincidences(whole[:, start : start + 2], N_LABELS) for start in range(0, 12, 2)]
    assert np.allclose(sum(parts), coincidences(whole, N_LABELS))
    found = alpha_interval(parts, ["a", "b", "c", "d", "e", "f"])
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert found.value and found.low and found.high and found.low < found.value < found.high <= 1
    assert alpha_interval(parts, ["a", "b", "c", "d", "a", "b"]).low is None, "four patients"
    assert alpha_interval([], []).value is None
    assert nominal_alpha(np.zeros((2, 2))) is None and nominal_alpha(np.diag([4.0, 0.0])) is None
