"""The labels of one rater beside a dataset."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.convert import known_in
from lmms_eval_plugins.dataset.labels.of_rater import (
    further_raters,
    further_timelines,
    labels_in_folders,
    labels_of_no_video,
    labels_of_rater,
)
from lmms_eval_plugins.dataset.labels.work_record import WorkRecord, record_path
from lmms_eval_plugins.dataset.manifest import read_manifest, write_manifest

BOTH = "Time_s,MarkerNames\n0.0,l_reach\n0.5,r_idle\n1.0,l_idle\n2.0,\n"


@pytest.fixture
def data(mini_dataset: Path, tmp_path: Path) -> Path:
    folder = shutil.copytree(mini_dataset, tmp_path / "data")
    (folder / "labels" / "anna").mkdir(parents=True)
    return folder


def test_of_each_hand_what_the_rater_labelled(data: Path) -> None:
    (data / "labels" / "anna" / "P01_feeding1_1.csv").write_text(BOTH)
    labels = labels_of_rater(data / "manifest.csv", "anna")
    left, right, more = (labels.timeline("P01_feeding1_1", hand) for hand in ("left", "right", None))
    assert left and right and left.labels == ("reach", "idle") and right.labels == ("idle",)
    assert more == right, "the manifest says the right hand"
    assert labels.timeline("P03_drinking1_1", None) is None


def test_labels_that_a_review_has_only_started_are_not_read(data: Path) -> None:
    anna = data / "labels" / "anna"
    for name in ("P01_feeding1_1", "P03_drinking1_1"):
        (anna / f"{name}.csv").write_text(BOTH)
        record_path(anna, name).parent.mkdir(exist_ok=True)
        state = "done" if name.startswith("P01") else "started"
        work = WorkRecord(state=state, draft=None, active_s=1, first_saved="2026", last_saved="2026")
        record_path(anna, name).write_text(work.model_dump_json())
    labels = labels_of_rater(data / "manifest.csv", "anna")
    assert list(labels.readings) == ["P01_feeding1_1"] and labels.started == ("P03_drinking1_1",)


def test_a_file_that_cannot_be_read_is_a_problem_by_name(data: Path) -> None:
    path = data / "labels" / "anna" / "P01_feeding1_1.csv"
    path.write_text("Time_s,MarkerNames\nsoon,r_reach\n")
    labels = labels_of_rater(data / "manifest.csv", "anna")
    assert not labels.readings and labels.problems[0].startswith(f"{path}, line 2, Time_s: ")


def test_an_unknown_rater_is_one_line(data: Path, mini_dataset: Path) -> None:
    with pytest.raises(UserError, match="holds no labels of 'ana'; did you mean 'anna'"):
        labels_of_rater(data / "manifest.csv", "ana")
    with pytest.raises(UserError, match="draw some with `strokerehab review`"):
        labels_of_rater(mini_dataset / "manifest.csv", "anna")


def test_further_raters_are_those_of_the_manifest_then_those_of_folders_and_never_the_truth(data: Path) -> None:
    for rater in ("anna", "bert", "carl", "truth", "prediction", "decoded mbr"):
        (data / "labels" / rater).mkdir(exist_ok=True)
        (data / "labels" / rater / "P01_feeding1_1.csv").write_text(BOTH)
    known = known_in(data / "manifest.csv")
    trial = known.by_id["P01_feeding1_1"]
    assert list(further_raters(trial, known, data)) == ["anna", "bert", "carl"]
    (data / "P01" / "more.csv").write_text(BOTH)
    named = trial.model_copy(update={"other_labels": (data / "labels/bert/P01_feeding1_1.csv", data / "P01/more.csv")})
    assert list(further_raters(named, known, data)) == ["bert", "rater 3", "anna", "carl"]
    other_truth = trial.model_copy(update={"labels": data / "labels/anna/P01_feeding1_1.csv"})
    assert list(further_raters(other_truth, known, data)) == ["bert", "carl"]
    work = WorkRecord(state="started", draft=None, active_s=1, first_saved="2026", last_saved="2026")
    record = record_path(data / "labels" / "carl", "P01_feeding1_1")
    record.parent.mkdir()
    record.write_text(work.model_dump_json())
    assert list(further_raters(trial, known, data)) == ["anna", "bert"], "carl has only started"
    assert further_raters(known.by_id["P03_drinking1_1"], known, data) == {}


def test_timelines_of_further_raters_are_of_one_hand_and_what_cannot_be_read_is_named(data: Path) -> None:
    (data / "labels" / "bert").mkdir()
    (data / "labels" / "anna" / "P01_feeding1_1.csv").write_text(BOTH)
    (data / "labels" / "bert" / "P01_feeding1_1.csv").write_text("Time_s,MarkerNames\nsoon,r_reach\n")
    known = known_in(data / "manifest.csv")
    trial, problems = known.by_id["P01_feeding1_1"], list[str]()
    left, right, none = (
        {rater: timeline.labels for rater, timeline in further_timelines(trial, known, data, hand, problems)}
        for hand in ("left", "right", None)
    )
    assert left == {"anna": ("reach", "idle")} and right == {"anna": ("idle",)} and none == {}
    assert len(problems) == 2 and "bert" in problems[0] and problems[0].endswith("the labels of bert are left out")


def test_labels_of_a_rater_for_other_videos_are_named(data: Path) -> None:
    (data / "labels" / "anna" / "P01_feeding1_1.csv").write_text(BOTH)
    known = known_in(data / "manifest.csv")
    assert labels_of_no_video(known, data) == []
    for name in ("P09_feeding1_1", "P08_feeding1_1"):
        (data / "labels" / "anna" / f"{name}.csv").write_text(BOTH)
    (line,) = labels_of_no_video(known, data)
    assert "anna: 2 label files of no video of the dataset: P08_feeding1_1.csv, P09_feeding1_1.csv; a label" in line


def test_files_of_a_folder_in_which_truths_lie_are_no_raters(data: Path) -> None:
    (data / "labels" / "anna" / "P01_feeding1_1.csv").write_text(BOTH)
    manifest = data / "manifest.csv"
    assert labels_in_folders(known_in(manifest), data) == {data / "labels/anna/P01_feeding1_1.csv"}
    first, *others = read_manifest(manifest)
    write_manifest(manifest, [first.model_copy(update={"labels": data / "labels/anna/P01_feeding1_1.csv"}), *others])
    (data / "labels" / "anna" / "P03_drinking1_1.csv").write_text(BOTH)
    assert labels_in_folders(known_in(manifest), data) == set() and labels_of_no_video(known_in(manifest), data) == []
