"""``strokerehab measure``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from lmms_eval_plugins.cli.exits import BAD_INPUT, WITH_PROBLEMS, check_extra
from lmms_eval_plugins.cli.options import (
    OUTPUT,
    READING,
    WHAT,
    Activities,
    LogPath,
    Reading,
    Seed,
    ShownActivities,
    ShownPatients,
    ShownViews,
    SplitRuns,
    TableFile,
    TableFormat,
    Together,
    Wide,
    complete_models,
    complete_task,
)
from lmms_eval_plugins.core.console import put_json, say_all, stderr
from lmms_eval_plugins.core.imports import large_imports
from lmms_eval_plugins.core.places import RUNS


def measure(
    what: Annotated[
        Path | None,
        typer.Argument(metavar="VIDEO|DATA", help="A video, or a dataset's folder, for --model to look at."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="NAME",
            help="Run this model on the video or dataset first.",
            autocompletion=complete_models,
            rich_help_panel=WHAT,
        ),
    ] = None,
    task: Annotated[
        str,
        typer.Option(
            "--task",
            metavar="NAME",
            help="The task of dose that it answers.",
            autocompletion=complete_task,
            rich_help_panel=WHAT,
        ),
    ] = "strokerehab_primitives_3",
    log_path: LogPath = None,
    runs: Annotated[
        list[str],
        typer.Option(
            "--run",
            metavar="PATH",
            help="A run folder, a published log, or a folder or pattern of them; may be repeated. Fugl-Meyer runs"
            " among them add that total.",
            rich_help_panel=READING,
        ),
    ] = [],  # noqa: B006
    decoder: Annotated[
        str,
        typer.Option(
            "--decoder",
            metavar="WHOSE",
            help="Whose labels teach: lopo (the run's other patients), or a file that --save wrote.",
            rich_help_panel=READING,
        ),
    ] = "lopo",
    together: Together = False,
    by: Annotated[
        str,
        typer.Option(
            "--by",
            metavar="patient[,date]",
            help="Sum the videos of each patient, or of each patient and day.",
            rich_help_panel=OUTPUT,
        ),
    ] = "",
    level: Annotated[
        Literal["50", "80", "90"],
        typer.Option(
            "--level", metavar="50|80|90", help="Level of the intervals shown, in per cent.", rich_help_panel=OUTPUT
        ),
    ] = "80",
    activities: Activities = [],  # noqa: B006
    within_activity: Annotated[
        bool,
        typer.Option(
            "--within-activity", help="Intervals as wide as errors in the activity are.", rich_help_panel=READING
        ),
    ] = False,
    patients: ShownPatients = [],  # noqa: B006
    shown_activities: ShownActivities = [],  # noqa: B006
    views: ShownViews = [],  # noqa: B006
    seed: Seed = 0,
    split_runs: SplitRuns = False,
    reading: Reading = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON and nothing else.", rich_help_panel=OUTPUT)
    ] = False,
    form: TableFormat = None,
    out: TableFile = None,
    wide: Wide = False,
    save: Annotated[
        Path | None,
        typer.Option(
            "--save",
            metavar="FILE",
            help="Also write what measures, fitted on all labelled patients, for others without labels.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
) -> None:
    """Measure how often each primitive occurs, with intervals.

    And for how long. The numbers are estimates by other patients' labels; the intervals say how far off such
    estimates were.
    """
    from lmms_eval_plugins.core.errors import UserError
    from lmms_eval_plugins.reports.measured.as_json import measured_json
    from lmms_eval_plugins.reports.measured.report import LOPO, MeasureRequest, measured_report, sums_by
    from lmms_eval_plugins.reports.measured.tables import measured_tables
    from lmms_eval_plugins.reports.measured.tidy import tidy_tables
    from lmms_eval_plugins.reports.tables.write import show_tables, table_format
    from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
    from lmms_eval_plugins.runs.measuring.saved import save_fitted

    shown_as, summed = table_format(form, out), sums_by(by)
    if as_json and (form or out):
        raise UserError("--json: prints JSON; leave --format and --out away")
    if together and decoder != LOPO:
        raise UserError("--together: goes with --decoder lopo; a file measures the answers of one model")
    if save and (together or decoder != LOPO):
        raise UserError("--save: writes what one run's labels teach; leave --together and --decoder away")
    if bool(what) != bool(model):
        raise UserError(
            f"{what}: name a model to look at it (--model NAME)"
            if what
            else f"--model {model}: name the video or the dataset's folder that it is to look at"
        )
    if not (model or runs):
        raise UserError("nothing to measure: give a run or a log (--run PATH), or a video and --model NAME")
    problems = False
    paths = list(runs)
    if what and model:
        answered = _answered(what, model, task, log_path or RUNS)
        paths, problems = [*answered[0], *paths], answered[1]
    report = measured_report(
        MeasureRequest(
            paths=tuple(paths),
            decoder=decoder,
            by=summed,
            together=together,
            activities=tuple(activities),
            only=VideoFilter.of_words(patients, shown_activities, views),
            within_activity=within_activity,
            seed=seed,
            split_runs=split_runs,
            reading=reading,
        )
    )
    if as_json:
        put_json(json.dumps(measured_json(report), indent=1, ensure_ascii=False))
        say_all("note", report.notes)
    else:
        tables = tidy_tables(report) if shown_as == "csv" else measured_tables(report, int(level))
        show_tables(tables, shown_as, out, wide=wide)
    if save:
        line = save_fitted(paths, save, seed=seed, split_runs=split_runs, reading=reading, activities=activities)
        say_all("note", [line])
    if say_all("problem", report.problems) or problems:
        raise typer.Exit(WITH_PROBLEMS)


def _answered(what: Path, model: str, task: str, log_path: Path) -> tuple[tuple[str, ...], bool]:
    """Return the run folders of a model's answers, and whether there were problems."""
    check_extra("models")
    with large_imports():
        from lmms_eval_plugins.execution.measuring import answer_to_measure

    answered = answer_to_measure(what, model, task, log_path, stderr())
    if not answered.runs:
        raise typer.Exit(BAD_INPUT)
    return answered.runs, answered.with_problems
