"""Printed numbers against computed ones, to the digits that were printed."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from lmms_eval_plugins.assessments.cells import NOTHING

NUMBER = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")


def printed_numbers(text: str) -> list[str]:
    """The numbers in a printed text, as printed."""
    return NUMBER.findall(text)


def as_printed(value: float, printed: str) -> str:
    """A value with the digits, the leading zeros and the separators of a printed number; ``-`` where there is none."""
    if math.isnan(value):
        return NOTHING
    digits = len(printed.partition(".")[2])
    text = f"{value:{',' if ',' in printed else ''}.{digits}f}"
    if printed.startswith("."):
        return text.removeprefix("0")
    return text.zfill(len(printed)) if re.fullmatch(r"0\d+", printed) else text


def written_like(text: str, values: Sequence[float]) -> str:
    """A printed text with other numbers in the places of its own.

    Raises:
        ValueError: there are not as many.
    """
    if len(printed_numbers(text)) != len(values):
        raise ValueError(f"{len(values)} values for the numbers of {text!r}")
    left = iter(values)
    return NUMBER.sub(lambda match: as_printed(next(left), match[0]), text)


def number(value: float | None) -> float:
    """A value that may not exist, as a number: NaN where it does not."""
    return math.nan if value is None else value
