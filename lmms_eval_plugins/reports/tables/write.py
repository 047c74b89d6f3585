"""Rendered tables to where they are wanted: which format that is; of CSV and LaTeX, remarks go elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lmms_eval_plugins.core.console import FILE_WIDTH, say, stderr, stdout
from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.reports.tables.render import FORMATS, remarks_of, rendered, show, titles_and_notes
from lmms_eval_plugins.reports.tables.table import Table

SUFFIXES: Mapping[str, str] = {
    ".txt": "text",
    ".md": "md",
    ".csv": "csv",
    ".tex": "latex",
    ".html": "html",
}
"""A file's suffix → the format that it stands for."""

_ALSO_CALLED = {"tex": "latex", "txt": "text"}


def table_format(form: str | None, path: Path | None) -> str:
    """Return the format that is asked for by its name, by a file's suffix, or by both; without either, text.

    >>> table_format("tex", None), table_format(None, Path("dose.html")), table_format(None, None)
    ('latex', 'html', 'text')

    Raises:
        UserError: there is no such format; the suffix stands for another one, or, where no format is named, for none.
    """
    named = None if form is None else _ALSO_CALLED.get(form, form)
    if named is not None and named not in FORMATS:
        raise UserError(f"no format is named {form!r}{nearest(named, FORMATS)}")
    if path is None:
        return named or "text"
    by_suffix = SUFFIXES.get(path.suffix.lower())
    if named is None:
        if by_suffix is None:
            raise UserError(
                f"{path}: its suffix says no format; known are: {', '.join(SUFFIXES)}; or name one with --format"
            )
        return by_suffix
    if by_suffix not in (None, named):
        raise UserError(f"{path}: is {by_suffix} by its suffix, but --format says {form}; leave one of them away")
    return named


def show_tables(tables: Sequence[Table], form: str, path: Path | None, *, wide: bool = False) -> None:
    """Print tables in one of `FORMATS`, or write them to a file, making its folder.

    Text fits the terminal, or `FILE_WIDTH`. CSV is for programs, which take titles and notes for rows: printed, these
    go to stderr; in files, into ``NAME.notes.txt`` beside ``NAME.csv``, and every further table into a file
    ``NAME.TABLE.csv`` of its own. LaTeX is for papers: what is only for whoever makes the tables goes to stderr.

    Args:
        tables: the tables.
        form: the format.
        path: the file; None prints.
        wide: leave tables of text as wide as they are.

    Raises:
        UserError: there is no such format, or a file cannot be written.
    """
    if form == "csv" and path is not None:
        for number, table in enumerate(tables):
            show(rendered([table], form), path.with_name(f"{path.stem}.{table.name}{path.suffix}") if number else path)
        show(titles_and_notes(tables), path.with_name(f"{path.stem}.notes.txt"))
        return
    width = None if wide else stdout().width if path is None else FILE_WIDTH
    show(rendered(tables, form, width), path)
    beside = {"csv": titles_and_notes(tables).splitlines(), "latex": remarks_of(tables)}
    for line in beside.get(form, ()):
        say(stderr(), line)
