"""The numbers of the page are those of the tables, with their intervals and controls."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lmms_eval_plugins.reports.page.data.overview import Overview, PageTask
from lmms_eval_plugins.reports.page.tasks import TaskFrames, page_tasks
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.table import Table, TableRow, Value
from lmms_eval_plugins.runs.data_frames.load import load_tables
from tests.support.labelled_frames import Said, example, frames_of
from tests.support.tiny_runs import TRUTH, add_raters, write_tiny_runs


def task_of(overview: Overview, name: str) -> PageTask:
    return next(task for task in overview.tasks if task.task == name)


def column_of(table: Table, heading: str) -> int:
    return [column.heading for column in table.columns].index(heading)


def values_of(row: TableRow, place: int) -> tuple[float, float | None, float | None] | None:
    cell = row.cells[place]
    return (cell.value, cell.low, cell.high) if isinstance(cell, Value) else None


@pytest.mark.parametrize(
    ("name", "task", "headings"),
    [
        (
            "dose_models",
            "dose",
            {"edit_score": "ES", "action_error_rate": "AER", "relative_counting_error": "RCE"},
        ),
        ("identification", "identification", {"accuracy": "accuracy"}),
        ("impairment", "assessment", {"error": "error", "accuracy": "accuracy", "APD": "APD", "kappa": "kappa"}),
    ],
)
def test_numbers_are_those_of_the_tables(
    page_overview: Overview, every_family: Path, name: str, task: str, headings: dict[str, str]
) -> None:
    table = make_tables(name, every_family / task, ci=True).tables[0]
    shown = task_of(page_overview, task)
    (section,) = table.sections
    rows = [row for row in section.rows if row.run]
    controls = [row for row in section.rows if row.control]
    assert len(rows) + len(controls) == len(section.rows) == len(shown.rows) + len(shown.lines)
    for key, heading in headings.items():
        place = column_of(table, heading)
        metric = next(metric for metric in shown.metrics if metric.key == key)
        assert metric.decimals == table.columns[place].digits
        assert metric.better == {"high": "higher", "low": "lower"}[str(table.columns[place].better)]
        for row, own in zip(rows, shown.rows, strict=True):
            estimate = own.values[key]
            assert (estimate.mean, estimate.low, estimate.high) == (values_of(row, place) or (None, None, None))
            assert estimate.n == 4
        for row, line in zip(controls, shown.lines, strict=True):
            assert line.values.get(key) == (values_of(row, place) or (None,))[0]


def test_controls_are_blind_and_the_reference_is_not(page_overview: Overview) -> None:
    lines = {line.name: line.kind for line in task_of(page_overview, "dose").lines}
    assert lines["reference"] == "reference" and lines["stopwatch"] == "control"
    assert all(line.runs == (2, 3) for line in task_of(page_overview, "dose").lines)
    named = [line.name for line in task_of(page_overview, "identification").lines]
    assert "always the most frequent, fitted on other patients" in named
    items = task_of(page_overview, "assessment").lines
    assert {line.kind for line in items} == {"control"} and items[0].name.endswith("(strongest)")


def test_scores_of_videos_have_the_means_of_the_tables(page_overview: Overview) -> None:
    for scores in page_overview.scores:
        task = next(task for task in page_overview.tasks if scores.run in [row.run for row in task.rows])
        row = next(row for row in task.rows if row.run == scores.run)
        shared = scores.columns.keys() & row.values.keys()
        assert shared
        for key in shared:
            known = [value for value in scores.columns[key] if value is not None]
            assert sum(known) / len(known) == pytest.approx(row.values[key].mean, abs=1e-4)
    assert {scores.run for scores in page_overview.scores} == {2, 3, 4, 5, 6}  # Fugl-Meyer scores no single videos


def frames(runs: pd.DataFrame, answers: pd.DataFrame) -> TaskFrames:
    return TaskFrames(runs, [], pd.DataFrame({"run": []}), answers, {})


def test_a_further_rater_is_neither_a_control_nor_made_of_correct_answers(tmp_path: Path) -> None:
    (run,) = write_tiny_runs(tmp_path).glob("dose/*/*")
    add_raters(run, {"anna": {"DC01_feeding1_1": TRUTH}})
    loaded = load_tables(run, ("scores", "timelines"))
    tables = loaded.tables
    of_run = TaskFrames(tables["runs"], [tables["scores"]], tables["timelines"], pd.DataFrame(), loaded.schemes)
    (task,) = page_tasks(of_run)
    lines = {line.name: line for line in task.lines}
    assert lines["rater anna"].kind == "rater" and lines["rater anna"].values["edit_score"] == 100
    assert lines["reference"].kind == "reference" and lines["stopwatch"].kind == "control"


def test_each_question_with_a_truth_is_a_table_of_its_own() -> None:
    tasks = page_tasks(frames(*example()))
    assert [task.task for task in tasks] == [
        "strokerehab_which_hand: hand (48 windows, 16 videos, 8 patients)",
        "trunk: lean (48 windows, 16 videos, 8 patients)",
        "trunk: hard (48 windows, 16 videos, 8 patients)",
        "trunk: lifts (48 windows, 16 videos, 8 patients)",
    ]
    assert {task.family for task in tasks} == {"labelled"}
    hands = tasks[0]
    accuracy = hands.rows[0].values["accuracy"]
    assert accuracy.mean is not None and accuracy.low is not None and accuracy.high is not None
    assert accuracy.low < accuracy.mean < accuracy.high and accuracy.n == 48
    assert [(line.name, line.kind) for line in hands.lines] == [
        ("blind control", "control"),
        ("best constant", "control"),
        ("reference", "reference"),
    ]
    assert hands.lines[2].values["accuracy"] == 1.0


def test_a_task_without_truth_has_no_metrics_and_says_why() -> None:
    runs, answers = frames_of(Said("a", "t", "q", "yes_no", ["yes"], ["no"]))
    (unknown,) = page_tasks(frames(runs, answers.assign(truth=None, right=None)))
    assert unknown.metrics == () and [row.values for row in unknown.rows] == [{}]
    assert "no question of these runs has a truth" in unknown.notes[0]
    (unscored,) = page_tasks(frames(runs.assign(method=None), answers))
    assert unscored.family == "unscored" and unscored.notes == ("its answers are not scored",)
