"""Errors that a user can act on, with the nearest known words, and lists cut to a readable length."""

from __future__ import annotations

import os
import re
import traceback
from collections import Counter
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING

from lmms_eval_plugins.core.console import put_error

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

_MANY = 20
"""Of more known words than these a message names the three nearest only."""

_FEW = 8
"""The same, where a command lists them."""

_AS_NEAR = 0.1
"""How much less alike than the nearest word, from 0 to 1, another may be that is named beside it."""

_LOOKED_AT = 10
"""So many words that are alike are looked at more closely."""

_MISSPELT = 0.4
"""The largest share of a misspelt word's characters that is wrong."""

_LONGEST_SHOWN = 100
"""So many characters of a wrong value stand in a message."""

DEBUG_VARIABLE = "STROKEREHAB_DEBUG"
"""The environment variable that is set with ``--debug``, here and in processes that are started."""


class UserError(Exception):
    """An error in what the user gave; its message is one line: what is wrong, where, and what to do.

    The command line prints it without a traceback (``--debug`` shows one) and exits non-zero.
    """


class NotInDataset(UserError):
    """The error of a task that finds nothing in a dataset, where both are valid."""


_LONGEST = 400
"""So many characters of the words of an error that nobody foresaw stand in its line."""


def error_line(error: BaseException, where: object = "") -> str:
    """Describe an error in one line: one that a user can act on by its message, another by its kind, as a bug.

    With ``--debug`` the traceback of the latter is printed. Of an error that says that something was tried again and
    again, the last try's counts.

    Args:
        error: the error.
        where: what it is about; the messages of errors that a user can act on have it.
    """
    attempt = getattr(error, "last_attempt", None)  # tenacity's, in which lmms-eval's errors come
    cause = attempt.exception() if attempt is not None and hasattr(attempt, "exception") else None
    if cause is not None:
        return error_line(cause, where)
    if isinstance(error, UserError):
        return str(error)
    if os.environ.get(DEBUG_VARIABLE):
        put_error("".join(traceback.format_exception(error)).rstrip())
    place = f"{where}: " if str(where) else ""
    if isinstance(error, OSError) and error.strerror:
        return ": ".join(str(part) for part in (error.filename or where, error.strerror) if str(part))
    words = " ".join(str(error).split())[:_LONGEST]
    return f"{place}{type(error).__name__}{': ' * bool(words)}{words} (a bug?)"


def without_file(error: UserError, path: object) -> str:
    """Return an error's message without the file that it begins with."""
    return str(error).removeprefix(str(path)).lstrip(":, ")


def nearest(word: str, known: Iterable[str], see: str = "") -> str:
    """Return the end of a message about an unknown word: the known word that it may be misspelt for, of many three.

    That is ``; did you mean 'x'?`` where one is near, else ``; known are: x, y, z``.

    Args:
        word: the unknown word.
        known: the known ones.
        see: the command that lists them, for where they are too many to be named.
    """
    known = sorted(set(known))
    n = 3 if len(known) > _MANY else 1
    close = [one for one in get_close_matches(word, known, n=_LOOKED_AT, cutoff=0.6) if _is_near(word, one)][:n]
    if close:
        likeness = [SequenceMatcher(None, one, word).ratio() for one in close]
        close = [one for one, like in zip(close, likeness, strict=True) if like > likeness[0] - _AS_NEAR]
        *others, last = map(repr, close)
        return f"; did you mean {', '.join(others)}{' or ' * bool(others)}{last}?"
    if len(known) > (_FEW if see else _MANY):
        closest = get_close_matches(word, known, n=3, cutoff=0.0)
        lists = f"; `{see}` lists all" if see else ""
        return f"; the nearest of {len(known):,} known are: {', '.join(closest)}{lists}"
    return f"; known are: {', '.join(known)}"


def _is_near(word: str, known: str) -> bool:
    """Return whether a word may be a known one misspelt, by the parts in which they differ: not by a shared beginning.

    Parts end at ``_``, ``-``, ``.``, ``/`` or a blank. A word with all parts of the other and some more is near, too.
    """
    from rapidfuzz.distance import OSA  # not at every start

    parts, others = ([part for part in re.split(r"[_\-./ ]", text.casefold()) if part] for text in (word, known))
    while parts and others and parts[0] == others[0]:
        del parts[0], others[0]
    if not parts or not others or set(parts) <= set(others) or set(others) <= set(parts):
        return True
    one, other = "_".join(parts), "_".join(others)
    return OSA.distance(one, other) <= max(1, _MISSPELT * max(len(one), len(other)))


