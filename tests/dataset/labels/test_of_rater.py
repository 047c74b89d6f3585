"""The labels of one rater beside a dataset."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.of_rater import labels_of_rater
from lmms_eval_plugins.dataset.labels.work_record import WorkRecord, record_path

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
