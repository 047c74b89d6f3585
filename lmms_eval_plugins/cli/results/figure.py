"""``strokerehab figure``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import (
    OUTPUT,
    SHOWN,
    DecoderName,
    LogsOrRuns,
    Seed,
    ShownActivities,
    ShownPatients,
    ShownViews,
    SplitRuns,
    complete_figures,
    out_option,
)
from lmms_eval_plugins.core.console import put, say_all
from lmms_eval_plugins.core.places import RUNS


def figure(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A figure's name, or all; an unknown name lists them.", autocompletion=complete_figures
        ),
    ],
    paths: LogsOrRuns = None,
    named: Annotated[
        list[str],
        typer.Option(
            "--run",
            metavar="PART",
            help="Show the runs with this in their name; may be repeated.",
            rich_help_panel=SHOWN,
        ),
    ] = [],  # noqa: B006
    videos: Annotated[
        list[str],
        typer.Option(
            "--video", metavar="NAME", help="Show this video in timelines; may be repeated.", rich_help_panel=SHOWN
        ),
    ] = [],  # noqa: B006
    patients: ShownPatients = [],  # noqa: B006
    activities: ShownActivities = [],  # noqa: B006
    views: ShownViews = [],  # noqa: B006
    split_runs: SplitRuns = False,
    decoder: DecoderName = "rule",
    seed: Seed = 0,
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="FORMATS", help="pdf, png or svg, or several by commas.", rich_help_panel=OUTPUT
        ),
    ] = "pdf",
    out: Annotated[Path | None, out_option("The file, for all the folder  [default: figures/NAME.pdf]")] = None,
) -> None:
    """Draw a figure of runs and published logs."""
    from lmms_eval_plugins.reports.figures.write import write_figures
    from lmms_eval_plugins.runs.data_frames.decoders import decoding_of
    from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter

    decoding = decoding_of(decoder, seed)
    written = write_figures(
        name,
        paths or [str(RUNS)],
        out=out,
        formats=form.split(","),
        named=named,
        videos=videos,
        split_runs=split_runs,
        decoding=decoding,
        only=VideoFilter.of_words(patients, activities, views),
    )
    put(*written.files)
    say_all("note", written.remarks)
    if say_all("problem", written.problems):
        raise typer.Exit(WITH_PROBLEMS)
