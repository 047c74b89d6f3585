from __future__ import annotations

import pytest

from lmms_eval_plugins.domain.vocabulary import (
    ACTIVITIES,
    ACTIVITY_LABELS,
    COHORTS,
    GRASP_PRIMITIVES,
    MOTION_PRIMITIVES,
    PRIMITIVES,
    activity_of,
    groups_of,
    in_order,
)


def test_nine_activities_and_eleven_recording_labels() -> None:
    assert (len(ACTIVITIES), len(ACTIVITY_LABELS)) == (9, 11)
    assert {activity_of(label) for label in ACTIVITY_LABELS} == set(ACTIVITIES)


@pytest.mark.parametrize(
    ("label", "activity"), [("RTT left side", "RTT"), ("face wash", "face wash"), ("RTTs", None), ("", None)]
)
def test_activity_of_a_label(label: str, activity: str | None) -> None:
    assert activity_of(label) == activity


def test_motion_and_grasp_tell_all_primitives_but_reach_and_reposition_apart() -> None:
    kinds = {p: (p in MOTION_PRIMITIVES, p in GRASP_PRIMITIVES) for p in PRIMITIVES}
    assert kinds.pop("reach") == kinds.pop("reposition") == (True, False)
    assert kinds == {"transport": (True, True), "stabilize": (False, True), "idle": (False, False)}


def test_other_names_follow_known_ones() -> None:
    assert in_order({"pouring", "glasses", "brushing", "cutting"}, ACTIVITIES) == [
        "brushing",
        "glasses",
        "cutting",
        "pouring",
    ]
    assert groups_of({"mild"}, COHORTS) == list(COHORTS)
    assert groups_of({"sub-acute", "healthy"}, COHORTS) == ["healthy", "sub-acute"]
