"""Comparison of printed and computed numbers to the printed digits."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from lmms_eval_plugins.assessments.cells import NOTHING

NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")


def printed_numbers(text: str) -> list[str]:
    """Return the numbers in a printed text, as printed."""
    return NUMBER.findall(text)


def as_printed(value: float, printed: str) -> str:
    """Format a value with the digits, leading zeros and separators of a printed number; ``-`` for NaN."""
    if math.isnan(value):
        return NOTHING
    digits = len(printed.partition(".")[2])
    text = f"{value:{',' if ',' in printed else ''}.{digits}f}"
    if printed.startswith("."):
        return text.removeprefix("0")
    return text.zfill(len(printed)) if re.fullmatch(r"0\d+", printed) else text


def written_like(text: str, values: Sequence[float]) -> str:
    """Return a printed text with its numbers replaced by values.

    Raises:
        ValueError: the number of values differs.
    """
    if len(printed_numbers(text)) != len(values):
        raise ValueError(f"{len(values)} values for the numbers of {text!r}")
    left = iter(values)
    return NUMBER.sub(lambda match: as_printed(next(left), match[0]), text)


def number(value: float | None) -> float:
    """Return a value that may be None as a number: NaN for None."""
    return math.nan if value is None else value
