"""CSV tables as people and spreadsheets write them: other separators, decimal commas, encodings and headers."""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.dataset.text_encoding import TextError, decode_text

_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_END = "\x1ethe end of the table\x1e"
"""A line after the last one, which an unclosed quote swallows."""
_NUL = "\ue000"
"""What stands for NUL while the csv module reads, which takes none before Python 3.11."""

_MOST_ABOVE = 50
"""So many lines are searched for the columns' names where the first has them not."""

_MOST_SHOWN = 300
"""So many characters of a header are shown."""

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")

_GROUPS = r"[.' \u00a0\u2009\u202f]"
_DECIMAL_COMMA = re.compile(rf"[+-]?(\d+|\d{{1,3}}({_GROUPS}\d{{3}})+)(,\d+)?")
_GROUPED_BY_COMMA = re.compile(r"[+-]?\d{1,3}(,\d{3})*(\.\d+)?")
_MAYBE_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_POINT_GROUPED = re.compile(r"[+-]?\d{1,3}(\.\d{3})+")


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row of a table: its line in the file, and its cells by column without surrounding spaces."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A CSV file's columns and rows, and remarks on how it was read where that is not the usual way."""

    columns: tuple[str, ...]
    rows: tuple[CsvRow, ...]
    remarks: tuple[Remark, ...] = ()


def read_table(
    path: Path, required: Iterable[str] = (), known: Iterable[str] = (), numbers: Iterable[str] | None = None
) -> CsvTable:
    """Read a CSV file with a header; blank rows are skipped, cells missing in a short row are empty.

    Columns may be separated by commas, semicolons or tabs, decimals written with a comma, and the text encoded in
    UTF-8, UTF-16 or Windows-1252. A column whose name differs from a required or known one in case, spaces or signs
    only (``time (s)`` for ``Time_s``) gets that name.

    Args:
        path: the file.
        required: columns that must be there.
        known: further columns whose names may be spelt in another way.
        numbers: columns in which a comma may be a decimal point; None for every column that holds numbers alone.

    Raises:
        UserError: the file cannot be read, is no text or not CSV, lacks a required column or has a column twice, a
            quote is not closed, or a row has too many cells.
    """
    required = tuple(required)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        text, encoding = decode_text(data)
        table, separator = _parse(text.split("\n"), required, (*required, *known), encoding)
        return _with_points(table, separator, table.columns if numbers is None else tuple(numbers))
    except (TextError, _TableError) as error:
        raise UserError(f"{path}{error}") from None


def plain_number(cell: str) -> float | None:
    """Return the finite number that a cell holds in plain digits; None for anything else.

    What Python reads and a person does not mean (``1_000``, ``nan``, full-width digits) is no number.
    """
    if not _NUMBER.fullmatch(cell):
        return None
    number = float(cell)
    return number if math.isfinite(number) else None


class _TableError(ValueError):
    """What is wrong with a table; the message goes on after the file's name."""


def _parse(lines: Sequence[str], required: Sequence[str], known: Sequence[str], encoding: str) -> tuple[CsvTable, str]:
    """Return the table, and the separator of its columns."""
    remarks = [Remark("fine", "encoding", f"read as {encoding}")] if encoding != "UTF-8" else []
    start, separator = _separator_line(lines)
    while start < len(lines) and not lines[start].strip(" \t,;"):
        start += 1
    header_line = lines[start] if start < len(lines) else ""
    separator = separator or _separator_of(header_line, required)
    if separator != ",":
        remarks.append(Remark("fine", "separator", f"columns are separated by {_SEPARATORS.get(separator, separator)}"))
    records = _records(lines[start:], start, separator)
    header = next(records, (0, []))[1]
    columns = _named(header, known)
    below = 0 if {*required} <= {*columns} else _names_below(lines[start:], start, separator, required)
    _check_columns(columns, required, below)
    rows = [_row(line, cells, columns) for line, cells in records if any(cells)]
    used = tuple(name for name in columns if name)
    return CsvTable(used, tuple(rows), tuple(remarks)), separator


def _separator_line(lines: Sequence[str]) -> tuple[int, str]:
    """Return the index of the header's line and the separator that a line ``sep=;`` before it declares."""
    declared = _SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    return (1, declared[1]) if declared else (0, "")


def _separator_of(header: str, required: Sequence[str]) -> str:
    """Return the separator by which the header has most of the required columns, then most columns."""

    def fits(separator: str) -> tuple[int, int]:
        reader = csv.reader([header.replace("\0", _NUL)], delimiter=separator, skipinitialspace=True)
        names = [_plain(name) for name in next(reader, [])]
        return sum(_plain(name) in names for name in required), len(names)

    return max(_SEPARATORS, key=fits)


