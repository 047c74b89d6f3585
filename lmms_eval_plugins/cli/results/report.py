"""``strokerehab report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import OUTPUT, SHOWN, LogsOrRuns
from lmms_eval_plugins.core.console import progress_bar, put, say_all, stderr
from lmms_eval_plugins.core.places import RUNS


def report(
    runs: LogsOrRuns = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            "-o",
            metavar="FOLDER",
            help="A folder, or FILE.html for one file that has all of it inside.",
            rich_help_panel=OUTPUT,
        ),
    ] = Path("report"),
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="Title of the page.", rich_help_panel=OUTPUT)
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="FOLDER",
            help="The dataset, where it is not where the runs found it.",
            rich_help_panel=SHOWN,
        ),
    ] = None,
    with_video: Annotated[
        Literal["links", "proxies"] | None,
        typer.Option(
            "--with-video",
            metavar="links|proxies",
            help="Play the videos: from where they lie, or as small copies in the folder  [default: painted ones only]",
            rich_help_panel=SHOWN,
        ),
    ] = None,
    with_frames: Annotated[
        bool,
        typer.Option(
            "--with-frames", help="Show the frames of each window as the model got them.", rich_help_panel=SHOWN
        ),
    ] = False,
    measure: Annotated[
        bool,
        typer.Option(
            "--measure",
            help="Show doses with intervals, measured by what other patients' labels teach.",
            rich_help_panel=SHOWN,
        ),
    ] = False,
    blur_faces: Annotated[
        bool,
        typer.Option("--blur-faces", help="Blur heads in frames and copies of videos.", rich_help_panel=SHOWN),
    ] = False,
    deidentify: Annotated[
        Path | None,
        typer.Option(
            "--deidentify",
            metavar="FILE",
            help="Replace patients' codes everywhere by ones made with a secret key.",
            rich_help_panel=SHOWN,
        ),
    ] = None,
) -> None:
    """Write a page for a browser that shows runs window by window.

    It needs no server and no network.
    """
    from lmms_eval_plugins.reports.page.make import ReportOptions, make_report

    options = ReportOptions(title, data, with_video, with_frames, blur_faces, deidentify, measure)
    with progress_bar(stderr()) as bar:
        job = bar.add_task("reading runs")

        def show(what: str, done: int, total: int) -> None:
            bar.update(job, description=what, completed=done, total=total)

        written = make_report(runs or [RUNS], out, options, show)
    put(str(written))
    if say_all("problem", written.problems):
        raise typer.Exit(WITH_PROBLEMS)
