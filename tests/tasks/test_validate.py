"""`strokerehab validate`: what it finds, says and returns."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.cli import app as cli
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER
from lmms_eval_plugins.tasks.validate import LEGEND, Verdict, show_verdicts, validate_tasks
from tests.support.command import Call

TASKS = shipped("tasks") / TASK_FOLDER


def shown(verdicts: list[Verdict]) -> list[list[str]]:
    file = io.StringIO()
    show_verdicts(verdicts, Console(file=file, width=100))
    return [line.split() for line in file.getvalue().splitlines()]


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    """A user's copy of the project's tasks."""
    return Path(shutil.copytree(TASKS, tmp_path / "tasks"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_groups_are_checked_task_by_task(mini_study: Path) -> None:
    verdicts = validate_tasks(["strokerehab_primitives", "strokerehab_ia4_3_30"], [TASKS], mini_study)
    assert [(verdict.task.removeprefix("strokerehab_"), verdict.problems) for verdict in verdicts] == [
        ("primitives_1", ()),
        ("primitives_2", ()),
        ("primitives_3", ()),
        ("ia4_3_30", ()),
    ]
    heading, *rows = shown(verdicts)[: -len(LEGEND)]
    assert heading == ["task", "rows", "wordings", "misread", "bank", "exact", "truth", "reference"]
    assert [(row[0].removeprefix("strokerehab_"), row[1], row[3], *row[5:8]) for row in rows] == [
        ("primitives_1", "12", "0", "edit", "score", "100.00"),
        ("primitives_2", "12", "0", "edit", "score", "100.00"),
        ("primitives_3", "24", "0", "edit", "score", "100.00"),
        ("ia4_3_30", "6", "0", "accuracy", "100.0", "%"),
    ]


def test_answers_to_a_variant_are_read_back_as_what_they_say(mini_study: Path, tasks: Path) -> None:
    questions = tasks / "questions" / "primitives_2.yaml"
    edit(questions, "return: reposition, hold: stabilize", '"#2": reposition, "#3": stabilize')
    (verdict,) = validate_tasks(["strokerehab_primitives_2"], [tasks], mini_study)
    (problem,) = verdict.problems
    assert problem.startswith("primitive.other_words: ") and "answers are not read back as what they say" in problem


def test_a_bank_beside_the_tasks_adds_to_ours(mini_study: Path, tasks: Path) -> None:
    (ours,) = validate_tasks(["strokerehab_primitives_3"], [TASKS], mini_study)
    (tasks / "replies.yaml").write_text('yes_no:\n  "no":\n    - "Nein."\n    - "No way!"\n', encoding="utf-8")
    (both,) = validate_tasks(["strokerehab_primitives_3"], [tasks, TASKS], mini_study)
    assert ours.problems == () and both.banked == ours.banked + 2 * 2
    assert both.problems == tuple(
        f"{question}: {tasks}/replies.yaml, line 3: 'Nein.' is read as unreadable, should be no"
        for question in ("motion", "grasp")
    )


def test_one_wrong_task_stops_no_other(mini_study: Path, tasks: Path) -> None:
    edit(tasks / "strokerehab_primitives_1.yaml", "sampling:", "samplng:")
    edit(tasks / "strokerehab_primitives_2.yaml", "task: strokerehab_primitives_2", "task: other")
    first, second, third = validate_tasks(["strokerehab_primitives"], [tasks, TASKS], mini_study)
    assert first.gold is None and "samplng: unknown key; did you mean 'sampling'" in first.problems[0]
    assert "task: 'other' is not the file's name" in second.problems[0] and third.problems == ()
    assert shown([first])[1] == ["strokerehab_primitives_1", *["-"] * 6]


def test_a_rule_that_cannot_reach_the_truth_is_reported(mini_study: Path, tasks: Path) -> None:
    """A question of the user's own that scores the wrong way round."""
    edit(tasks / "questions" / "ia2_3_30.yaml", "id: item13_elbow_bends\n", "id: item13_elbow_is_straight\n")
    questions = tasks / "questions" / "ia2_3_30.yaml"
    edit(questions, "    answer: {score: [1, 2]}\n", "    answer: {score: [0, 1]}\n")
    (verdict,) = validate_tasks(["strokerehab_ia2_3_30"], [tasks, TASKS], mini_study)
    assert verdict.problems and "1 of 6 items wrong, the first: item 13 of P01" in verdict.problems[0]


def test_a_group_that_is_wrong_and_a_task_that_is_none(mini_study: Path, tasks: Path) -> None:
    (tasks / "mine.yaml").write_text("group: mine\ntask: [mine]\n", encoding="utf-8")
    with pytest.raises(UserError, match="the group 'mine' holds itself"):
        validate_tasks(["mine"], [tasks], mini_study)
    (verdict,) = validate_tasks(["strokerehab_primitive_3"], [tasks], mini_study)
    assert "did you mean 'strokerehab_primitives_3'" in verdict.problems[0]


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("strokerehab_primitives_3",), 0, ""),
        (("strokerehab_primitives_3", "strokerehab_ia2_3_30"), 2, "error: strokerehab_ia2_3_30: "),
        (("primitives_3",), 2, "unknown task 'primitives_3'"),
    ],
)
def test_the_command(
    mini_dataset: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    status: int,
    says: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["strokerehab", "validate", *arguments, "--data", str(mini_dataset)])
    with pytest.raises(SystemExit) as end:
        cli.main()
    said = capsys.readouterr()
    assert end.value.code == status and says in said.err and "Traceback" not in said.err
    assert ("edit score 100.00" in said.out) == ("strokerehab_primitives_3" in arguments)


def test_a_folder_of_tasks_alone_stands_for_its_own(mini_dataset: Path, tmp_path: Path, call: Call) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    done = call("validate", "--tasks", mine, "--data", mini_dataset)
    assert done.status == 2 and done.line == f"error: --tasks: {mine}: has no task file (YAML with a key `task`)"
    for name, own in (("strokerehab_counting", "reach"), ("strokerehab_ia4_3_30", "arm")):
        edit(Path(shutil.copy(TASKS / f"{name}.yaml", mine / f"{own}.yaml")), f"task: {name}", f"task: {own}")
    done = call("validate", "--tasks", mine, "--data", mini_dataset)
    assert done.status == 0 and [line.split()[0] for line in done.out.splitlines()[:3]] == ["task", "arm", "reach"]
    assert "arm is left out" in done.err and "ia4" not in done.out
