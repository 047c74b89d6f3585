"""Numbers in settings: ``yes``, ``no``, ``on`` and ``off`` are none, though Python counts them as 1 and 0."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator


def _no_flag(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("should be a number; YAML reads an unquoted yes, no, on or off as true or false")
    return value


Whole = Annotated[int, BeforeValidator(_no_flag)]
"""A whole number, in a field of settings."""

Real = Annotated[float, BeforeValidator(_no_flag)]
"""A number, in a field of settings."""
