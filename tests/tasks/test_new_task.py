"""A task to start from: what is written is valid as it is, and nothing is written over."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.dataset.truth_tables import truth_table
from lmms_eval_plugins.tasks.listing import list_tasks
from lmms_eval_plugins.tasks.new_task import write_new_task
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER, load_task
from tests.support.command import Call

SHIPPED = shipped("tasks") / TASK_FOLDER


def test_what_is_written_is_a_task_with_its_questions_and_truths(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    paths = write_new_task("leaning-2", folder)
    assert sorted(path for path in folder.rglob("*") if path.is_file()) == sorted(paths)
    assert load_task(paths[0]).dataset_kwargs.scoring.method == "labelled"
    ((task,), problems) = list_tasks(["leaning-2"], [folder])
    assert problems == [] and task.about.startswith("What the task is about")
    assert task.asks == "leans_forward (yes or no), effort (0 to 10) and 1 more"
    assert task.windows == "16 frames of the whole video"
    assert "effort: column effort of leaning-2.csv; remark: none: recorded, not scored" in task.truth
    for column in ("leans_forward", "effort"):
        assert len(truth_table(folder / "manifest.csv", "leaning-2.csv", column).rows) == 3


@pytest.mark.parametrize("taken", ["own.yaml", "questions/own.yaml", "own.csv"])
def test_nothing_is_written_over(tmp_path: Path, taken: str) -> None:
    path = tmp_path / taken
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="is there already, and is not overwritten"):
        write_new_task("own", tmp_path)
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [path]
    assert path.read_text(encoding="utf-8") == "mine"


def test_links_lead_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "questions").symlink_to(tmp_path)
    with pytest.raises(UserError, match="leads outside"):
        write_new_task("own", folder)
    assert not (tmp_path / "own.yaml").exists()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../own", "holds '/'"),
        ("", "is empty"),
        ("my task", "made of letters, digits, _ and -"),
        ("-own", "starts with one of the first"),
        ("all", "choose another"),
        ("strokerehab_counting", "choose another"),
        ("con", "device"),
    ],
)
def test_names_are_checked(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        write_new_task(name, tmp_path)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("columns", [80, 120])
def test_tasks_are_listed_by_family_and_shown_one_by_one(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    write_new_task("strokerehab_own", tmp_path)
    done = call("tasks", "--tasks", tmp_path)
    assert done.status == 0 and done.err == ""
    headings = [line.split()[0] for line in done.out.splitlines() if line.endswith("asks") or " asks " in line]
    assert headings == ["dose", "fugl-meyer", "identification", "labelled"]
    for said in (
        "strokerehab_primitives_2",
        "truth: a label file (`labels` in the manifest)",
        "scores: edit_score, action_error_rate, relative_counting_error",
        "truth of strokerehab_own: leans_forward: column leans_forward of strokerehab_own.csv",
    ):
        assert said in done.out
    done = call("tasks", "strokerehab_own", "strokerehab_identification", "--tasks", tmp_path)
    assert done.status == 0 and "What stands out in the way the patient moves?" in done.out
    assert "Which of nine activities a whole video shows" in done.out and "one of 9" in done.out


def test_a_task_that_cannot_be_read_is_named_and_the_others_are_listed(call: Call, tmp_path: Path) -> None:
    task, questions, _ = write_new_task("strokerehab_own", tmp_path)
    questions.unlink()
    done = call("tasks", "--tasks", tmp_path)
    assert done.status == 3 and "strokerehab_primitives_1" in done.out
    assert done.line.startswith("problem: ") and "no such question set" in done.line
    task.unlink()


def test_new_task_says_what_to_do_next(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "my tasks"
    done = call("new-task", "own", "--out", folder)
    assert done.status == 0
    assert f"  strokerehab validate own --tasks '{folder}' --data DATA" in done.out.splitlines()
    done = call("new-task", "own", "--out", folder)
    assert done.status == 2 and "is not overwritten" in done.line
