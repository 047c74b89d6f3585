from __future__ import annotations

import pytest

from lmms_eval_plugins.dataset.labels.formats.boris import BorisEvent, BorisObservation, videos_of_observations
from tests.support.label_tools import times


def states(*events: tuple[float, str], **facts: object) -> BorisObservation:
    return BorisObservation("o", events=[BorisEvent(time_s, code) for time_s, code in events], **facts)  # type: ignore[arg-type]


def test_files_in_a_row_share_the_clock_of_the_observation() -> None:
    observation = states((1, "a"), (4, "a"), (9, "b"), (12, "b"), files=("x/1.mp4", "x/2.mp4"), lengths_s=(10.0, 5.0))
    first, second = videos_of_observations([observation])
    assert (first.media, times(first)) == ("1.mp4", [("a", 1, 4), ("b", 9, 10)])
    assert (second.media, times(second)) == ("2.mp4", [("b", 0, 2)])


def test_files_in_a_row_of_unknown_length_are_wrong() -> None:
    for video in videos_of_observations([states((1, "a"), files=("1.mp4", "2.mp4"), lengths_s=(10.0, None))]):
        assert "wrong" in {remark.grade for remark in video.remarks}


@pytest.mark.parametrize(("kind", "grade"), [("STATE", "doubtful"), ("START", "doubtful"), ("STOP", "wrong")])
def test_a_state_without_its_other_end_is_named(kind: str, grade: str) -> None:
    observation = BorisObservation("o", ("v.mp4",), events=[BorisEvent(1.0, "a", kind=kind)])
    (video,) = videos_of_observations([observation])
    assert [(remark.grade, remark.kind) for remark in video.remarks] == [(grade, "unpaired")]
    assert times(video) == ([] if kind == "STOP" else [("a", 1.0, None)])


def test_states_pair_by_subject_and_modifier() -> None:
    events = [
        BorisEvent(0, "grasp", "P", ("left",)),
        BorisEvent(1, "grasp", "P", ("right",)),
        BorisEvent(2, "grasp", "P", ("left",)),
        BorisEvent(5, "grasp", "P", ("right",)),
    ]
    (video,) = videos_of_observations([BorisObservation("o", ("v.mp4",), events=events)])
    assert {(one.tier, one.start_s, one.end_s) for one in video.annotations} == {("P left", 0, 2), ("P right", 1, 5)}


def test_observations_of_one_video_are_raters() -> None:
    two = [
        BorisObservation(f"v {who}", ("a/v.mp4",), events=[BorisEvent(1, "a", kind="POINT")]) for who in ("AB", "CD")
    ]
    assert [video.rater for video in videos_of_observations(two)] == ["AB", "CD"]
