"""Names from tables, logs, cards and task files that become paths: what is allowed, and that a path stays inside."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError

LONGEST_NAME = 200
"""So many bytes of UTF-8 may a name have: file systems take 255, and suffixes are put behind it."""

_LONGEST_PART = 255
_MOST_SHOWN = 80

_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\..*)?", re.IGNORECASE)
"""Names that are devices on Windows, with any suffix."""

_DRIVE = re.compile(r"[A-Za-z]:")
_UNPRINTABLE = ("Cc", "Cs", "Zl", "Zp")
_INVISIBLE = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Marks that turn the direction of writing, and the byte-order mark: a name with them is not what it looks like."""

_UNSAFE = re.compile(r"[/\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def name_problem(name: str, most: int = LONGEST_NAME) -> str | None:
    """Return why a text cannot be the name of a file or folder, in a few words; None where it can.

    Args:
        name: the text; blanks inside are allowed, as in ``S1_face wash1_1``.
        most: how many bytes of UTF-8 it may have.
    """
    if not name.strip():
        return "is empty"
    if not name.strip(". "):
        return "is only dots, which stand for a folder"
    for mark in "/\\":
        if mark in name:
            return f"holds {mark!r}, so it would be a path and not a name; write _ instead"
    if _DRIVE.match(name):
        return "starts like a drive letter; leave out the colon"
    if problem := text_problem(name):
        return problem
    if _DEVICES.fullmatch(name):
        return "is the name of a device on Windows; choose another"
    if (n_bytes := len(name.encode())) > most:
        return f"is {n_bytes} bytes long, more than the {most} that a file name may have here; shorten it"
    return None


def text_problem(text: str) -> str | None:
    """Return which character of a text no path may have, in a few words; None where all are fine."""
    for character in text:
        if unicodedata.category(character) in _UNPRINTABLE or character in _INVISIBLE:
            return f"holds the invisible character U+{ord(character):04X}; take it out"
    return None


def check_name(name: str, where: str) -> str:
    """Return a name that may become that of a file or folder, unchanged.

    Args:
        name: the name.
        where: where it was found, for the message: file, line and field.

    Raises:
        UserError: it may not (see `name_problem`).
    """
    if problem := name_problem(name):
        raise UserError(f"{where}: {shown(name)} {problem}")
    return name


def check_relative(path: str, where: str) -> Path:
    """Return a path below some folder, given with ``/`` between its parts.

    Raises:
        UserError: it is empty or absolute, or a part of it is no name (see `name_problem`), as ``..``.
    """
    if path.startswith("/"):
        raise UserError(f"{where}: {shown(path)} is an absolute path; give it relative to its folder")
    for part in path.split("/"):
        if part != "." and (problem := name_problem(part, _LONGEST_PART)):
            of = f"{shown(part)} in " if part != path else ""
            raise UserError(f"{where}: {of}{shown(path)} {problem}")
    return Path(path)


def inside(folder: Path, path: Path) -> Path:
    """Return a path that is to be written, unchanged, after links in it were followed.

    Raises:
        UserError: it lies outside the folder, by ``..`` or through a link, or links lead in a circle.
    """
    try:
        real, root = path.resolve(), folder.resolve()
        if any(place.is_symlink() for place in (real, *real.parents)):
            raise RuntimeError("its links lead in a circle")  # from Python 3.13 on, `resolve` says nothing
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{shown(str(path))}: no path that can be written ({error})") from error
    if root not in real.parents:
        raise UserError(f"{path}: leads outside {folder}, to {real}; remove the link, or choose another folder")
    return path


def file_name(text: str) -> str:
    """Return a file name for any text: what no name may hold becomes ``_``, and a text too long is cut."""
    name = _UNSAFE.sub("_", text)
    if problem := name_problem(name):
        name = f"_{''.join('_' if text_problem(one) else one for one in name)}"
        if problem.endswith("shorten it"):
            name = name.encode()[:LONGEST_NAME].decode(errors="ignore")
    return name


def name_key(name: str) -> str:
    """Return what two names share that differ only by case, surrounding blanks or Unicode normal form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name.strip()).casefold())


def shown(text: str) -> str:
    """Return a text for a message, quoted: invisible characters escaped, cut where it is long."""
    quoted = repr(text)
    return quoted if len(quoted) <= _MOST_SHOWN else f"{quoted[:_MOST_SHOWN]}…'"
