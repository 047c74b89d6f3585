from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from tests.support.label_tools import hands, of_hand, read_text, times


def project(*segments: dict[str, object], attribute: dict[str, object] | None = None) -> dict[str, object]:
    own = {"1": {"aname": "Right hand", "anchor_id": "FILE1_Z2_XY0", "type": 4, "options": {"0": "Reach", "1": "Idle"}}}
    return {
        "project": {"pid": "__VIA_PROJECT_ID__", "vid_list": ["1"], "data_format_version": "3.1.1"},
        "config": {},
        "attribute": attribute or own,
        "file": {
            "1": {"fid": 1, "fname": "P1.mp4", "type": 4, "loc": 3, "src": "/v/P1.mp4"},
            "2": {"fid": 2, "fname": "P1.wav", "type": 8, "loc": 3, "src": "/v/P1.wav"},
        },
        "view": {"1": {"fid_list": [1, 2]}},
        "metadata": {f"1_{number}": {"vid": "1", "flg": 0, "xy": [], **one} for number, one in enumerate(segments)},
    }


def test_segments_with_the_words_of_their_options(tmp_path: Path) -> None:
    segments: tuple[dict[str, object], ...] = ({"z": [2, 6.5], "av": {"1": "1"}}, {"z": [0.5, 2], "av": {"1": "0"}})
    (video,) = read_text(tmp_path, "x.json", project(*segments))
    assert (video.media, times(video)) == ("P1.mp4", [("Reach", 0.5, 2), ("Idle", 2, 6.5)])
    assert of_hand(hands(video)) == [("reach", 0.5, 2.0), ("idle", 2.0, 6.5)]


def test_an_attribute_for_the_side(tmp_path: Path) -> None:
    attribute: dict[str, object] = {
        "1": {"aname": "primitive", "type": 1, "options": {}},
        "2": {"aname": "side", "type": 3, "options": {"L": "left", "R": "right"}},
    }
    segments: tuple[dict[str, object], ...] = (
        {"z": [0, 1], "av": {"1": "reach", "2": "L"}},
        {"z": [0, 2], "av": {"1": "idle", "2": "R"}},
    )
    (video,) = read_text(tmp_path, "x.json", project(*segments, attribute=attribute))
    found = hands(video)
    assert of_hand(found, "left") == [("reach", 0.0, 1.0)]
    assert of_hand(found, "right") == [("idle", 0.0, 2.0)]


def test_instants_and_marks_in_the_picture(tmp_path: Path) -> None:
    segments: tuple[dict[str, object], ...] = (
        {"z": [1.0], "av": {"1": "0"}},
        {"z": [0.9], "xy": [2, 1, 1, 5, 5], "av": {"1": "0"}},
    )
    (video,) = read_text(tmp_path, "x.json", project(*segments))
    assert times(video) == [("Reach", 1.0, None)]
    assert [remark.kind for remark in video.remarks] == ["no-interval"]


def test_times_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="segment '1_0'"):
        read_text(tmp_path, "x.json", project({"z": [0, "soon"], "av": {"1": "0"}}))
