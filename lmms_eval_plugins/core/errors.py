"""Errors that a user can act on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


class UserError(Exception):
    """An error in what the user gave; its message is one line: what is wrong, where, and what to do.

    The command line prints it without a traceback (``--debug`` shows one) and exits non-zero.
    """


class NotInDataset(UserError):
    """The error of a task that finds nothing in a dataset, where both are valid."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` for the known word most like ``word``, else ``; known are: …``."""
    known = sorted(known)
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; known are: {', '.join(known)}"


def first_error(error: ValidationError) -> ErrorDetails:
    """Return pydantic's first error; a misspelt key comes first, since it is why the right key is missing."""
    return min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")


def describe_validation(error: ValidationError, *models: type[BaseModel]) -> str:
    """Describe pydantic's first error in one line: the field, what is wrong, the nearest known key or word."""
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
    """Return the quoted words in one entry of an error's context."""
    return re.findall(r"'([^']*)'", str(error["ctx"][name]))
