"""What the check of files means for a task: what is wrong is a problem of the run, what is doubtful a note."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.dataset.check import measuring
from lmms_eval_plugins.dataset.manifest import read_manifest, write_manifest
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.tasks.prepare import PreparedTask
from tests.conftest import write_video
from tests.support.command import Call
from tests.support.painted import cut
from tests.support.tasks import prepared_for

TASK = "primitives_3"


@pytest.fixture
def data(mini_dataset: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(mini_dataset, tmp_path / "data"))


def prepared_with(data: Path, **changes: object) -> PreparedTask:
    """Prepare a task where the manifest says something else about the first video."""
    first, *others = read_manifest(data / "manifest.csv")
    write_manifest(data / "manifest.csv", [Trial.model_validate({**dict(first), **changes}), *others])
    return prepared_for(TASK, data)


def test_a_dataset_in_order_has_neither_problem_nor_note(data: Path) -> None:
    prepared = prepared_for(TASK, data)
    assert prepared.problems == () and len(prepared.videos) == 3
    assert not [note for note in prepared.notes if "P0" in note]


def test_a_video_that_is_shorter_than_its_manifest_is_a_note_and_shown_as_far_as_it_goes(data: Path) -> None:
    prepared = prepared_with(data, n_frames=120, duration_s=4.0)
    assert prepared.problems == () and len(prepared.videos) == 3
    (doubt,) = prepared.doubts
    assert doubt.startswith("P01_feeding1_1: 4.0 s in the manifest, 2.0 s in the file") and doubt in prepared.notes


def test_an_unreadable_file_is_a_problem_before_anything_runs(data: Path) -> None:
    cut(data / "P01" / "P01_feeding1_1.mp4", 0.5)
    (problem,) = prepared_for(TASK, data).problems
    assert problem.video_id == "P01_feeding1_1" and "truncated or damaged" in problem.reason


def test_a_missing_file_is_left_to_the_models_that_look(data: Path) -> None:
    (data / "P01" / "P01_feeding1_1.mp4").unlink()
    prepared = prepared_for(TASK, data)
    assert prepared.problems == () and len(prepared.videos) == 3


def test_what_is_doubtful_is_a_note(data: Path) -> None:
    prepared = prepared_with(data, width=704)
    assert prepared.problems == () and len(prepared.videos) == 3
    (doubt,) = prepared.doubts
    assert doubt.startswith("P01_feeding1_1: 704×48 in the manifest, 64×48 in the file") and doubt in prepared.notes


def test_a_dry_run_names_what_is_doubtful_and_what_is_refused(data: Path, call: Call) -> None:
    table = (data / "manifest.csv").read_text().splitlines()
    table[1] = table[1].replace(",64,48,", ",704,48,")
    (data / "manifest.csv").write_text("\n".join(table))
    cut(data / "P02" / "P02_RTT left side1_1.mp4", 0.5)
    done = call("run", "--model", "markov", "--task", "strokerehab_primitives_3", "--data", data, "--dry-run")
    assert done.status == 3
    doubt, problem = done.err.splitlines()
    assert doubt.startswith("doubtful: P01_feeding1_1: 704×48 in the manifest")
    assert (
        problem.startswith("problem: ") and "P02_RTT left side1_1.mp4" in problem and "truncated or damaged" in problem
    )


def test_files_are_measured_once_for_all_tasks(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared_for(TASK, data)
    monkeypatch.setattr(measuring, "probe", lambda *_, **__: pytest.fail("measured again"))
    prepared_for("identification_1", data)
    measuring._header_probes.cache_clear()
    prepared_for(TASK, data)


def test_a_file_that_was_replaced_is_measured_again(data: Path) -> None:
    assert prepared_for(TASK, data).problems == ()
    write_video(data / "P01" / "P01_feeding1_1.mp4", 30, 30)
    (doubt,) = prepared_for(TASK, data).doubts
    assert "2.0 s in the manifest, 1.0 s in the file" in doubt
