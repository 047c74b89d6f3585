"""Rendered tables to where they are wanted; of CSV, titles and notes go elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lmms_eval_plugins.core.console import say, stderr
from lmms_eval_plugins.reports.tables.render import rendered, show, titles_and_notes
from lmms_eval_plugins.reports.tables.table import Table


def show_tables(tables: Sequence[Table], form: str, path: Path | None) -> None:
    """Print tables in one of `FORMATS`, or write them to a file, making its folder.

    CSV is for programs, which take titles and notes for rows: printed, these go to stderr; in files, into
    ``NAME.notes.txt`` beside ``NAME.csv``, and every further table into a file ``NAME.TABLE.csv`` of its own.

    Raises:
        UserError: there is no such format, or a file cannot be written.
    """
    if form != "csv" or path is None:
        show(rendered(tables, form), path)
        for line in titles_and_notes(tables).splitlines() if form == "csv" else ():
            say(stderr(), line)
        return
    for number, table in enumerate(tables):
        show(rendered([table], form), path.with_name(f"{path.stem}.{table.name}{path.suffix}") if number else path)
    show(titles_and_notes(tables), path.with_name(f"{path.stem}.notes.txt"))
