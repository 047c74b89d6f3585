"""What is measured on drawn patients, held together with the same on the data repeated as drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.answers import balanced_accuracy
from lmms_eval_plugins.statistics.bootstrap.measures import AreaByPatient, SharesByPatient, value_of_all
from lmms_eval_plugins.statistics.probabilities import roc_auc

CASES = st.lists(
    st.tuples(st.sampled_from([0.1, 0.4, 0.4, 0.8]), st.booleans(), st.integers(0, 3)), min_size=1, max_size=25
)
DRAWN = st.lists(st.integers(0, 3), min_size=4, max_size=4)


@given(CASES, DRAWN)
def test_an_area_is_that_of_the_repeated_cases(cases: list[tuple[float, bool, int]], drawn: list[int]) -> None:
    numbers, true, places = (np.array(column) for column in zip(*cases, strict=True))
    times = np.array(drawn)[places]
    (found,) = AreaByPatient.made(numbers, true, places, 4).of(np.array([drawn], dtype=float))
    wanted = roc_auc(np.repeat(numbers, times), np.repeat(true, times))
    assert np.isnan(found) if wanted is None else found == pytest.approx(wanted)


@given(CASES)
def test_whole_weights_are_repeated_cases(cases: list[tuple[float, bool, int]]) -> None:
    numbers, true, places = (np.array(column) for column in zip(*cases, strict=True))
    times = np.arange(len(cases)) % 3
    weighed = value_of_all(AreaByPatient.made(numbers, true, places, 4, times), 4)
    wanted = roc_auc(np.repeat(numbers, times), np.repeat(true, times))
    assert weighed is None if wanted is None else weighed == pytest.approx(wanted)


@given(CASES, DRAWN)
def test_shares_of_classes_are_balanced_accuracy(cases: list[tuple[float, bool, int]], drawn: list[int]) -> None:
    classes, right, places = (list(column) for column in zip(*cases, strict=True))
    where = np.array(places)
    (found,) = SharesByPatient.made(right, where, 4, classes).of(np.array([drawn], dtype=float))
    repeated = [(name, ok) for name, ok, place in cases for _ in range(drawn[place])]
    wanted = balanced_accuracy([name for name, _ in repeated], [name if ok else None for name, ok in repeated])
    assert np.isnan(found) if wanted is None else found == pytest.approx(wanted)


def test_one_class_makes_a_mean_and_weights_weigh() -> None:
    places = np.array([0, 0, 1])
    assert value_of_all(SharesByPatient.made([1.0, 2.0, 6.0], places, 2), 2) == 3
    assert value_of_all(SharesByPatient.made([1.0, 2.0, 6.0], places, 2, weights=[1, 0, 1]), 2) == 3.5
