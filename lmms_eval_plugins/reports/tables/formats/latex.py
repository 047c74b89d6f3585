"""A table as LaTeX: as many floats as it takes to fit a page, each as wide as the text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lmms_eval_plugins.reports.tables.escapes import tex_text
from lmms_eval_plugins.reports.tables.formats.cells import cell_texts
from lmms_eval_plugins.reports.tables.formats.parts import TableParts, lines_of_name, table_parts
from lmms_eval_plugins.reports.tables.table import Mark, Table, marks

_WIDE = 86
"""Characters of a line at \\footnotesize in the text of a page of LaTeX's article, blanks between columns included."""

_TALL = 44
"""Lines of rows that fit a page, beside a caption and notes."""

Section = tuple[str, list[list[str]]]
"""A section's title, and the cells of its rows."""


def latex_of(table: Table) -> str:
    """Return a table as LaTeX (booktabs, tabularx): its title is the caption, its notes stand below.

    Remarks are for whoever makes the table, and not in it. What does not fit the page's width or height goes on in
    further tables, which have the names of the rows again.
    """
    wraps: Mapping[Mark | None, str] = {"best": r"\textbf{%s}", "second": r"\underline{%s}", None: "%s"}
    plain = [row for _, rows in cell_texts(table, lambda text, mark: text) for row in rows]
    parts = table_parts(table, plain, _WIDE)
    sections = list(cell_texts(table, lambda text, mark: wraps[mark] % tex_text(text)))
    heights = [_lines_of(row, parts) for row in plain]
    pages = list(_pages(sections, heights))
    floats = [(columns, page) for page in pages for columns in parts.columns]
    columns_of_names = "".join(_kind(place, width, plain) for place, width in enumerate(parts.names))
    out = ["% needs \\usepackage{booktabs,tabularx}"]
    for number, (columns, page) in enumerate(floats, start=1):
        kinds = columns_of_names + "r" * (len(columns) - len(parts.names))
        out += _float(table, kinds, columns, page, number, len(floats))
    return "\n".join(out) + "\n"


def _kind(place: int, width: int, rows: Sequence[Sequence[str]]) -> str:
    """Return how LaTeX sets a column of names: in the room that is left where it is the first or is folded."""
    is_folded = any(len(row[place]) > width for row in rows)
    return r">{\raggedright\arraybackslash}X" if place == 0 or is_folded else "l"


def _float(
    table: Table, kinds: str, columns: Sequence[int], page: Sequence[Section], number: int, of: int
) -> list[str]:
    label = f"tab:{table.name.replace('_', '-')}" + f"-{number}" * (number > 1)
    part = f" (part {number} of {of})" * (of > 1)
    out = [
        r"\begin{table}[htbp]",
        r"\centering\footnotesize\setlength{\tabcolsep}{3pt}",
        rf"\caption{{{tex_text(table.title + part)}.}}",
        rf"\label{{{label}}}",
        rf"\begin{{tabularx}}{{\linewidth}}{{@{{}}{kinds}@{{}}}}",
        r"\toprule",
        " & ".join(tex_text(table.columns[place].heading) for place in columns) + r" \\",
    ]
    for title, rows in page:
        out.append(r"\midrule")
        out += [rf"\multicolumn{{{len(columns)}}}{{@{{}}l}}{{\emph{{{tex_text(title)}}}}} \\"] * bool(title)
        out += [" & ".join(row[place] for place in columns) + r" \\" for row in rows]
    out += [r"\bottomrule", r"\end{tabularx}"]
    marked = any(marks(section, table.columns) for section in table.sections)
    told = (*("Bold: best; underlined: second best.",) * marked, *table.notes)
    if number == of and told:
        notes = " ".join(map(tex_text, told))
        out.append(rf"\par\smallskip\parbox{{\linewidth}}{{\raggedright\scriptsize {notes}}}")
    return [*out, r"\end{table}"]


def _lines_of(row: Sequence[str], parts: TableParts) -> int:
    return max(len(lines_of_name(row[place], width)) for place, width in enumerate(parts.names))


def _pages(sections: Sequence[Section], heights: Sequence[int]) -> Iterator[list[Section]]:
    """Yield the rows of each page, under the titles of their sections."""
    page: list[Section] = []
    filled = 0
    of_rows = iter(heights)
    for title, rows in sections:
        page.append((title, []))
        filled += 1
        for row in rows:
            high = next(of_rows)
            if filled + high > _TALL:
                yield [section for section in page if section[1]]
                page, filled = [(title, [])], 1
            page[-1][1].append(row)
            filled += high
    yield page
