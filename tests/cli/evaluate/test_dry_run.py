from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.cli.evaluate import dry_run
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.record import describe_run
from lmms_eval_plugins.machine.hardware import Machine
from lmms_eval_plugins.models.cards import STUDY_QUESTIONS, ModelCard, Study
from lmms_eval_plugins.runs.run_file import Problem
from tests.support.command import Request, shown

CARD = "about: x\nwrapper: constant\nparameters_b: {size}\nstudy: {{hours: {hours}}}\n"


def test_what_is_shown_at_80_columns(
    request_for: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, console: Console
) -> None:
    (tmp_path / "large.yaml").write_text(CARD.format(size=100, hours=9064))
    (tmp_path / "elsewhere.yaml").write_text("about: x\nwrapper: constant\nenvironment: strokerehab_else\n")
    monkeypatch.setattr(dry_run, "this_machine", lambda: Machine((), 32.0))
    monkeypatch.setenv("STROKEREHAB_ENVS", str(tmp_path))
    request = request_for(models="large,omniscient,elsewhere", model_folders=(tmp_path,))
    dry_run.show_plans([make_plan(request)], console)
    assert shown(console) == [
        "task                      videos  windows  questions",
        "strokerehab_primitives_3       3       12         24",
        "",
        "windows of        video fps  videos  every  shown/s  seconds",
        "8 frames at 15/s         30       2      2       15    0.533",
        "8 frames at 15/s         60       1      4       15    0.533",
        "",
        "model       environment       GPUs  memory  questions  hours",
        "large       strokerehab          1  240 GB         24   12.0",
        "omniscient  strokerehab                            24",
        "elsewhere   strokerehab_else     1                 24",
        "hours: what the study's jobs would take, one question at a time, on GPUs that it does not name",
        "model      frames  text tokens  of frames  of replies",
        "large         180       1.25 k          ?         384",
        "elsewhere     180       1.25 k          ?         384",
        "tokens: estimated; text by its length, frames anew for every question, replies at their limit",
        "strokerehab_else is not made yet: bash setup_envs.sh strokerehab_else",
        "too large for 32 GB of main memory and no GPU: large",
        "3 models × 1 task = 72 questions; nothing was asked",
    ]


def test_windows_are_shown_per_rate_and_what_differs_is_named(
    request_for: Request, mini_dataset: Path, tmp_path: Path, console: Console
) -> None:
    data = Path(shutil.copytree(mini_dataset, tmp_path / "rates"))
    manifest = data / "manifest.csv"
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, fps in zip(rows, ("25.0", "12.0", "60.0"), strict=True):
        row["fps"], row["n_frames"] = fps, str(round(2 * float(fps)))
    with manifest.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    plan = make_plan(request_for(data=data, model_args="declared_fps=15"))
    dry_run.show_plans([plan], console)
    lines = shown(console)
    start = lines.index("windows of        video fps  videos  every  shown/s  seconds")
    assert lines[start + 1 : start + 6] == [
        "8 frames at 15/s         60       1      4       15    0.533",
        "8 frames at 15/s         25       1      2     12.5    0.640",
        "8 frames at 15/s         12       1      1       12    0.667",
        "windows last 0.640 s in 1 of 3 videos (25 fps), 0.667 s in 1 of 3 videos (12 fps), whereas 8 frames at 15/s"
        " are 0.533 s",
        "omniscient is given 15 frames/s (declared_fps), but is shown 12, 12.5",
    ]
    (task,) = plan.tasks
    described = describe_run(plan.cards[0], {}, task)
    assert lines[start + 4] in described.notes
    assert [(one.video_fps, one.videos, one.stride, one.fps, one.window_s) for one in described.windows_by_rate] == [
        (60.0, 1, 4, 15.0, 0.533333),
        (25.0, 1, 2, 12.5, 0.64),
        (12.0, 1, 1, 12.0, 0.666667),
    ]


def test_a_run_with_windows_as_set_says_nothing_of_rates(request_for: Request) -> None:
    plan = make_plan(request_for())
    file = describe_run(plan.cards[0], {}, plan.tasks[0])
    assert "windows_by_rate" not in file.model_fields_set and not any("windows last" in note for note in file.notes)


def test_hours_go_with_the_questions() -> None:
    card = ModelCard(name="x", about="x", wrapper="x", study=Study(hours=2.0))
    assert dry_run.study_hours(card, STUDY_QUESTIONS // 2) == 1.0
    assert dry_run.study_hours(card.model_copy(update={"study": Study()}), 10) is None


def test_problems_that_many_videos_have_are_one_line() -> None:
    unlabelled = [Problem(name, f"/data/{name}.mp4: does not have a label file") for name in "abcdefg"]
    damaged = Problem("x", "/data/x.mp4: damaged")
    assert dry_run.problem_lines([*unlabelled, damaged, *unlabelled, Problem("", "the scores lack P1")]) == [
        "7 videos (a, b, c and 4 more): does not have a label file",
        "/data/x.mp4: damaged",
        "the scores lack P1",
    ]
    assert dry_run.problem_lines(unlabelled[:3]) == [problem.reason for problem in unlabelled[:3]]
