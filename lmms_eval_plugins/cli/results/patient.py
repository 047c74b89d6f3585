"""``strokerehab patient``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import OUTPUT, out_option
from lmms_eval_plugins.core.console import say_all
from lmms_eval_plugins.core.places import RUNS


def patient(
    given: Annotated[
        list[str],
        typer.Argument(
            metavar="[RUN]... PATIENT",
            help="Run folders, published logs, or folders of them  [default: runs]; behind them the patient's name.",
        ),
    ],
    form: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="text, html or latex  [default: by the file's suffix, else text]",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    out: Annotated[Path | None, out_option("A file to write: .txt, .html or .tex  [default: print]")] = None,
) -> None:
    """Show on one page what runs say of one patient."""
    from lmms_eval_plugins.reports.patient.frames import read_patient_frames
    from lmms_eval_plugins.reports.patient.render import rendered_page
    from lmms_eval_plugins.reports.patient.report import patient_report
    from lmms_eval_plugins.reports.tables.render import show
    from lmms_eval_plugins.reports.tables.write import table_format

    shown_as = table_format(form, out)
    *paths, name = given
    frames = read_patient_frames(paths or [str(RUNS)])
    show(rendered_page(patient_report(frames, name), shown_as), out)
    if say_all("error", frames.errors):
        raise typer.Exit(WITH_PROBLEMS)