def _records(lines: Sequence[str], before: int, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the last line and the cells of each record."""
    source = (line.replace("\0", _NUL) + "\n" for line in (*lines, _END))
    reader = csv.reader(source, delimiter=separator, skipinitialspace=separator != "\t")
    n_separators = lines[0].count(separator) if lines else 0
    done = 0
    try:
        for cells in reader:
            first, done = done, reader.line_num
            opened = f", line {before + first + 1}: a quote is opened and"
            if cells == [_END]:
                return
            if cells and _END in cells[-1]:
                raise _TableError(f"{opened} not closed; close or delete it")
            if n_separators and any(line.count(separator) >= n_separators for line in lines[first + 1 : done]):
                raise _TableError(
                    f"{opened} only closed on line {before + done}, over what looks like rows; close or delete it"
                )
            yield before + done, [cell.strip().strip("\ufeff").strip().replace(_NUL, "\0") for cell in cells]
    except csv.Error as error:
        raise _TableError(f", line {before + reader.line_num}: not valid CSV ({error})") from None


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name)).casefold()


def _named(header: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """Return the columns' names, spelt as the known ones; unnamed columns at the end are left out."""
    by_plain = {_plain(name): name for name in known}
    columns = [name if name in known else by_plain.get(_plain(name), name) for name in header]
    while columns and not columns[-1]:
        columns.pop()
    return tuple(columns)


def _names_below(lines: Sequence[str], before: int, separator: str, required: Sequence[str]) -> int:
    """Return the line below the header that has the required columns, as under a title or comments; 0 for none."""
    plain = {_plain(name) for name in required}
    for line, text in enumerate(lines[1:_MOST_ABOVE], before + 2):
        for one in (separator, *_SEPARATORS):
            if plain <= {_plain(cell) for cell in text.split(one)}:
                return line
    return 0


def _check_columns(columns: Sequence[str], required: Iterable[str], below: int) -> None:
    found = listed((name if name.isprintable() else repr(name) for name in columns), most=20) or "nothing"
    if len(found) > _MOST_SHOWN:
        found = f"{found[:_MOST_SHOWN]}…"
    for name in required:
        if name not in columns:
            hint = f"; the columns are named in line {below}: delete the lines above it" if below else ""
            raise _TableError(f": column {name!r} is missing; the header has {found}{hint}")
    for name in columns:
        if columns.count(name) > 1 and name:
            raise _TableError(f": column {name!r} is there twice; the header has {found}")


def _row(line: int, cells: Sequence[str], columns: Sequence[str]) -> CsvRow:
    if any(cells[len(columns) :]):
        hint = "put text with a comma in quotes, and write decimals with a point"
        raise _TableError(f", line {line}: more cells than the {len(columns)} columns; {hint}")
    named = zip_longest(columns, cells[: len(columns)], fillvalue="")
    return CsvRow(line, {name: cell for name, cell in named if name})


def _with_points(table: CsvTable, separator: str, columns: Sequence[str]) -> CsvTable:
    """Return the table with decimal points in those columns that hold numbers with decimal commas, where clear."""
    changed = {
        name: points
        for name in table.columns
        if name in columns and (points := _points([row.cells[name] for row in table.rows], separator)) is not None
    }
    if not changed:
        return table
    rows = [
        replace(row, cells=row.cells | {name: points[at] for name, points in changed.items()})
        for at, row in enumerate(table.rows)
    ]
    remark = Remark("fine", "decimal-comma", f"numbers with commas in {', '.join(changed)}")
    return replace(table, rows=tuple(rows), remarks=(*table.remarks, remark))


def _points(cells: Sequence[str], separator: str) -> list[str] | None:
    """Return a column's cells with decimal points; None where they hold no decimal commas, or unclear ones."""
    filled = [cell for cell in cells if cell]
    with_comma = [cell for cell in filled if "," in cell]
    if not with_comma:
        return None
    if all(_GROUPED_BY_COMMA.fullmatch(cell) for cell in filled) and any("." in cell for cell in with_comma):
        return [cell.replace(",", "") for cell in cells]
    unclear = separator != ";" and all(_MAYBE_GROUPED.fullmatch(cell) for cell in with_comma)
    if unclear or not all(_DECIMAL_COMMA.fullmatch(cell) for cell in filled):
        return None
    if any(_POINT_GROUPED.fullmatch(cell) for cell in filled):
        return None
    return [re.sub(_GROUPS, "", cell).replace(",", ".") for cell in cells]
