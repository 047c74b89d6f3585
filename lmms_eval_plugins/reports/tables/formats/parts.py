"""A table in parts that fit a width and a height, each with the names of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from rich.cells import cell_len

from lmms_eval_plugins.core.column_blocks import column_blocks
from lmms_eval_plugins.reports.tables.table import Table


@dataclass(frozen=True, slots=True)
class TableParts:
    """Which columns stand together.

    Attributes:
        names: the widths of the first columns, which name the rows and stand in every part; longer names are folded.
        columns: the places of all columns of each part.
    """

    names: tuple[int, ...]
    columns: tuple[tuple[int, ...], ...]


def table_parts(table: Table, rows: Sequence[Sequence[str]], room: int | None) -> TableParts:
    """Divide a table's columns into parts that fit.

    The first columns of words name the rows.

    Args:
        table: the table.
        rows: its cells as they are shown.
        room: the characters that a line may have; None for as many as are needed.
    """
    n = max(1, sum(1 for _ in takewhile(lambda place: _is_of_words(table, place), range(len(table.columns)))))
    n = min(n, max(1, len(table.columns) - 1))
    widths = [
        max(cell_len(text) for text in (column.heading, *(row[place] for row in rows)))
        for place, column in enumerate(table.columns)
    ]
    fit = column_blocks(widths[:n], widths[n:], room)
    return TableParts(fit.names, tuple((*range(n), *(n + place for place in block)) for block in fit.blocks))


def _is_of_words(table: Table, place: int) -> bool:
    return all(isinstance(row.cells[place], str) for section in table.sections for row in section.rows)


def lines_of_name(name: str, width: int) -> list[str]:
    """Return a name in lines that fit: broken behind words, then slashes, at last anywhere; later ones are indented.

    >>> lines_of_name("reference (windows of 0.533 s)", 22)
    ['reference (windows of', '  0.533 s)']
    """
    lines = [""]
    for piece in _pieces(name, max(4, width - len(_INDENT))):
        if lines[-1].strip() and cell_len((lines[-1] + piece).rstrip()) > width:
            lines[-1] = lines[-1].rstrip()
            lines.append(_INDENT)
        lines[-1] += piece
    return [*lines[:-1], lines[-1].rstrip()]


_INDENT = "  "


def _pieces(name: str, most: int) -> Iterator[str]:
    """Yield what a name may be broken into: words with the blanks behind them, parts of longer paths."""
    start = 0
    for place, sign in enumerate(name):
        if sign in " /" or cell_len(name[start : place + 1]) >= most:
            yield name[start : place + 1]
            start = place + 1
    yield name[start:]