def first_error(error: ValidationError) -> ErrorDetails:
    """Return pydantic's first error; a misspelt key comes first, since it is why the right key is missing."""
    return min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")


def describe_validation(error: ValidationError, *models: type[BaseModel]) -> str:
    """Describe pydantic's first error in one line: the field, what is wrong, the nearest known key or word."""
    first = first_error(error)
    field = ".".join(_key(part) for part in first["loc"] if part != "[key]") or "top level"
    if first["type"] == "extra_forbidden":
        keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
        return f"{field}: unknown key{nearest(str(first['loc'][-1]), keys)}"
    if first["type"] == "missing":
        return f"{field}: this key is missing"
    found = first["input"]
    if first["type"] == "literal_error" and isinstance(found, str):
        return f"{field}: unknown word {_cut(found)}{nearest(found, _quoted(first, 'expected'))}"
    if first["type"] == "union_tag_invalid":
        tag, name = str(first["ctx"]["tag"]), str(first["ctx"]["discriminator"]).strip("'")
        return f"{field}: unknown {name} {_cut(tag)}{nearest(tag, _quoted(first, 'expected_tags'))}"
    if first["type"] == "union_tag_not_found" and isinstance(found, dict):
        name = str(first["ctx"]["discriminator"]).strip("'")
        if close := get_close_matches(name, map(str, found), 1):
            return f"{field}.{close[0]}: unknown key{nearest(close[0], [name])}"
        return f"{field}.{name}: this key is missing"
    kind = None if re.search("object$|array", first["msg"]) else _EXPECTED.get(first["type"])  # words of JSON stay
    if kind or first["type"] == "string_type":
        unquoted = isinstance(found, bool | int | float)
        what = kind or ("text: put it in quotes" if unquoted else "text")
        shown = f" (found {_cut(found)})" if unquoted or isinstance(found, str) else ""
        return f"{field}: should be {what}{shown}"
    message = first["msg"].removeprefix("Value error, ")
    return f"{field}: {message}" + (f" (found {_cut(found)})" if isinstance(found, str | int | float | bool) else "")


def _key(part: str | int) -> str:
    """Return a part of a field's name, written out where it is not a plain word."""
    text = str(part)
    return text if text and text.isprintable() and len(text) <= _LONGEST_SHOWN else _cut(text)


def _cut(found: object) -> str:
    """Return what was found, as Python writes it, or its beginning."""
    text = repr(found)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


_EXPECTED = {
    **dict.fromkeys(("dict_type", "mapping_type", "model_type", "model_attributes_type"), "a table, as {key: value}"),
    **dict.fromkeys(("list_type", "tuple_type"), "a list, as [a, b]"),
}
"""Kind of pydantic's error → what stands in a file in its place."""


def _quoted(error: ErrorDetails, name: str) -> list[str]:
    """Return the quoted words in one entry of an error's context."""
    return re.findall(r"'([^']*)'", str(error["ctx"][name]))


_MOST_BUT = 2
"""So many names stand behind ``every run but``."""

_MOST_NAMES = 4
"""So many names stand for themselves."""


def listed(words: Iterable[object], most: int = 5, by: str = ", ") -> str:
    """Join words, at most so many of them: ``a, b, c, d, e and 7 more``."""
    names = [str(word) for word in words]
    more = len(names) - most
    return by.join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def counted(number: int, noun: str) -> str:
    """Return a number of things in words, as ``1 run`` or ``1,200 runs``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def which_of(names: Sequence[str], every: Sequence[str], noun: str = "run") -> str:
    """Return whom a note is about, in few words: ``All``, their names, ``Every run but x``, or ``12 of 30 runs``.

    Args:
        names: whom it is about; a name stands twice where two have it.
        every: all that there are, in the order of the names.
        noun: what they are.
    """
    others = list((Counter(every) - Counter(names)).elements())
    if not others and len(every) > 1:
        return "All"
    if len(names) <= _MOST_NAMES:
        return _joined(names)
    if len(others) <= _MOST_BUT:
        return f"Every {noun} but {_joined(others)}"
    return f"{len(names)} of {len(every)} {noun}s"


def _joined(names: Sequence[str]) -> str:
    """Join names by commas, by semicolons where a name has commas itself."""
    return ("; " if any("," in name for name in names) else ", ").join(names)
