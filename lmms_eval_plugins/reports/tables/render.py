"""Tables as text, Markdown, CSV, LaTeX or HTML; names in them show as they are, whatever signs they have."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

from lmms_eval_plugins.core.console import one_line, put
from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.core.redaction import redacted
from lmms_eval_plugins.reports.tables.escapes import csv_text, markdown_paragraph, markdown_text
from lmms_eval_plugins.reports.tables.formats.cells import cell_texts
from lmms_eval_plugins.reports.tables.formats.latex import latex_of
from lmms_eval_plugins.reports.tables.formats.shown import without_empty
from lmms_eval_plugins.reports.tables.formats.text import HOW_TO_SEE_WHOLE, is_divided, text_of
from lmms_eval_plugins.reports.tables.table import Cell, Mark, Table, TableRow, TableSection, Value


def rendered(tables: Sequence[Table], form: str, width: int | None = None) -> str:
    """Render tables under each other in one of `FORMATS`.

    CSV, for programs, has every column; the other formats leave out those in which there is nothing.

    Args:
        tables: the tables.
        form: the format.
        width: the characters that a line of text may have, see `text_of`; None leaves tables whole.

    Raises:
        UserError: there is no such format.
    """
    if form not in FORMATS:
        raise UserError(f"no format is named {form!r}{nearest(form, FORMATS)}")
    clean = list(map(_clean, tables))
    shown = clean if form == "csv" else without_empty(clean)
    texts = [text_of(table, width) if form == "text" else FORMATS[form](table) for table in shown]
    if form == "text" and width is not None and any(is_divided(table, width) for table in shown):
        texts.append(HOW_TO_SEE_WHOLE + "\n")
    return "\n".join(texts)


def _clean(table: Table) -> Table:
    """Return a table in whose texts no character steers a terminal or ends a line, and no secret stands."""

    def clean(text: str) -> str:
        return one_line(redacted(text))

    def cleaned(section: TableSection) -> TableSection:
        rows = (
            TableRow(tuple(clean(cell) if isinstance(cell, str) else cell for cell in row.cells), row.reference)
            for row in section.rows
        )
        return TableSection(clean(section.title), tuple(rows))

    return replace(
        table,
        title=clean(table.title),
        columns=tuple(column._replace(heading=clean(column.heading)) for column in table.columns),
        sections=tuple(map(cleaned, table.sections)),
        notes=tuple(map(clean, table.notes)),
        remarks=tuple(map(clean, table.remarks)),
    )


def show(text: str, path: Path | None) -> None:
    """Print rendered tables, or write them to a file, making its folder.

    Raises:
        UserError: it cannot be written.
    """
    if path is None:
        put(text.removesuffix("\n"))
        return
    with writing(path, "choose another place with --out"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _markdown(table: Table) -> str:
    wraps: Mapping[Mark | None, tuple[str, str]] = {"best": ("**", "**"), "second": ("<u>", "</u>"), None: ("", "")}

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |"

    def style(text: str, mark: Mark | None) -> str:
        return wraps[mark][0] + markdown_text(text) + wraps[mark][1]

    out = [f"**{markdown_text(table.title)}**", "", line([markdown_text(column.heading) for column in table.columns])]
    out.append(line(["---", *["---:"] * (len(table.columns) - 1)]))
    for title, rows in cell_texts(table, style):
        heading = line([f"_{markdown_text(title)}_", *[""] * (len(table.columns) - 1)])
        out += [heading] * bool(title) + [line(row) for row in rows]
    notes = (*table.notes, *table.remarks)
    out += ["", *(f"{markdown_paragraph(note)}  " for note in notes)] if notes else []
    return "\n".join(out) + "\n"


def _csv(table: Table) -> str:
    """Render a table as CSV: unrounded, SEM and interval ends in columns of their own; see `titles_and_notes`."""
    cells = [row.cells for section in table.sections for row in section.rows]
    parts = ("", " SEM", " low", " high")
    shown = [
        (place, part)
        for place in range(len(table.columns))
        for part in range(4)
        if not part or any(isinstance(row[place], Value) and row[place][part] is not None for row in cells)  # type: ignore[index]
    ]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["section", *(csv_text(table.columns[place].heading + parts[part]) for place, part in shown)])
    for section in table.sections:
        for row in section.rows:
            writer.writerow([csv_text(section.title), *(_part(row.cells[place], part) for place, part in shown)])
    return out.getvalue()


def titles_and_notes(tables: Sequence[Table]) -> str:
    """Return the titles and notes of tables, for beside their CSV, which has none."""
    blocks = ("\n".join((clean.title, *clean.notes, *clean.remarks)) for clean in map(_clean, tables))
    return "\n\n".join(blocks) + "\n"


def remarks_of(tables: Sequence[Table]) -> list[str]:
    """Return the remarks of tables as they are shown, each once, for beside LaTeX, which has none."""
    shown = without_empty(list(map(_clean, tables)))
    return list(dict.fromkeys(remark for table in shown for remark in table.remarks))


def _part(cell: Cell, part: int) -> str:
    if isinstance(cell, Value):
        number = cell[part]
        return "" if number is None else f"{number:.10g}"
    return "" if cell is None or part else csv_text(str(cell))


def _html(table: Table) -> str:
    wraps: Mapping[Mark | None, str] = {"best": "<b>%s</b>", "second": "<u>%s</u>", None: "%s"}
    heads = "".join(f"<th>{escape(column.heading)}</th>" for column in table.columns)
    out = [f'<table class="{escape(table.name)}">', f"<caption>{escape(table.title)}</caption>"]
    out.append(f"<thead><tr>{heads}</tr></thead>")
    for title, rows in cell_texts(table, lambda text, mark: wraps[mark] % escape(text)):
        out.append("<tbody>")
        out += [f'<tr><th colspan="{len(table.columns)}">{escape(title)}</th></tr>'] * bool(title)
        out += [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows]
        out.append("</tbody>")
    out.append("</table>")
    out += [f"<p>{escape(note)}</p>" for note in (*table.notes, *table.remarks)]
    return "\n".join(out) + "\n"


FORMATS: Mapping[str, Callable[[Table], str]] = {
    "text": text_of,
    "md": _markdown,
    "csv": _csv,
    "latex": latex_of,
    "html": _html,
}
"""Format → how a table is written in it."""
