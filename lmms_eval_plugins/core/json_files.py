"""JSON files that are replaced at once, and JSON lines from files that may be compressed or cut off."""

from __future__ import annotations

import gzip
import json
import lzma
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.redaction import redacted_json


def write_json(path: Path, values: Mapping[str, object], default: Callable[[object], object] = str) -> None:
    """Replace a JSON file at once, so that a reader never sees half of it; of lists every item is a line.

    Secrets that this process uses are hidden in all of its texts.

    Args:
        path: the file.
        values: its content.
        default: what to write for a value that JSON does not know.

    Raises:
        UserError: it cannot be written; the file is as it was.
    """
    partial = path.with_name(path.name + ".part")
    with writing(path):
        try:
            _write(partial, values, default)
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def _write(path: Path, values: Mapping[str, object], default: Callable[[object], object]) -> None:
    def written(value: object, indent: int | None = None) -> str:
        return redacted_json(json.dumps(value, indent=indent, ensure_ascii=False, default=default), indent)

    # What no encoding can hold, as in a path that is not UTF-8, becomes its JSON escape, which reads back the same.
    with path.open("w", encoding="utf-8", errors="backslashreplace") as file:
        separator = "{\n"
        for key, value in values.items():
            file.write(f"{separator} {written(key)}: ")
            if isinstance(value, list | tuple) and value:
                before = "[\n  "
                for item in value:
                    file.write(before + written(item))
                    before = ",\n  "
                file.write("\n ]")
            else:
                file.write(written(value, 1).replace("\n", "\n "))
            separator = ",\n"
        file.write("\n}\n" if values else "{\n\n}\n")


JsonObject = dict[str, object]


def parse_json(text: str | bytes) -> object:
    """Return the value of a JSON text.

    Raises:
        ValueError: it is no JSON, no text, nested too deep, or has a number of thousands of digits.
    """
    try:
        value: object = json.loads(text)
    except RecursionError as error:
        raise ValueError("lists and objects stand too deep in each other") from error
    return value


def read_json(path: Path) -> object:
    """Return the value of a JSON file.

    Raises:
        UserError: it cannot be read, or is no JSON; one line with file and line.
    """
    try:
        return parse_json(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except json.JSONDecodeError as error:
        raise UserError(f"{path}, line {error.lineno}: not JSON ({error.msg})") from error
    except ValueError as error:
        raise UserError(f"{path}: not JSON ({error})") from error


def read_json_lines(path: Path) -> tuple[list[JsonObject], tuple[str, ...]]:
    """Read the objects in a ``.jsonl``, ``.jsonl.gz`` or ``.jsonl.xz`` file, with warnings about it.

    A last line that is not complete JSON, as a killed process leaves it, is dropped with a warning.

    Raises:
        UserError: the file cannot be read or is empty, or a line before the last is not a JSON object.
    """
    lines = _text(path).split("\n")  # and at nothing else: replies hold line ends of other kinds
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        raise UserError(f"{path}: the file is empty; the run that wrote it recorded nothing")
    rows: list[JsonObject] = []
    for number, line in enumerate(lines, start=1):
        try:
            row = parse_json(line)
            if not isinstance(row, dict):
                raise ValueError("it is not a JSON object")
        except ValueError as error:
            if number == len(lines) and rows:
                return rows, (f"{path}: line {number}, the last, is cut off and was dropped",)
            raise UserError(f"{path}, line {number}: not a row of a log ({error})") from error
        rows.append(row)
    return rows, ()


def json_value(value: object, *keys: str | int) -> object:
    """Return the value that keys lead to in nested JSON objects and lists.

    Raises:
        LookupError: a key or index is missing.
        TypeError: a key is for an object and the value there is none, or the same for an index and a list.
    """
    for key in keys:
        match value, key:
            case dict(), str():
                value = value[key]
            case list(), int():
                value = value[key]
            case _:
                raise TypeError(f"no {key!r} in {type(value).__name__}")
    return value


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if path.suffix == ".gz":
            data = gzip.decompress(data)
        elif path.suffix == ".xz":
            data = lzma.decompress(data)
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}: not a text file ({error.reason} at byte {error.start})") from error
    except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
        raise UserError(f"{path}: the archive is damaged or cut off ({error}); copy it again") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
