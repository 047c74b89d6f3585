"""What all raters labelled, from datasets and runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.manifest import read_manifest, write_manifest
from lmms_eval_plugins.reports.tables.raters.gathered import gather_raters, raters_in
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from tests.support.tiny_runs import TRUTH, add_raters, write_tiny_runs

LABELS = "Time_s,MarkerNames\n0.0,r_reach\n1.0,r_idle\n2.0,\n"
FIRST, SECOND = "DC01_feeding1_1", "DS01_feeding1_1"


@pytest.fixture
def data(mini_dataset: Path, tmp_path: Path) -> Path:
    folder = shutil.copytree(mini_dataset, tmp_path / "data")
    for rater, name in (("anna", "P01_feeding1_1"), ("anna", "P03_drinking1_1"), ("ben", "P03_drinking1_1")):
        place = folder / "labels" / rater / f"{name}.csv"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(LABELS)
    return folder


def test_a_dataset_with_what_is_wrong_by_name(data: Path) -> None:
    (data / "labels" / "ben" / "other.csv").write_text(LABELS)
    (data / "labels" / "ben" / "P01_feeding1_1.csv").write_text("nothing")
    for given in (data, data / "manifest.csv"):
        found = gather_raters([str(given)])
        assert {name: list(video.timelines) for name, video in found.videos.items()} == {
            "P01_feeding1_1": ["truth", "anna"],
            "P03_drinking1_1": ["truth", "anna", "ben"],
        }
        assert raters_in(found.videos.values()) == ["truth", "anna", "ben"] and not found.runs
        assert len(found.errors) == 1 and "P01_feeding1_1.csv" in found.errors[0]
        assert len(found.remarks) == 1 and "ben: 1 label file of no video of the dataset: other.csv" in found.remarks[0]


def test_without_a_truth_and_a_hand_it_is_the_hand_of_the_first_rater(data: Path) -> None:
    manifest = data / "manifest.csv"
    bare = [one.model_copy(update={"labels": None, "hand": ""}) for one in read_manifest(manifest)]
    write_manifest(manifest, bare)
    (video,) = gather_raters([str(data)]).videos.values()
    assert (video.video_id, list(video.timelines)) == ("P03_drinking1_1", ["anna", "ben"])


def test_only_some_of_the_videos(data: Path) -> None:
    found = gather_raters([str(data)])
    (video,) = found.only(VideoFilter(patients=("p03",)))
    assert video.video_id == "P03_drinking1_1"
    with pytest.raises(UserError, match="--patient P9"):
        found.only(VideoFilter(patients=("P9",)))


def test_runs_that_record_raters_and_one_that_recorded_others(tmp_path: Path) -> None:
    for model in ("a", "b", "c"):
        write_tiny_runs(tmp_path, model=model)
    runs = {run.parent.name: run for run in (tmp_path / "dose").glob("*/*")}
    add_raters(runs["a"], {"anna": {FIRST: TRUTH}, "none": {FIRST: ""}})
    add_raters(runs["b"], {"anna": {FIRST: "reach@0.000;reach@6.000", SECOND: TRUTH}})
    found = gather_raters([str(tmp_path)])
    assert found.runs == [str(runs["a"]), str(runs["b"])]
    assert found.videos[FIRST].timelines["anna"].to_text() == TRUTH and list(found.videos) == [FIRST, SECOND]
    assert list(found.videos[FIRST].timelines) == ["truth", "anna"], "who labelled nothing is no rater"
    assert found.remarks == [f"Labelled in two ways by one rater; those given first count: {FIRST}."]


def test_without_a_second_rater_it_is_one_line(tmp_path: Path, mini_dataset: Path) -> None:
    write_tiny_runs(tmp_path)
    for given in (tmp_path, mini_dataset):
        with pytest.raises(UserError, match="has labels of a second rater; give a dataset that has them"):
            gather_raters([str(given)])
