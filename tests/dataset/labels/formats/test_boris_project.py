from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from tests.support.label_tools import hands, kinds, of_hand, read_text, times


def project(*events: list[object], **observation: object) -> dict[str, object]:
    return {
        "time_format": "hh:mm:ss",
        "project_format_version": "7.0",
        "behaviors_conf": {
            "0": {"type": "State event", "key": "r", "code": "reach", "description": ""},
            "1": {"type": "Point event", "key": "t", "code": "transport", "description": ""},
            "2": {"type": "State event", "key": "x", "code": "X1", "description": "rest"},
        },
        "subjects_conf": {"0": {"key": "1", "name": "right hand", "description": ""}},
        "observations": {
            "obs 1": {
                "file": {"1": ["/somewhere/P1.mp4"], "2": []},
                "type": "MEDIA",
                "time offset": 0.0,
                "events": list(events),
                "media_info": {"length": {"/somewhere/P1.mp4": 10.0}, "fps": {"/somewhere/P1.mp4": 25.0}},
            }
            | observation
        },
    }


EVENTS: tuple[list[object], ...] = (
    [0.5, "right hand", "reach", "", ""],
    [2.0, "right hand", "reach", "", ""],
    [2.0, "right hand", "transport", "", "", 50],
    [4.0, "right hand", "X1", "", ""],
    [6.5, "right hand", "X1", "", ""],
)


def test_states_and_points(tmp_path: Path) -> None:
    (video,) = read_text(tmp_path, "p.boris", project(*EVENTS))
    assert (video.media, video.duration_s, video.fps) == ("P1.mp4", 10.0, 25.0)
    assert times(video) == [("reach", 0.5, 2.0), ("transport", 2.0, None), ("X1", 4.0, 6.5)]
    assert of_hand(hands(video)) == [("reach", 0.5, 2.0), ("transport", 2.0, 4.0), ("idle", 4.0, 6.5)]


def test_the_time_offset_is_taken_off(tmp_path: Path) -> None:
    (video,) = read_text(
        tmp_path, "p.json", project(["100.5", "", "reach", "", ""], [102, "", "reach", "", ""], **{"time offset": 100})
    )
    assert times(video) == [("reach", 0.5, 2.0)]


def test_a_last_point_lasts_until_the_videos_end(tmp_path: Path) -> None:
    (video,) = read_text(tmp_path, "p.boris", project([3.0, "right hand", "transport", "", ""]))
    found = hands(video)
    assert of_hand(found) == [("transport", 3.0, 10.0)]
    assert ("doubtful", "open-end") in kinds(found)


def test_live_observations_are_refused(tmp_path: Path) -> None:
    (video,) = read_text(tmp_path, "p.boris", project(*EVENTS, type="LIVE", file={}))
    assert ("wrong", "no-media") in kinds(hands(video))


def test_a_damaged_event_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="observation 'obs 1', event 1"):
        read_text(tmp_path, "p.boris", project(["soon", "", "reach", "", ""]))
