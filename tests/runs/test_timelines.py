from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.convert import KnownVideos
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.runs.timelines import timelines_of_run
from tests.support.schemes import make_scheme
from tests.support.tiny_runs import STAMP, TRUTH, write_tiny_runs


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_tiny_runs(tmp_path) / "dose" / "tiny" / STAMP


def test_truth_and_prediction_of_every_video(run: Path) -> None:
    videos, problems = timelines_of_run(run, KnownVideos())
    assert not problems
    assert [(video.name, video.rater) for video in videos[:3]] == [
        ("DC01_feeding1_1", "truth"),
        ("DC01_feeding1_1", "prediction"),
        ("DS01_feeding1_1", "truth"),
    ]
    assert videos[0].hands == {"left": Timeline.from_text(TRUTH).merged()}
    assert (videos[0].fps, videos[0].duration_s) == (4.0, 6.0)


def test_predictions_have_the_labels_of_the_dataset(run: Path) -> None:
    file = json.loads((run / "run.json").read_text(encoding="utf-8"))
    own = make_scheme("take:m drop:m carry:mg hold:g rest")
    file |= {"scheme": own.model_dump(mode="json"), "schema_version": 2}
    (run / "run.json").write_text(json.dumps(file), encoding="utf-8")
    videos, _ = timelines_of_run(run, KnownVideos())
    (predicted, *_) = (video for video in videos if video.rater == "prediction")
    assert set(predicted.hands["left"].labels) <= set(own.names)


def test_what_decoders_made(run: Path) -> None:
    text = "idle@0.000;reach@1.500;reach@6.000"
    content = {"note": "n", "timelines": {"DC01_feeding1_1": text}}
    (run / "decoded_mbr_activity.json").write_text(json.dumps(content), encoding="utf-8")
    videos, _ = timelines_of_run(run, KnownVideos())
    decoded = [video for video in videos if video.rater == "decoded mbr activity"]
    assert [video.hands["left"].to_text() for video in decoded] == [text]
    (run / "decoded_mbr.json").write_text("[]", encoding="utf-8")
    with pytest.raises(UserError, match=r"decoded_mbr.json: not what `strokerehab decode` writes"):
        timelines_of_run(run, KnownVideos())


def test_times_are_on_the_containers_clock(run: Path) -> None:
    facts = {"fps": 4, "n_frames": 24, "duration_s": 6, "width": 8, "height": 8, "offset_s": 1.2}
    trial = Trial.model_validate(
        {"video_id": "DC01_feeding1_1", "path": "/v/DC01_feeding1_1.mov", "patient": "DC01", **facts}
    )
    videos, _ = timelines_of_run(run, KnownVideos([trial]))
    assert videos[0].hands["left"].segments[0].start_s == 1.2
    assert (videos[0].media_name, videos[0].offset_s) == ("DC01_feeding1_1.mov", 1.2)


def test_a_video_of_an_unknown_hand_is_left_out_by_name(run: Path) -> None:
    file = json.loads((run / "run.json").read_text(encoding="utf-8"))
    file["videos"][0]["hand"] = None
    (run / "run.json").write_text(json.dumps(file), encoding="utf-8")
    videos, problems = timelines_of_run(run, KnownVideos())
    assert problems == ["DC01_feeding1_1: the run does not say which hand was labelled; left out"]
    assert "DC01_feeding1_1" not in {video.name for video in videos}


def test_other_tasks_have_no_timelines(run: Path) -> None:
    with pytest.raises(UserError, match="no timelines"):
        timelines_of_run(run.parents[2] / "identification" / "tiny" / STAMP, KnownVideos())
