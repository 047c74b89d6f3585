from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.counts import normalised_dose_error, place_between, pooled_counting_error, within


def test_pooled_errors_do_not_cancel() -> None:
    assert pooled_counting_error([1, 5], [3, 3]) == pytest.approx(4 / 6)
    assert pooled_counting_error([2], [0]) is None
    with pytest.raises(ValueError, match=r"\(2,\) predicted and \(1,\) true"):
        pooled_counting_error([1, 2], [1])


def test_the_dose_error_has_a_sign() -> None:
    assert list(normalised_dose_error([0, 3, 2], [2, 2, 2])) == [-1, 0.5, 0]
    with pytest.raises(ValueError, match="no dose"):
        normalised_dose_error([1], [0])


def test_shares_of_close_videos() -> None:
    assert within([0.25, -0.25, 0.3, 1.0], 0.25).tolist() == [True, True, False, False]
    assert within([], 0.25).tolist() == []


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_blind_is_zero_and_the_reference_is_one(blind: float, reference: float) -> None:
    if blind == reference:
        assert place_between(blind, blind, reference) is None
    elif abs(reference - blind) > 1e-6:
        assert place_between(blind, blind, reference) == 0
        assert place_between(reference, blind, reference) == 1


def test_low_errors_are_near_the_reference() -> None:
    assert place_between(0.3, blind=0.5, reference=0.1) == pytest.approx(0.5)
    assert place_between(0.9, blind=0.5, reference=0.1) == pytest.approx(-1)


def test_an_error_at_the_limit_is_within_it_however_it_was_computed() -> None:
    assert within([1.3 - 1.0, 0.3 * 1.0, -(0.1 + 0.2)], 0.30).all()
    assert not within([0.3000001], 0.30).any()


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_a_place_between_equal_ends_does_not_exist_at_any_scale(scale: float) -> None:
    assert place_between(0.5 * scale, (0.1 + 0.2) * scale, 0.3 * scale) is None
    assert place_between(0.5 * scale, 0.0, scale) == pytest.approx(0.5)
