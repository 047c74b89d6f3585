"""``strokerehab compare``."""

from __future__ import annotations

from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import Reading, SplitRuns, TableFile, TableFormat, Wide
from lmms_eval_plugins.core.console import say_all


def compare_(
    first: Annotated[str, typer.Argument(metavar="A", help="A run folder or published log, or a folder with one.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another one; differences are B − A.")],
    split_runs: SplitRuns = False,
    reading: Reading = None,
    form: TableFormat = None,
    out: TableFile = None,
    wide: Wide = False,
) -> None:
    """Compare two runs on what both have.

    That is their settings, scores, answers and log-probabilities; what only one has is counted.
    """
    from lmms_eval_plugins.reports.compare.make import compare_runs
    from lmms_eval_plugins.reports.tables.write import show_tables, table_format

    shown_as = table_format(form, out)
    made = compare_runs(first, second, split_runs=split_runs, reading=reading)
    show_tables(made.tables, shown_as, out, wide=wide)
    if say_all("error", made.errors):
        raise typer.Exit(WITH_PROBLEMS)
