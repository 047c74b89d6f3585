"""The tables of a report's tasks with their intervals and controls, taken from the tables that ``--ci`` prints."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from lmms_eval_plugins.assessments.dose.raters import is_rater
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.reports.page.data.overview import (
    ControlLine,
    Family,
    PageEstimate,
    PageMetric,
    PageTask,
    TaskRow,
    VideoScores,
)
from lmms_eval_plugins.reports.page.described import family_of
from lmms_eval_plugins.reports.page.runs import RunTables, perturbation_of
from lmms_eval_plugins.reports.tables.chosen import records
from lmms_eval_plugins.reports.tables.dose import Given, dose_models_table
from lmms_eval_plugins.reports.tables.identification import identification_table
from lmms_eval_plugins.reports.tables.impairment import impairment_table
from lmms_eval_plugins.reports.tables.labelled.questions import labelled_tables
from lmms_eval_plugins.reports.tables.part import METRICS
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableSection, Value
from lmms_eval_plugins.runs.data_frames.columns import answered, joined_scores

_KEYS = {heading: metric for metric, heading in METRICS.items()}
"""Heading of a metric in the tables of dose → its column in the table of scores."""


_OF_VIDEOS = (*METRICS, "right", "accuracy", "mean_error")
"""Columns of the table of scores with the score of a video, of whatever family."""


@dataclass(frozen=True, slots=True)
class TaskFrames:
    """What the tables of all tasks are made from, with the names of the runs table.

    Attributes:
        runs: the runs table.
        scores: of all runs.
        segments: some of the timelines of each run: from them it is seen whether there are any.
        answers: of the runs whose questions have truths of their own.
        schemes: run → the scheme of its labels.
    """

    runs: pd.DataFrame
    scores: Sequence[pd.DataFrame]
    segments: pd.DataFrame
    answers: pd.DataFrame
    schemes: Mapping[str, Scheme]


def page_tasks(frames: TaskFrames) -> tuple[PageTask, ...]:
    """Return the tasks of a report; runs of a task on other videos, and its further questions, are tasks of their own.

    So are runs whose frames were changed: nobody is better for them.

    Tasks that cannot be scored have no metrics, and a note that says why.
    """
    of_tasks: dict[tuple[str, Family, bool], list[str]] = {}
    for row in records(frames.runs):
        own = str(row["task"]), family_of(row), perturbation_of(row) is not None
        of_tasks.setdefault(own, []).append(str(row["run"]))
    places = {str(path): place for place, path in enumerate(frames.runs["path"])}
    tasks: list[PageTask] = []
    for (task, family, is_perturbed), members in of_tasks.items():
        runs = frames.runs[frames.runs["run"].isin(members)]
        errors: list[str] = []
        try:
            tables = _tables(family, task, runs, frames, errors)
            own_tasks = [
                _page_task(task, family, table, section, places, errors)
                for table in tables
                for section in table.sections
            ]
        except UserError as error:
            own_tasks = [_without_metrics(task, family, [places[path] for path in runs["path"]], str(error))]
        tasks += [replace(one, task=f"{one.task}, frames changed") for one in own_tasks] if is_perturbed else own_tasks
    return tuple(tasks)


def _tables(family: Family, task: str, runs: pd.DataFrame, frames: TaskFrames, errors: list[str]) -> Sequence[Table]:
    """Return the tables of the runs of a task, with intervals.

    Raises:
        UserError: it has none.
    """
    if family == "fugl_meyer":
        return impairment_table(list(map(str, runs["path"])), errors, True, False)
    if family == "labelled":
        answers = frames.answers[frames.answers["run"].isin(runs["run"])]
        return [table for table in labelled_tables(runs, answers, answers, True, False) if table.name in _OF_QUESTIONS]
    if family == "unscored":
        raise UserError("its answers are not scored")
    own = [scores for scores in frames.scores if scores["run"].isin(runs["run"]).any()]
    if not own:
        raise UserError("no truth is known of its videos")
    scores = joined_scores(own)
    if family == "identification":
        return identification_table(runs, scores, scores, True, False)[:1]
    segments = frames.segments[frames.segments["run"].isin(runs["run"])]
    schemes = {run: frames.schemes[run] for run in runs["run"]}
    return dose_models_table(Given(runs, scores, segments, None, True, False, schemes))[:1]


_OF_QUESTIONS = ("labelled", "labelled_numbers")
_LEFT_OUT = ("controls", "stroke", "RCE pooled", "RCE median")
"""Columns about some of the videos, whose count is not the row's, and further means of a metric that is shown."""


