"""``strokerehab score --rater``: a run against the labels of one rater."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.dataset.labels.label_file import LabelledHand, write_labels
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, write_manifest
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.runs.run_file import RunVideo, read_run_file
from tests.support.command import Call
from tests.support.tiny_runs import add_raters

RUNS = Path(__file__).parents[2] / "golden" / "fixtures" / "runs"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (found,) = (RUNS / "strokerehab_primitives_3" / "noisy").iterdir()
    return shutil.copytree(found, tmp_path / "run")


@pytest.fixture
def data(tmp_path: Path, run: Path) -> Path:
    """The manifest of the run's videos, without videos: scoring needs none."""
    folder = tmp_path / "data"
    write_manifest(folder / MANIFEST_NAME, [_trial(video, folder) for video in read_run_file(run).videos])
    return folder


def _trial(video: RunVideo, folder: Path) -> Trial:
    return Trial.model_validate(
        {
            "video_id": video.video_id,
            "path": folder / f"{video.video_id}.mp4",
            "patient": video.patient,
            "hand": video.hand,
            "fps": video.fps,
            "n_frames": video.n_frames,
            "duration_s": 60,
            "width": 64,
            "height": 48,
        }
    )


def label(data: Path, rater: str, video: RunVideo, timeline: Timeline) -> None:
    hand = LabelledHand("left" if video.hand == "left" else "right", timeline)
    write_labels(data / "labels" / rater / f"{video.video_id}.csv", hand)


def test_the_same_labels_give_the_same_scores(call: Call, data: Path, run: Path) -> None:
    for video in read_run_file(run).videos:
        label(data, "same", video, Timeline.from_text(video.truth))
    plain, same = (call("score", run, "--json", *more) for more in ((), ("--rater", "same", "--data", data)))
    assert plain.status == same.status == 0 and json.loads(plain.out) == json.loads(same.out)


def test_only_what_the_rater_labelled_is_scored(call: Call, data: Path, run: Path) -> None:
    plain = call("score", run, "--json").out
    first, second, *_ = read_run_file(run).videos
    label(data, "anna", first, Timeline.from_text("idle@0.000;idle@2.000"))
    label(data, "anna", second.model_copy(update={"hand": "left" if second.hand == "right" else "right"}),
          Timeline.from_text("idle@0.000;idle@2.000"))  # fmt: skip
    scored = call("score", run, "--rater", "anna", "--data", data)
    assert scored.status == 0 and "scored against the labels of anna: 1 of 8 videos have them" in scored.out
    (row,) = json.loads(call("score", run, "--rater", "anna", "--data", data, "--json").out).values()
    assert row["n"] == 1 and row["action_error_rate"] >= 1, "one label against several answers"
    assert call("score", run, "--json").out == plain, "without --rater nothing moves"


def test_a_rater_is_not_scored_against_the_own_labels(call: Call, data: Path, run: Path) -> None:
    video = read_run_file(run).videos[0]
    add_raters(run, {"anna": {video.video_id: video.truth}, "ben": {video.video_id: video.truth}})
    label(data, "anna", video, Timeline.from_text("idle@0.000;idle@2.000"))
    scored = call("score", run, "--rater", "anna", "--data", data)
    assert scored.status == 0 and "rater ben" in scored.out and "rater anna" not in scored.out


def test_mistakes_are_one_line(call: Call, data: Path, run: Path) -> None:
    (data / "labels" / "anna").mkdir(parents=True)
    (identification,) = (RUNS / "strokerehab_identification_1" / "noisy").iterdir()
    for path, arguments, message in (
        (run, ("--rater", "ann", "--data", data), "holds no labels of 'ann'; did you mean 'anna'?"),
        (run, ("--rater", "anna", "--data", data, "--decoder", "mbr"), "leave out --decoder mbr"),
        (run, ("--data", data), "name the rater, or leave it out"),
        (run, ("--rater", "anna", "--data", data), "anna has labelled none of its videos, or another hand"),
        (identification, ("--rater", "anna", "--data", data), "is not scored against labels over time"),
    ):
        done = call("score", path, *arguments)
        assert (done.status, done.out.strip()) == (2, "") and message in done.line
