"""A table as text, in blocks of columns where it is wider than there is room for."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

from lmms_eval_plugins.core.console import plain_table, styled_cell, table_lines
from lmms_eval_plugins.reports.tables.formats.cells import cell_texts
from lmms_eval_plugins.reports.tables.formats.parts import lines_of_name, table_parts
from lmms_eval_plugins.reports.tables.table import Mark, Table, marks

HOW_TO_SEE_WHOLE = "tables are in blocks to fit the width; --wide prints them whole, as does --format csv"
"""What a reader is told of tables that are divided."""


def text_of(table: Table, width: int | None = None) -> str:
    """Return a table as text: title, rows, meaning of the marks, notes.

    Args:
        table: the table.
        width: the characters that a line may have: long names are folded, and columns that find no room stand in
            further blocks, beside the names again; None leaves the table whole.
    """
    signs: Mapping[Mark | None, str] = {"best": "*", "second": "+", None: ""}
    sections = list(cell_texts(table, lambda text, mark: text + signs[mark]))
    parts = table_parts(table, [row for _, rows in sections for row in rows], width)
    out = [table.title]
    for columns in parts.columns:
        out += ["", *_block(table, sections, columns, parts.names)]
    if any(marks(section, table.columns) for section in table.sections):
        out += ["", "* best, + second best"]
    told = [line for note in (*table.notes, *table.remarks) for line in _wrapped(note, width)]
    return "\n".join([*out, *([""] if told else []), *told]) + "\n"


def is_divided(table: Table, width: int) -> bool:
    """Return whether `text_of` divides a table into blocks."""
    rows = [row for _, rows in cell_texts(table, lambda text, mark: text + " " * bool(mark)) for row in rows]
    return len(table_parts(table, rows, width).columns) > 1


def _block(
    table: Table, sections: Sequence[tuple[str, list[list[str]]]], columns: Sequence[int], names: Sequence[int]
) -> list[str]:
    plain = plain_table(*(table.columns[place].heading for place in columns))
    heights: list[list[int]] = []
    for _, rows in sections:
        heights.append([])
        for row in rows:
            folded = [lines_of_name(row[place], width) for place, width in enumerate(names)]
            cells = ["\n".join(lines) for lines in folded] + [row[place] for place in columns[len(names) :]]
            plain.add_row(*map(styled_cell, cells))
            heights[-1].append(max(map(len, folded)))
    headings, *lines = table_lines(plain)
    out = [headings, "-" * len(headings)]
    for (title, _), high in zip(sections, heights, strict=True):
        out += [f"[{title}]"] * bool(title) + lines[: sum(high)]
        del lines[: sum(high)]
    return out


def _wrapped(note: str, width: int | None) -> list[str]:
    if width is None:
        return [note]
    return textwrap.wrap(note, max(width, 20), subsequent_indent="  ", break_on_hyphens=False) or [""]
