"""Make the plan of a study from a run: its scores against another run or its strongest control, and its doses."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.compare.pair import ComparedRun, read_runs
from lmms_eval_plugins.reports.planning.controls import stopwatch_of
from lmms_eval_plugins.reports.planning.doses import (
    CountedVideos,
    by_labels,
    counted_videos,
    dose_comparisons,
    dose_measures,
)
from lmms_eval_plugins.reports.planning.metric import DOSE_METRIC, FEWEST_TO_PLAN, planned_metric
from lmms_eval_plugins.reports.planning.plan import Aim, StudyPlan
from lmms_eval_plugins.reports.tables.chosen import labels, notes_of
from lmms_eval_plugins.runs.data_frames.video_filter import EVERY_VIDEO, VideoFilter
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS


def study_plan(
    path: str,
    aim: Aim,
    *,
    against: str | None = None,
    metric: str | None = None,
    decoding: Decoding | None = None,
    split_runs: bool = False,
    reading: Policy | None = None,
    only: VideoFilter = EVERY_VIDEO,
) -> StudyPlan:
    """Plan a study with patients like those of a run.

    Args:
        path: a run folder or published log, or a folder with one.
        aim: what is to be shown.
        against: another run on the same videos; None compares with the strongest blind control.
        metric: a column of scores, or `DOSE_METRIC`; None is the primary metric, and of dose tasks the dose too.
        decoding: how dose runs are decoded; None leaves them to their own rule.
        split_runs: whether ``#1``, ``#2``, … behind a log say which of its runs is meant.
        reading: how replies are read; None reads published logs as published and our runs as they ask.
        only: the videos that are planned from.

    Raises:
        UserError: a path does not mean one run, the runs cannot be compared, there is no such metric or no such video,
            or there are fewer than `FEWEST_TO_PLAN` patients with scores.
    """
    runs, damage = read_runs(
        [path, *([against] if against else [])], split_runs=split_runs, reading=reading, decoding=decoding
    )
    run = runs[0]
    if run.family is None or (run.scores.empty and run.items.empty):
        raise UserError(f"{path}: no video of it has a score: it has no labels, or its task has no scoring")
    of_doses = run.family.name == DOSE.name
    if metric == DOSE_METRIC and not of_doses:
        raise UserError(f"--metric {DOSE_METRIC}: {path} is of {run.family.a_task}; only a dose task has doses")
    names = _names(runs, decoding)
    column = run.family.primary.column if metric is None or metric == DOSE_METRIC else metric
    planned = planned_metric(path, runs, names, column, only=only, reading=reading)
    measures = _measures(runs, names, planned.metric.values.index) if of_doses and metric in (None, DOSE_METRIC) else []
    minutes = planned.minutes_each(run)
    own_metric = metric != DOSE_METRIC
    return StudyPlan(
        aim=aim,
        run=names[0],
        other=planned.other.name,
        is_control=against is None,
        only=only.described,
        n_patients=planned.n_patients,
        n_videos=len(planned.metric.values),
        about=planned.other.scores.about,
        minutes_each=minutes,
        comparisons=(
            *(planned.comparison(minutes, aim) for _ in range(own_metric)),
            *(dose_comparisons(measures, minutes, aim) if measures else ()),
        ),
        measures=dose_measures(measures, aim.seed),
        narrowing=(
            *(planned.narrowing(names[0], aim.seed) for _ in range(own_metric)),
            *(one.narrowing(aim.seed) for one in measures if one.side == "true" or not one.reference),
        ),
        notes=(
            *planned.other.scores.notes,
            *_on_few(planned.n_patients),
            *notes_of(
                pd.DataFrame([one.record for one in runs]),
                {one.record["run"]: name for one, name in zip(runs, names, strict=True)},
            ),
        ),
        errors=damage,
    )


def _names(runs: Sequence[ComparedRun], decoding: Decoding | None) -> list[str]:
    """Return what the rows of runs are called."""
    named = labels(pd.DataFrame([run.record for run in runs]))
    how = f", {decoding.method}{' by activity' * decoding.by_activity}" if decoding else ""
    return [named[run.record["run"]] + how + ", blind" * bool(decoding and decoding.blind) for run in runs]


def _measures(runs: Sequence[ComparedRun], names: Sequence[str], videos: pd.Index[str]) -> list[CountedVideos]:
    """Return the labels, the runs, and the stopwatch, each with what it counts in some videos.

    A measure of too few patients is left out.
    """
    of_runs = [counted_videos(name, run.scores, videos) for name, run in zip(names, runs, strict=True)]
    stopwatch = stopwatch_of(runs[0])
    controls = [counted_videos(*stopwatch, videos, reference=True)] if stopwatch else []
    return [one for one in (by_labels(of_runs[0]), *of_runs, *controls) if one.n_patients >= FEWEST_TO_PLAN]


def _on_few(n_patients: int) -> tuple[str, ...]:
    few = f"{n_patients} patients say little of how patients differ: take the cautious numbers."
    return (few,) * (n_patients < FEWEST_PATIENTS)
