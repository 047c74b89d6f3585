from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.dataset.labels.label_file import LabelContext
from tests.support.label_tools import hands, kinds, of_hand, read_text, times


def region(label: str, start: int, end: int, control: str = "right") -> dict[str, object]:
    value = {"ranges": [{"start": start, "end": end}], "timelinelabels": [label]}
    return {"id": "x", "type": "timelinelabels", "from_name": control, "to_name": "video", "value": value}


def task(
    *annotations: object, video: str = "/data/upload/3/1a2b3c4d-P1_feeding1_1.mp4", **more: object
) -> dict[str, object]:
    return {"id": 1, "data": {"video": video}, "annotations": list(annotations)} | more


def by(who: object, *regions: object, **more: object) -> dict[str, object]:
    return {"completed_by": who, "was_cancelled": False, "result": list(regions)} | more


def test_frames_count_from_one_and_both_ends_belong_to_a_range(tmp_path: Path) -> None:
    (video,) = read_text(tmp_path, "x.json", [task(by(1, region("reach", 1, 30), region("transport", 31, 45)))])
    assert (video.media, video.in_frames, video.rater) == ("P1_feeding1_1.mp4", True, "")
    assert times(video) == [("reach", 0, 30), ("transport", 30, 45)]
    assert of_hand(hands(video)) == [("reach", 0.0, 1.0), ("transport", 1.0, 1.5)]


def test_frames_start_at_the_first_frames_time(tmp_path: Path) -> None:
    (video,) = read_text(tmp_path, "x.json", [task(by(1, region("reach", 1, 30)))])
    context = LabelContext(fps=30.0, duration_s=10.0, offset_s=1.2)
    assert of_hand(hands(video, context=context)) == [("reach", 1.2, 2.2)]


def test_frames_need_a_rate(tmp_path: Path) -> None:
    (video,) = read_text(tmp_path, "x.json", [task(by(1, region("reach", 1, 30)))])
    assert ("wrong", "no-rate") in kinds(hands(video, context=LabelContext()))


def test_annotations_of_a_task_are_raters(tmp_path: Path) -> None:
    both = [by({"id": 4, "email": "ab@c.de"}, region("reach", 1, 30)), by(7, region("idle", 1, 30))]
    videos = read_text(tmp_path, "x.json", [task(*both)])
    assert [(video.rater, times(video)[0][0]) for video in videos] == [("ab@c.de", "reach"), ("7", "idle")]


def test_cancelled_ones_and_drafts_are_not_read(tmp_path: Path) -> None:
    cancelled = by(1, region("idle", 1, 300), was_cancelled=True)
    draft = [{"result": [region("idle", 1, 9)]}]
    (video,) = read_text(tmp_path, "x.json", [task(cancelled, by(2, region("reach", 1, 30)), drafts=draft)])
    assert times(video) == [("reach", 0, 30)]
    assert {remark.kind for remark in video.remarks} == {"cancelled", "draft"}


def test_predictions_stand_beside(tmp_path: Path) -> None:
    guess = {"model_version": "qwen", "result": [region("idle", 1, 30)]}
    videos = read_text(tmp_path, "x.json", [task(by(1, region("reach", 1, 30)), predictions=[guess])])
    assert [video.rater for video in videos] == ["", "prediction qwen"]


def test_a_task_without_annotations_is_wrong(tmp_path: Path) -> None:
    (video,) = read_text(tmp_path, "x.json", [task()])
    assert ("wrong", "no-labels") in kinds(hands(video))


def test_regions_in_seconds(tmp_path: Path) -> None:
    audio = {
        "type": "labels",
        "from_name": "left",
        "original_length": 9.5,
        "value": {"start": 0.25, "end": 1.5, "labels": ["reach"]},
    }
    series = {
        "type": "timeserieslabels",
        "from_name": "left",
        "value": {"start": 2, "end": 2, "instant": True, "timeserieslabels": ["idle"]},
    }
    (video,) = read_text(tmp_path, "x.json", [task(by(1, audio, series), video="s3://b/P1.wav?sig=1")])
    assert (video.media, video.duration_s, video.in_frames) == ("P1.wav", 9.5, False)
    assert times(video) == [("reach", 0.25, 1.5), ("idle", 2.0, None)]


def test_rectangles_are_not_ours(tmp_path: Path) -> None:
    box = {"type": "videorectangle", "from_name": "box", "value": {"sequence": [{"frame": 1}], "labels": ["reach"]}}
    (video,) = read_text(tmp_path, "x.json", task(by(1, box, region("reach", 1, 30))))
    assert times(video) == [("reach", 0, 30)]
    assert [remark.kind for remark in video.remarks] == ["no-interval"]


def test_two_units_in_one_annotation_are_wrong(tmp_path: Path) -> None:
    second = {"type": "labels", "from_name": "l", "value": {"start": 1.0, "end": 2.0, "labels": ["idle"]}}
    (video,) = read_text(tmp_path, "x.json", [task(by(1, second, region("reach", 1, 30)))])
    assert ("wrong", "two-units") in kinds(hands(video))


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/data/local-files/?d=clips/P1%20a.mp4", "P1 a.mp4"),
        ("https://x.org/v/P1.mp4?X-Amz=1", "P1.mp4"),
        ("C:\\v\\P1.mp4", "P1.mp4"),
        ("P1", "P1"),
    ],
)
def test_names_of_media(tmp_path: Path, address: str, name: str) -> None:
    assert read_text(tmp_path, "x.json", [task(by(1, region("reach", 1, 2)), video=address)])[0].media == name


def test_the_brief_export(tmp_path: Path) -> None:
    brief = {
        "id": 1,
        "video": "/data/upload/1a2b3c4d-P1.mp4",
        "right": [{"ranges": [{"start": 1, "end": 30}], "timelinelabels": ["reach"]}],
        "annotator": 1,
        "annotation_id": 5,
    }
    (video,) = read_text(tmp_path, "x.json", [brief])
    assert (video.media, video.in_frames) == ("P1.mp4", True)
    assert of_hand(hands(video)) == [("reach", 0.0, 1.0)]
