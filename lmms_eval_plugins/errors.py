"""Errors that a user can act on."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError


class UserError(Exception):
    """Something the user gave is wrong; the message is one line: what is wrong, where, and what to do.

    The command line prints it without a traceback (``--debug`` shows one) and exits non-zero.
    """


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the known word most like ``word``, or the list of known words."""
    known = sorted(known)
    close = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else f"; known are: {', '.join(known)}"


def describe_validation(error: ValidationError, *models: type[BaseModel]) -> str:
    """One line for the first thing that pydantic found wrong: the field, what is wrong, the nearest valid key.

    A misspelt key comes before others: it is why the right one is missing.
    """
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    field = ".".join(str(part) for part in first["loc"]) or "top level"
    if first["type"] == "extra_forbidden":
        keys = {field.alias or name for model in models for name, field in model.model_fields.items()}
        return f"{field}: unknown key{nearest(str(first['loc'][-1]), keys)}"
    if first["type"] == "missing":
        return f"{field}: this key is missing"
    message = first["msg"].removeprefix("Value error, ")
    found = first["input"]
    return f"{field}: {message}" + (f" (found {found!r})" if isinstance(found, str | int | float | bool) else "")
