"""CSV tables as people write them, with byte-order marks, spaces after commas and blank lines."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, listed


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row of a table: its line in the file, and its cells by column without surrounding spaces."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A CSV file's columns and rows."""

    columns: tuple[str, ...]
    rows: tuple[CsvRow, ...]


def read_table(path: Path, required: Iterable[str] = ()) -> CsvTable:
    """Read a CSV file with a header; blank rows are skipped, cells missing in a short row are empty.

    Raises:
        UserError: the file cannot be read, is not CSV in UTF-8, lacks a required column or has a column twice, or a
            row has too many cells.
    """
    rows: list[CsvRow] = []
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, skipinitialspace=True)
            columns = tuple(name.strip() for name in next(reader, []))
            _check_columns(path, columns, required)
            for found in reader:
                cells = [cell.strip() for cell in found]
                if any(cells[len(columns) :]):
                    raise UserError(
                        f"{path}, line {reader.line_num}: more cells than the {len(columns)} columns;"
                        " put text with a comma in quotes"
                    )
                if any(cells):
                    named = zip_longest(columns, cells[: len(columns)], fillvalue="")
                    rows.append(CsvRow(reader.line_num, dict(named)))
    except UnicodeDecodeError:
        raise UserError(f"{path}: not UTF-8 text; save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise UserError(f"{path}, line {reader.line_num}: not valid CSV ({error})") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    return CsvTable(columns, tuple(rows))


def _check_columns(path: Path, columns: tuple[str, ...], required: Iterable[str]) -> None:
    found = listed(columns, most=20) or "nothing"
    for name in required:
        if name not in columns:
            raise UserError(f"{path}: column {name!r} is missing; the header has {found}")
    for name in columns:
        if columns.count(name) > 1:
            raise UserError(f"{path}: column {name!r} is there twice; the header has {found}")
