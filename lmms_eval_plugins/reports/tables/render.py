"""A table as text, Markdown, CSV, LaTeX (booktabs) or HTML; names in it show as they are, whatever signs they have."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

from lmms_eval_plugins.assessments.cells import NOTHING
from lmms_eval_plugins.core.console import one_line, plain_table, put, table_lines
from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.core.redaction import redacted
from lmms_eval_plugins.reports.tables.escapes import csv_text, markdown_paragraph, markdown_text, tex_text
from lmms_eval_plugins.reports.tables.table import Cell, Column, Mark, Table, TableRow, TableSection, Value, marks

Style = Callable[[str, Mark | None], str]
"""A cell as shown, and its mark → the cell in a format."""


def rendered(tables: Sequence[Table], form: str) -> str:
    """Render tables under each other in one of `FORMATS`.

    Raises:
        UserError: there is no such format.
    """
    if form not in FORMATS:
        raise UserError(f"no format is named {form!r}{nearest(form, FORMATS)}")
    return "\n".join(FORMATS[form](_clean(table)) for table in tables)


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
    )


def show(text: str, path: Path | None) -> None:
    """Print rendered tables, or write them to a file, making its folder.

    Raises:
        UserError: it cannot be written.
    """
    if path is None:
        put(text.removesuffix("\n"))
        return
    with writing(path, "choose another place with -o"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def cell_text(cell: Cell, column: Column) -> str:
    """Return a cell as a reader sees it: ``46.69 ± 1.62 [43.50, 49.80]``, ``-`` where there is nothing."""
    if cell is None:
        return NOTHING
    if not isinstance(cell, Value):
        return str(cell)
    if column.least is not None and cell.value < column.least:
        return f"<{column.least:g}"
    text = f"{cell.value:.{column.digits}f}"
    if cell.sem is not None:
        text += f" ± {cell.sem:.{column.digits}f}"
    if cell.low is not None and cell.high is not None:
        text += f" [{cell.low:.{column.digits}f}, {cell.high:.{column.digits}f}]"
    return text


def _texts(table: Table, style: Style) -> Iterator[tuple[str, list[list[str]]]]:
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


def _text(table: Table) -> str:
    signs: Mapping[Mark | None, str] = {"best": "*", "second": "+", None: ""}
    sections = list(_texts(table, lambda text, mark: text + signs[mark]))
    plain = plain_table(*(column.heading for column in table.columns))
    for _, rows in sections:
        for row in rows:
            plain.add_row(*row)
    headings, *lines = table_lines(plain)
    out = [table.title, "", headings, "-" * len(headings)]
    for title, rows in sections:
        out += [f"[{title}]"] * bool(title) + lines[: len(rows)]
        del lines[: len(rows)]
    if any(marks(section, table.columns) for section in table.sections):
        out += ["", "* best, + second best"]
    out += ["", *table.notes] if table.notes else []
    return "\n".join(out) + "\n"


def _markdown(table: Table) -> str:
    wraps: Mapping[Mark | None, tuple[str, str]] = {"best": ("**", "**"), "second": ("<u>", "</u>"), None: ("", "")}

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |"

    def style(text: str, mark: Mark | None) -> str:
        return wraps[mark][0] + markdown_text(text) + wraps[mark][1]

    out = [f"**{markdown_text(table.title)}**", "", line([markdown_text(column.heading) for column in table.columns])]
    out.append(line(["---", *["---:"] * (len(table.columns) - 1)]))
    for title, rows in _texts(table, style):
        heading = line([f"_{markdown_text(title)}_", *[""] * (len(table.columns) - 1)])
        out += [heading] * bool(title) + [line(row) for row in rows]
    out += ["", *(f"{markdown_paragraph(note)}  " for note in table.notes)] if table.notes else []
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
    blocks = ("\n".join((clean.title, *clean.notes)) for clean in map(_clean, tables))
    return "\n\n".join(blocks) + "\n"


def _part(cell: Cell, part: int) -> str:
    if isinstance(cell, Value):
        number = cell[part]
        return "" if number is None else f"{number:.10g}"
    return "" if cell is None or part else csv_text(str(cell))


def _latex(table: Table) -> str:
    wraps: Mapping[Mark | None, str] = {"best": r"\textbf{%s}", "second": r"\underline{%s}", None: "%s"}
    n = len(table.columns)
    out = [
        "% needs \\usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{tex_text(table.title)}.{''.join(f' {tex_text(note)}' for note in table.notes)}}}",
        rf"\label{{tab:{table.name.replace('_', '-')}}}",
        rf"\begin{{tabular}}{{l{'r' * (n - 1)}}}",
        r"\toprule",
        " & ".join(tex_text(column.heading) for column in table.columns) + r" \\",
    ]
    for title, rows in _texts(table, lambda text, mark: wraps[mark] % tex_text(text)):
        out.append(r"\midrule")
        out += [rf"\multicolumn{{{n}}}{{l}}{{\emph{{{tex_text(title)}}}}} \\"] * bool(title)
        out += [" & ".join(row) + r" \\" for row in rows]
    return "\n".join([*out, r"\bottomrule", r"\end{tabular}", r"\end{table}"]) + "\n"


def _html(table: Table) -> str:
    wraps: Mapping[Mark | None, str] = {"best": "<b>%s</b>", "second": "<u>%s</u>", None: "%s"}
    heads = "".join(f"<th>{escape(column.heading)}</th>" for column in table.columns)
    out = [f'<table class="{escape(table.name)}">', f"<caption>{escape(table.title)}</caption>"]
    out.append(f"<thead><tr>{heads}</tr></thead>")
    for title, rows in _texts(table, lambda text, mark: wraps[mark] % escape(text)):
        out.append("<tbody>")
        out += [f'<tr><th colspan="{len(table.columns)}">{escape(title)}</th></tr>'] * bool(title)
        out += [f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows]
        out.append("</tbody>")
    out.append("</table>")
    out += [f"<p>{escape(note)}</p>" for note in table.notes]
    return "\n".join(out) + "\n"


FORMATS: Mapping[str, Callable[[Table], str]] = {
    "text": _text,
    "md": _markdown,
    "csv": _csv,
    "latex": _latex,
    "html": _html,
}
"""Format → how a table is written in it."""
