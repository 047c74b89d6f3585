"""Numbers on the command line: plain ones in a range; what else Python takes for a number is refused in one line."""

from __future__ import annotations

import re
from collections.abc import Callable

import typer

MOST = 1_000_000_000
"""The largest number that an option takes where nothing else limits it."""

_PLAIN = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_LONGEST = 40
_SHOWN = 20


def whole(least: int, most: int = MOST) -> Callable[[str], int]:
    """Return a parser for an option that takes a whole number from ``least`` to ``most``."""

    def parse(text: str) -> int:
        number = _plain(text)
        if number is None or number != int(number) or not least <= number <= most:
            raise _refused(text, f"a whole number from {least:,} to {most:,}")
        return int(number)

    return parse


def real(least: float, most: float) -> Callable[[str], float]:
    """Return a parser for an option that takes a number from ``least`` to ``most``."""

    def parse(text: str) -> float:
        number = _plain(text)
        if number is None or not least <= number <= most:
            raise _refused(text, f"a number from {least:,g} to {most:,.0f}")
        return number

    return parse


def per_cent(least: float, most: float) -> Callable[[str], float]:
    """Return a parser for an option that takes per cent, as ``10%``, from ``least`` to ``most``; its result is .10."""

    def parse(text: str) -> float:
        written = str(text).strip()
        number = _plain(written.removesuffix("%")) if written.endswith("%") else None
        if number is None or not least <= number <= most:
            raise _refused(text, f"a number with its %, from {least:g}% to {most:g}%")
        return number / 100

    return parse


def _plain(text: object) -> float | None:
    """Return a number in ASCII digits, without separators; None for anything else, ``nan`` and ``inf`` included."""
    written = str(text).strip()
    if len(written) > _LONGEST or not _PLAIN.fullmatch(written):
        return None
    number = float(written)
    return number if abs(number) <= MOST else None


def _refused(text: object, wanted: str) -> typer.BadParameter:
    shown = str(text)
    shown = repr(shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…")
    return typer.BadParameter(f"{shown} is not {wanted}")
