from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.conformal import farthest, highest_level, interval_scores, pooled_ends

errors_of_patients = st.lists(st.floats(-5, 5), min_size=1, max_size=30)


def test_farthest_covers_the_next_patient_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    for n, level in ((9, 0.5), (9, 0.8), (9, 0.9), (4, 0.8)):
        drawn = rng.standard_t(3, size=(4000, n + 1))
        covered = np.mean([abs(new) <= farthest(list(known), level) for *known, new in drawn])
        assert level - 0.02 <= covered <= level + 1 / (n + 1) + 0.02


def test_above_the_highest_level_the_largest_error_is_all_that_is_known() -> None:
    assert highest_level(4) == 0.8
    assert farthest([1.0, -3.0, 2.0, 0.5], 0.99) == 3.0


@given(errors_of_patients, st.floats(0.01, 0.99))
def test_ends_are_errors_that_were_made_and_widen_with_the_level(errors: list[float], level: float) -> None:
    low, high = pooled_ends(errors, list(range(len(errors))), level)
    wider = pooled_ends(errors, list(range(len(errors))), min(0.99, level + 0.2))
    assert min(errors) <= low <= high <= max(errors)
    assert wider[0] <= low and high <= wider[1]


@given(errors_of_patients)
def test_ends_turn_round_with_the_errors(errors: list[float]) -> None:
    low, high = pooled_ends(errors, ["one"] * len(errors), 0.8)
    turned = pooled_ends([-error for error in errors], ["one"] * len(errors), 0.8)
    assert (low, high) == (-turned[1], -turned[0])


def test_a_patient_with_many_videos_weighs_as_much_as_one_with_few() -> None:
    errors = [0.0] * 90 + [1.0] * 10 + [2.0] * 10
    patients = ["many"] * 90 + ["few"] * 10 + ["fewer"] * 10
    assert pooled_ends(errors, patients, 0.2)[1] == 1.0  # of the videos, 82 % have 0; of the patients, a third
    assert pooled_ends(errors, list(range(110)), 0.2)[1] == 0.0


def test_pooled_ends_cover_videos_of_new_patients_with_many_patients() -> None:
    rng = np.random.default_rng(1)
    own = rng.normal(size=(200, 1)) + rng.normal(size=(200, 6))
    low, high = pooled_ends(own.ravel(), np.repeat(np.arange(200), 6).tolist(), 0.8)
    new = rng.normal(size=(4000, 1)) + rng.normal(size=(4000, 6))
    assert np.mean((new >= low) & (new <= high)) == pytest.approx(0.8, abs=0.04)


@pytest.mark.parametrize(
    ("errors", "patients"), [([], []), ([1.0], ["a", "b"]), ([float("nan")], ["a"]), ([float("inf")], ["a"])]
)
def test_what_is_no_error_about_a_video_is_refused(errors: list[float], patients: list[str]) -> None:
    with pytest.raises(ValueError, match="error"):
        pooled_ends(errors, patients, 0.5)


def test_no_patients_say_nothing() -> None:
    with pytest.raises(ValueError, match="no errors"):
        farthest([], 0.5)


@given(low=st.floats(-5, 5), wide=st.floats(0, 5), true=st.floats(-10, 10), level=st.sampled_from((0.5, 0.8, 0.9)))
def test_an_interval_is_worse_the_wider_it_is_and_the_farther_it_misses(
    low: float, wide: float, true: float, level: float
) -> None:
    ends = np.array([low]), np.array([low + wide])
    (score,) = interval_scores(*ends, np.array([true]), level)
    outside = max(low - true, true - low - wide, 0.0)
    assert score == pytest.approx(wide + 2 * outside / (1 - level))
    (farther,) = interval_scores(*ends, np.array([true + (1 if true > low + wide else -1 if true < low else 0)]), level)
    assert farther >= score
    if not outside:
        assert interval_scores(ends[0], ends[1] + 1, np.array([true]), level)[0] == pytest.approx(score + 1)
