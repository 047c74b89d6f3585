"""Patients drawn with replacement, and the intervals that values on them make."""

from __future__ import annotations

import numpy as np
import pytest

from lmms_eval_plugins.statistics.bootstrap.draws import DRAWS, FEWEST_DRAWN, drawn_interval, patient_draws


def test_draws_are_of_as_many_patients_and_always_the_same() -> None:
    draws = patient_draws(7)
    assert draws.shape == (DRAWS, 7) and (draws.sum(axis=1) == 7).all() and draws.min() == 0
    assert (patient_draws(7) == draws).all() and (patient_draws(7, 1) != draws).any()
    assert np.allclose(draws.mean(axis=0), 1, atol=0.06)
    with pytest.raises(ValueError, match="read-only"):
        draws[0, 0] = 3


def test_an_interval_of_few_patients_is_wider_than_that_of_percentiles() -> None:
    means = patient_draws(6) @ np.arange(6.0) / 6
    found = drawn_interval(2.5, means, 60, 6)
    low, high = np.quantile(means, (0.025, 0.975))
    assert found.low is not None and found.high is not None and found.low < low < 2.5 < high < found.high
    many = patient_draws(200) @ np.arange(200.0) / 200
    wide, (low, high) = drawn_interval(99.5, many, 200, 200), np.quantile(many, (0.025, 0.975))
    assert wide.low == pytest.approx(low, abs=0.6) and wide.high == pytest.approx(high, abs=0.6)


def test_there_is_none_of_fewer_patients_and_of_what_is_often_undefined() -> None:
    drawn = np.linspace(0, 1, DRAWS)
    assert drawn_interval(0.5, drawn, 9, FEWEST_DRAWN - 1).low is None
    assert drawn_interval(None, drawn, 9, 9).value is None and drawn_interval(None, drawn, 9, 9).low is None
    assert drawn_interval(0.5, np.where(drawn < 0.1, np.nan, drawn), 9, 9).low is None
    assert drawn_interval(0.5, np.where(drawn < 0.01, np.nan, drawn), 9, 9).low is not None


def test_what_never_varies_has_a_point_for_an_interval() -> None:
    found = drawn_interval(0.5, np.full(DRAWS, 0.5), 9, 9)
    assert (found.low, found.high) == (0.5, 0.5)
