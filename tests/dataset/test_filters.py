from __future__ import annotations

import pytest

from lmms_eval_plugins.dataset.filters import Filter, Selection
from tests.support.checkout import make_trial

TRIAL = make_trial("P1_RTT left side2_1", cohort="mild", activity="RTT left side", repetition=2)


@pytest.mark.parametrize(
    "conditions",
    [
        {},
        {"patients": ["P0", "P1"]},
        {"cohorts": ["mild"]},
        {"activities": ["RTT"]},
        {"activities": ["RTT left side"]},
        {"repetitions": [1, 2]},
        {"views": [1]},
        {"views": ["1"]},
        {"video_ids": ["P1_RTT left side2_1"]},
        {"video_ids": {"P0": ["feeding1_1"], "P1": ["RTT left side2_1"]}},
        {"patients": ["P1"], "repetitions": [2]},
    ],
)
def test_holds(conditions: dict[str, object]) -> None:
    assert Filter.model_validate(conditions).matches(TRIAL)


@pytest.mark.parametrize(
    "conditions",
    [
        {"patients": []},
        {"cohorts": ["severe"]},
        {"activities": ["RTT right side", "shelf"]},
        {"views": [2]},
        {"video_ids": {"P1": ["feeding1_1"]}},
        {"patients": ["P1"], "repetitions": [1]},
    ],
)
def test_does_not_hold(conditions: dict[str, object]) -> None:
    assert not Filter.model_validate(conditions).matches(TRIAL)


def test_conditions_are_those_given() -> None:
    given = Selection(about="x", patients=frozenset({"P1"}), count=3)
    assert given.conditions() == {"patients": {"P1"}}
