"""The content of a label file of another tool: its text, JSON values, XML tree or rows, parsed once and with care."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
import re
import zlib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.text_encoding import TextError, decode_text

MOST_BYTES = 256 * 2**20
"""A label file is not larger than this."""

MOST_ANNOTATIONS = 1_000_000
"""A label file does not hold more annotations than this."""

_DELIMITERS = ("\t", ";", ",")


class LabelContent:
    """A label file's content in the forms that formats look for.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        """Read a file.

        Raises:
            UserError: it is missing, empty, too large or cannot be read.
        """
        self.path = path
        try:
            size = path.stat().st_size
            if size > MOST_BYTES:
                raise UserError(f"{path}: {size / 2**20:,.0f} MiB is too large for a label file")
            self._data = _unpacked(path)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise UserError(f"{path}: the archive is damaged or cut off ({error}); copy it again") from None
        except OSError as error:
            raise UserError(f"{path}: cannot be read ({error.strerror})") from None
        if len(self._data) > MOST_BYTES:
            raise UserError(f"{path}: unpacks to more than {MOST_BYTES / 2**20:,.0f} MiB, too much for a label file")
        if not self._data.strip():
            raise UserError(f"{path}: the file is empty")

    @cached_property
    def text(self) -> str:
        """The file as text, in any encoding that `decode_text` knows.

        Raises:
            UserError: it is no text in one of these.
        """
        try:
            return decode_text(self._data)[0]
        except TextError as error:
            raise UserError(f"{self.path}{error}") from None

    @cached_property
    def json(self) -> object | None:
        """Its JSON value; None where it is not JSON at all.

        Raises:
            UserError: it starts as JSON and goes wrong, or is nested too deeply.
        """
        if not self.text.lstrip().startswith(("{", "[")):
            return None
        try:
            value: object = json.loads(self.text)
        except json.JSONDecodeError as error:
            raise UserError(
                f"{self.path}, line {error.lineno}: not valid JSON ({error.msg}); export it again"
            ) from None
        except RecursionError:
            raise UserError(f"{self.path}: JSON that is nested too deeply for a label file") from None
        return value

    @cached_property
    def xml(self) -> Element | None:
        """The root of its XML tree; None where it is not XML at all.

        Raises:
            UserError: it starts as XML and goes wrong, or defines entities, which a label file has no use for.
        """
        if not self.text.lstrip().startswith("<"):
            return None
        try:
            root: Element = fromstring(self._data)
        except ParseError as error:
            raise UserError(f"{self.path}: not valid XML ({error}); export it again") from None
        except DefusedXmlException as error:
            raise UserError(f"{self.path}: refused, its XML defines what could harm ({type(error).__name__})") from None
        except (ValueError, LookupError) as error:
            raise UserError(f"{self.path}: XML in an encoding that cannot be read ({error})") from None
        return root

    @property
    def is_table(self) -> bool:
        """Whether it can be a table: text that is neither JSON nor XML, with cells in its first line or a later one."""
        return (
            self.json is None
            and self.xml is None
            and "\0" not in self.text
            and any(len(row) > 1 for _, row in self.rows)
        )

    @cached_property
    def rows(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """Its rows of a table with their lines; lines that are blank or start with ``#`` are left out.

        Raises:
            UserError: it is not a table, as where a quote is not closed.
        """
        return tuple(self._read_rows())

    def _read_rows(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        text, first = self.text, self.text.lstrip("\ufeff").split("\n", 1)[0].strip()
        delimiter = self._delimiter()
        if first.lower().startswith("sep="):
            delimiter, text = first[4:5] or delimiter, "\n" + text.partition("\n")[2]
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True)
        last = 0
        try:
            for row in reader:
                cells = tuple(cell.strip().lstrip("\ufeff") for cell in row)
                if any(cells) and not cells[0].startswith("#"):
                    yield last + 1, cells
                last = reader.line_num
        except csv.Error as error:
            raise UserError(
                f"{self.path}, line {last + 1}: not a valid table ({error}); is a quote not closed?"
            ) from None

    def _delimiter(self) -> str:
        """Return the delimiter that most of the first lines have."""
        lines = [line for line in self.text[:20_000].splitlines() if line.strip() and not line.startswith("#")][:30]
        return max(_DELIMITERS, key=lambda mark: sum(mark in line for line in lines))


def _unpacked(path: Path) -> bytes:
    """Read a file, unpacked where it is gzipped, up to one byte more than a label file may have."""
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    if not packed:
        return path.read_bytes()
    with gzip.open(path) as unpacked:
        return unpacked.read(MOST_BYTES + 1)


def object_at(value: object, *keys: str) -> dict[str, object]:
    """Return the JSON object that keys lead to; an empty one where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[object]:
    """Return a JSON list; an empty one for any other value."""
    return value if isinstance(value, list) else []


def number_of(value: object) -> float | None:
    """Return a finite number, also where it is written as text with a decimal point or comma; None for all else."""
    if isinstance(value, str):
        if not re.fullmatch(r"\s*[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?\s*", value):
            return None
        value = float(value.replace(",", "."))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def media_name(place: str) -> str:
    """Return the file name in a path or address of a video, without folders."""
    place = place.strip()
    if "://" in place or place.startswith(("/data/", "file:")):
        parts = urlsplit(place)
        inner = parse_qs(parts.query).get("d", [])
        place = inner[0] if inner else unquote(parts.path)
    return place.replace("\\", "/").rstrip("/").rpartition("/")[2]
