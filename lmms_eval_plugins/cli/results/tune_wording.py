"""``strokerehab tune-wording``."""

from __future__ import annotations

from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import READING, LogsOrRuns, Reading, TableFile, TableFormat, Wide
from lmms_eval_plugins.core.console import say_all
from lmms_eval_plugins.core.places import RUNS


def tune_wording(
    paths: LogsOrRuns = None,
    metric: Annotated[
        str,
        typer.Option(
            "--metric",
            metavar="NAME",
            help="What a wording is chosen by: auc, accuracy or edit_score.",
            rich_help_panel=READING,
        ),
    ] = "auc",
    reading: Reading = None,
    form: TableFormat = None,
    out: TableFile = None,
    wide: Wide = False,
) -> None:
    """Choose a wording on some patients, and report it on others.

    Of runs with --model_args variants=true, which ask every question in several wordings.
    """
    from lmms_eval_plugins.reports.tables.write import show_tables, table_format
    from lmms_eval_plugins.reports.tuning.make import tuned_wordings

    shown_as = table_format(form, out)
    made = tuned_wordings(paths or [str(RUNS)], metric, reading)
    show_tables(made.tables, shown_as, out, wide=wide)
    if say_all("error", made.errors):
        raise typer.Exit(WITH_PROBLEMS)
