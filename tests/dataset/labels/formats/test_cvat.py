from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from tests.support.label_tools import hands, of_hand, read_text, times


def cvat(body: str, task: str = "", after: str = "<source>v/P1.mp4</source>") -> str:
    facts = task or "<start_frame>0</start_frame><stop_frame>299</stop_frame><frame_filter></frame_filter>"
    meta = f"<meta><task><id>5</id><name>job</name>{facts}</task>{after}</meta>"
    return f'<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>{meta}{body}</annotations>'


def box(frame: int | str, outside: int = 0, attributes: str = "") -> str:
    place = 'occluded="0" keyframe="1" xtl="1" ytl="1" xbr="9" ybr="9"'
    return f'<box frame="{frame}" outside="{outside}" {place}>{attributes}</box>'


def attribute(name: str, value: str) -> str:
    return f'<attribute name="{name}">{value}</attribute>'


def test_a_track_lasts_while_it_is_not_outside(tmp_path: Path) -> None:
    body = f'<track id="0" label="r_reach">{box(30)}{box(45)}{box(60, 1)}{box(90)}{box(120, 1)}</track>'
    (video,) = read_text(tmp_path, "x.xml", cvat(body))
    assert (video.media, video.in_frames) == ("P1.mp4", True)
    assert times(video) == [("r_reach", 30, 60), ("r_reach", 90, 120)]
    assert of_hand(hands(video)) == [("reach", 1.0, 2.0), ("reach", 3.0, 4.0)]


def test_a_track_that_stays_lasts_until_the_task_ends(tmp_path: Path) -> None:
    (video,) = read_text(tmp_path, "x.xml", cvat(f'<track id="0" label="r_reach">{box(30)}</track>'))
    assert times(video) == [("r_reach", 30, 300)]


def test_attributes_of_a_track_change_over_time(tmp_path: Path) -> None:
    def shape(frame: int, value: str, outside: int = 0) -> str:
        return box(frame, outside, attribute("primitive", value) + attribute("side", "left"))

    body = f'<track id="0" label="hand">{shape(0, "reach")}{shape(30, "transport")}{shape(60, "transport", 1)}</track>'
    (video,) = read_text(tmp_path, "x.xml", cvat(body))
    assert of_hand(hands(video), "left") == [("reach", 0.0, 1.0), ("transport", 1.0, 2.0)]


def test_joints_of_a_skeleton_are_no_tracks(tmp_path: Path) -> None:
    inner = f'<track id="0" label="elbow">{box(0)}</track>'
    (video,) = read_text(tmp_path, "x.xml", cvat(f'<track id="3" label="r_reach">{box(0)}{box(3, 1)}{inner}</track>'))
    assert times(video) == [("r_reach", 0, 3)]


def test_frames_of_a_filtered_task_are_the_videos(tmp_path: Path) -> None:
    task = "<start_frame>10</start_frame><stop_frame>40</stop_frame><frame_filter>step=3</frame_filter>"
    body = "".join(f'<tag frame="{frame}" label="r_reach"/>' for frame in (10, 13, 16, 22))
    (video,) = read_text(tmp_path, "x.xml", cvat(body, task))
    assert times(video) == [("r_reach", 10, 19), ("r_reach", 22, 25)]


def test_tags_of_frames_as_images(tmp_path: Path) -> None:
    def image(number: int, label: str) -> str:
        tag = f'<tag label="{label}" source="manual">{attribute("side", "right")}</tag>'
        return f'<image id="{number}" name="frame_{number + 30:06d}" width="9" height="9">{tag}</image>'

    body = image(0, "reach") + image(1, "reach") + image(2, "idle") + '<image id="3" name="frame_000033"/>'
    (video,) = read_text(tmp_path, "x.xml", cvat(body))
    assert times(video) == [("reach", 30, 32), ("idle", 32, 33)]
    assert {one.tier for one in video.annotations} == {"right"}


def test_tasks_of_a_project(tmp_path: Path) -> None:
    tasks = "<task><id>7</id><name>b</name><source>P2.mp4</source></task>"
    body = f'<track id="0" task_id="7" label="r_reach">{box(0)}{box(3, 1)}</track>'
    first, second = read_text(tmp_path, "x.xml", cvat(body, after=tasks))
    assert (first.media, times(first)) == ("job", [])
    assert (second.media, times(second)) == ("P2.mp4", [("r_reach", 0, 3)])


@pytest.mark.parametrize("frame", ["x", "-3", "99999999999"])
def test_a_frame_that_is_none_is_named(tmp_path: Path, frame: str) -> None:
    with pytest.raises(UserError, match="number of a frame"):
        read_text(tmp_path, "x.xml", cvat(f'<track id="0" label="r_reach">{box(frame)}</track>'))
