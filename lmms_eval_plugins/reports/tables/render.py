"""A table as text, Markdown, CSV, LaTeX (booktabs) or HTML."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path

from rich.text import Text

from lmms_eval_plugins.assessments.cells import NOTHING
from lmms_eval_plugins.core.console import plain_table, table_lines
from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.reports.tables.table import Cell, Column, Mark, Table, Value, marks

Style = Callable[[str, Mark | None], str]
_LATEX = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "|": r"\textbar{}",
    "±": r"$\pm$",
    "≤": r"$\leq$",
    "→": r"$\rightarrow$",
    "−": "$-$",
    "Σ": r"$\Sigma$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}
_LATEX_KNOWS = frozenset(map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x100)))) - {*"«»ÐÞðþ"} | {*"–—‘’“”…•"}
"""The characters that pdflatex prints without further packages, beside those of `_LATEX`."""


def rendered(tables: Sequence[Table], form: str) -> str:
    """Render tables under each other in one of `FORMATS`.

    Raises:
        UserError: there is no such format.
    """
    if form not in FORMATS:
        raise UserError(f"no format is named {form!r}{nearest(form, FORMATS)}")
    return "\n".join(FORMATS[form](table) for table in tables)


def show(text: str, path: Path | None) -> None:
    """Print rendered tables, or write them to a file, making its folder.

    Raises:
        UserError: it cannot be written.
    """
    if path is None:
        print(text, end="")
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from error


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
            plain.add_row(*map(Text, row))
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
        return wraps[mark][0] + text.replace("|", r"\|") + wraps[mark][1]

    out = [f"**{table.title}**", "", line([column.heading for column in table.columns])]
    out.append(line(["---", *["---:"] * (len(table.columns) - 1)]))
    for title, rows in _texts(table, style):
        out += [line([f"_{title}_", *[""] * (len(table.columns) - 1)])] * bool(title) + [line(row) for row in rows]
    out += ["", *(f"{note}  " for note in table.notes)] if table.notes else []
    return "\n".join(out) + "\n"


def _csv(table: Table) -> str:
    """Render a table as CSV: unrounded, SEM and interval ends in columns of their own, notes as lines with ``#``."""
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
    out.write("".join(f"# {line}\n" for line in (table.title, *table.notes)))
    writer.writerow(["section", *(table.columns[place].heading + parts[part] for place, part in shown)])
    for section in table.sections:
        for row in section.rows:
            writer.writerow([section.title, *(_part(row.cells[place], part) for place, part in shown)])
    return out.getvalue()


def _part(cell: Cell, part: int) -> str:
    if isinstance(cell, Value):
        number = cell[part]
        return "" if number is None else f"{number:.10g}"
    return "" if cell is None or part else str(cell)


def _latex(table: Table) -> str:
    wraps: Mapping[Mark | None, str] = {"best": r"\textbf{%s}", "second": r"\underline{%s}", None: "%s"}
    n = len(table.columns)
    out = [
        "% needs \\usepackage{booktabs}",
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{_tex(table.title)}.{''.join(f' {_tex(note)}' for note in table.notes)}}}",
        rf"\label{{tab:{table.name.replace('_', '-')}}}",
        rf"\begin{{tabular}}{{l{'r' * (n - 1)}}}",
        r"\toprule",
        " & ".join(_tex(column.heading) for column in table.columns) + r" \\",
    ]
    for title, rows in _texts(table, lambda text, mark: wraps[mark] % _tex(text)):
        out.append(r"\midrule")
        out += [rf"\multicolumn{{{n}}}{{l}}{{\emph{{{_tex(title)}}}}} \\"] * bool(title)
        out += [" & ".join(row) + r" \\" for row in rows]
    return "\n".join([*out, r"\bottomrule", r"\end{tabular}", r"\end{table}"]) + "\n"


def _tex(text: str) -> str:
    """Escape text for pdflatex; a character that it does not know is named, as U+4E2D, where it would stop at it."""
    return "".join(_LATEX.get(sign, sign if sign in _LATEX_KNOWS else f"U+{ord(sign):04X}") for sign in text)


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
