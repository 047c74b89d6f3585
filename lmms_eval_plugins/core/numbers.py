"""Numbers in settings, where ``yes`` and ``no`` are none though Python counts them as 1 and 0; numbers as printed."""

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


def decimals(value: float, digits: int) -> str:
    """Return a number with so many decimals; what rounds to zero has no minus before it.

    >>> decimals(-0.004, 2), decimals(-0.006, 2)
    ('0.00', '-0.01')
    """
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if not text.strip("-0.") else text
