"""Errors that a user can act on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

_MANY = 20
"""Of more known words than these a message names the three nearest only."""


class UserError(Exception):
    """A mistake in what the user gave; the message is one line: what is wrong, where, and what to do.

    The command line prints it without a traceback (``--debug`` shows one) and exits non-zero.
    """


class NotInDataset(UserError):
    """The dataset has nothing that a task is about, although nothing is wrong with either."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown word: the known word most like it, of many words three.

    That is ``; did you mean 'x'?`` where one is alike, else ``; known are: x, y, z``.
    """
    known = sorted(set(known))
    n = 3 if len(known) > _MANY else 1
    if close := get_close_matches(word, known, n=n, cutoff=0.6):
        *others, last = [repr(one) for one in close]
        return f"; did you mean {', '.join(others)}{' or ' * bool(others)}{last}?"
    if len(known) > _MANY:
        closest = get_close_matches(word, known, n=n, cutoff=0.0)
        return f"; the nearest of {len(known):,} known are: {', '.join(closest)}"
    return f"; known are: {', '.join(known)}"


def first_error(error: ValidationError) -> ErrorDetails:
    """Return the first thing that pydantic found wrong, a misspelt key first: it is why the right one is missing."""
    return min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")


def describe_validation(error: ValidationError, *models: type[BaseModel]) -> str:
    """Describe in one line the first thing that pydantic found wrong: field, mistake, nearest key or word."""
    first = first_error(error)
    field = ".".join(str(part) for part in first["loc"]) or "top level"
    if first["type"] == "extra_forbidden":
        keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
        return f"{field}: unknown key{nearest(str(first['loc'][-1]), keys)}"
    if first["type"] == "missing":
        return f"{field}: this key is missing"
    found = first["input"]
    if first["type"] == "literal_error" and isinstance(found, str):
        return f"{field}: unknown word {found!r}{nearest(found, _quoted(first, 'expected'))}"
    if first["type"] == "union_tag_invalid":
        tag, name = str(first["ctx"]["tag"]), str(first["ctx"]["discriminator"]).strip("'")
        return f"{field}: unknown {name} {tag!r}{nearest(tag, _quoted(first, 'expected_tags'))}"
    if first["type"] == "union_tag_not_found" and isinstance(found, dict):
        name = str(first["ctx"]["discriminator"]).strip("'")
        if close := get_close_matches(name, map(str, found), 1):
            return f"{field}.{close[0]}: unknown key{nearest(close[0], [name])}"
        return f"{field}.{name}: this key is missing"
    message = first["msg"].removeprefix("Value error, ")
    return f"{field}: {message}" + (f" (found {found!r})" if isinstance(found, str | int | float | bool) else "")


def _quoted(error: ErrorDetails, name: str) -> list[str]:
    """Return the words in quotes in a part of pydantic's account of an error."""
    return re.findall(r"'([^']*)'", str(error["ctx"][name]))
