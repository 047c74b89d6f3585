"""The tables of scores that end a run."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lmms_eval_plugins.launch.say import plain_table, say
from lmms_eval_plugins.results.cells import LEGENDS, cells
from lmms_eval_plugins.results.rows import Row, with_whole_assessments


def show_scores(rows: Sequence[Row], decoded: Sequence[Row], console: Console) -> None:
    """One table for every kind of score; the two runs that share the items of an assessment make one row."""
    joined = with_whole_assessments(rows)[len(rows) :]
    parts = {path for row in joined for path in row.parts}
    for kind, legend in LEGENDS.items():
        of_kind = [row for row in (*rows, *decoded, *joined) if isinstance(row.score, kind) and row.path not in parts]
        if of_kind:
            console.print(_table(of_kind))
            say(console, legend)
            console.print()


def _table(rows: Sequence[Row]) -> Table:
    """Task by task, the models under its name."""
    table = plain_table()
    headings = list(cells(rows[0].score))
    table.add_column("mean ± SEM", overflow="fold")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for task, of_task in groupby(sorted(rows, key=lambda row: row.task), key=lambda row: row.task):
        table.add_row(Text(task, "bold"), *[""] * len(headings))
        for row in of_task:
            table.add_row(Text(f"  {row.model}"), *cells(row.score).values())
    return table