def _page_task(
    task: str, family: Family, table: Table, section: TableSection, places: Mapping[str, int], errors: Sequence[str]
) -> PageTask:
    shown = [
        (place, _metric(column))
        for place, column in enumerate(table.columns)
        if column.better
        and column.heading not in _LEFT_OUT
        and any(isinstance(row.cells[place], Value) for row in section.rows)
    ]
    rows = [
        TaskRow(places[row.run], {metric.key: _estimate(row.cells, place) for place, metric in shown})
        for row in section.rows
        if row.run
    ]
    lines = [
        ControlLine(
            row.control.name,
            "control" if row.control.blind else "rater" if is_rater(row.control.name) else "reference",
            tuple(places[run] for run in row.control.runs),
            {metric.key: cell.value for place, metric in shown if isinstance(cell := row.cells[place], Value)},
        )
        for row in section.rows
        if row.control
    ]
    which = section.title.removeprefix(f"{task.removeprefix('strokerehab_')}: ")
    title = f"{task}: {which}" if which not in ("", task) else task
    notes = (*table.notes, *table.remarks, *errors)
    return PageTask(title, family, tuple(metric for _, metric in shown), tuple(rows), tuple(lines), notes)


def video_scores(run: RunTables, videos: Mapping[str, int]) -> VideoScores | None:
    """Return the scores of a run by video, of videos that enter means; None of a run that scores no single videos.

    Args:
        run: the run.
        videos: name of a video → its place; others were cut into no windows, and are left out.
    """
    if run.scores.empty:
        return None
    known = answered(run.scores)
    entering = known[~known["tuning"].astype("boolean").fillna(False)]
    columns = {name: entering.set_index("video_id")[name].dropna().astype(float) for name in _OF_VIDEOS}
    names = [str(video) for video in run.scores["video_id"] if video in videos]
    return VideoScores(
        run.place,
        tuple(videos[name] for name in names),
        {
            _RENAMED.get(column, column): tuple(_number(of_videos.get(name)) for name in names)
            for column, of_videos in columns.items()
            if len(of_videos)
        },
    )


_RENAMED = {"right": "accuracy"}
"""Column of the table of scores → the key of the metric whose mean over videos it has."""


def _number(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _without_metrics(task: str, family: Family, runs: Sequence[int], why: str) -> PageTask:
    return PageTask(task, family, (), tuple(TaskRow(run, {}) for run in runs), (), (why,))


def _metric(column: Column) -> PageMetric:
    known = next((heading for heading in _KEYS if re.match(rf"{heading}\b", column.heading)), None)
    rest = column.heading.removeprefix(known or "").strip()
    title = f"{_KEYS[known].replace('_', ' ')}{', ' * bool(rest)}{rest}" if known else column.heading
    key = _KEYS.get(column.heading) or re.sub(r"\W+", "_", title).strip("_")
    return PageMetric(key, title, "higher" if column.better == "high" else "lower", column.digits)


def _estimate(cells: Sequence[Cell], place: int) -> PageEstimate:
    """Return a cell of a row as an estimate; the row's first count is of what it is about."""
    n = next(_counts(cells), 0)
    cell = cells[place]
    if not isinstance(cell, Value):
        return PageEstimate(None, None, None, n)
    return PageEstimate(cell.value, cell.low, cell.high, n)


def _counts(cells: Sequence[Cell]) -> Iterator[int]:
    return (cell for cell in cells if isinstance(cell, int))
