"""The cells of a table as a reader sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lmms_eval_plugins.assessments.cells import NOTHING
from lmms_eval_plugins.core.numbers import decimals
from lmms_eval_plugins.reports.tables.table import Cell, Column, Mark, Table, Value, marks

Style = Callable[[str, Mark | None], str]
"""A cell as shown, and its mark → the cell in a format."""


def cell_text(cell: Cell, column: Column) -> str:
    """Return a cell as a reader sees it: ``46.69 ± 1.62 [43.50, 49.80]``, ``-`` where there is nothing."""
    if cell is None:
        return NOTHING
    if not isinstance(cell, Value):
        return str(cell)
    if column.least is not None and cell.value < column.least:
        return f"<{column.least:g}"
    text = decimals(cell.value, column.digits)
    if cell.sem is not None:
        text += f" ± {decimals(cell.sem, column.digits)}"
    if cell.low is not None and cell.high is not None:
        text += f" [{decimals(cell.low, column.digits)}, {decimals(cell.high, column.digits)}]"
    return text


def cell_texts(table: Table, style: Style) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield each section's title and cells."""
    for section in table.sections:
        marked = marks(section, table.columns)
        yield (
            section.title,
            [
                [
                    style(cell_text(cell, column), marked.get((number, place)))
                    for place, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True))
                ]
                for number, row in enumerate(section.rows)
            ],
        )
