"""What of tables is shown to people: no column and no table in which there is nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.reports.tables.table import Table, TableRow, TableSection, Value


def without_empty(tables: Sequence[Table]) -> list[Table]:
    """Return tables without columns and further tables in which there is nothing; a remark says what was left out.

    The first table always stays; so does the first column of each, and every column of a table without rows.
    """
    kept: list[Table] = []
    for table in tables:
        slim = _without_empty_columns(table)
        if kept and slim is not table and not _has_values(slim):
            kept[-1] = _with_remark(kept[-1], f"Left out, since there is nothing to show in it: {table.title}.")
        else:
            kept.append(slim)
    return kept


def _without_empty_columns(table: Table) -> Table:
    rows = [row for section in table.sections for row in section.rows]
    empty = [place for place in range(1, len(table.columns)) if rows and all(row.cells[place] is None for row in rows)]
    if not empty:
        return table
    kept = [place for place in range(len(table.columns)) if place not in empty]
    sections = tuple(
        TableSection(
            section.title,
            tuple(TableRow(tuple(row.cells[place] for place in kept), row.reference) for row in section.rows),
        )
        for section in table.sections
    )
    slim = replace(table, columns=tuple(table.columns[place] for place in kept), sections=sections)
    headings = listed((table.columns[place].heading for place in empty), most=len(empty))
    return _with_remark(slim, f"Left out, since there is nothing in {_them(empty)}: {headings}.")


def _them(empty: Sequence[int]) -> str:
    return "this column" if len(empty) == 1 else "these columns"


def _has_values(table: Table) -> bool:
    return any(isinstance(cell, Value) for section in table.sections for row in section.rows for cell in row.cells)


def _with_remark(table: Table, remark: str) -> Table:
    return replace(table, remarks=(*table.remarks, remark))
