"""The published numbers as data: what was printed and where, and the log and measure that give it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from lmms_eval_plugins.assessments.cells import NOTHING
from lmms_eval_plugins.core.yaml_files import read_yaml

PUBLISHED = Path(__file__).with_name("published.yaml")


class Fact(BaseModel):
    """A published entry: one or several numbers in a text, as ``46.69±1.62``.

    Attributes:
        name: its name.
        published: the printed text; None for a number of ours that was not printed.
        corrected: the text that should have been printed, where it differs.
        log: the log that gives it (part of the path under the checkout); None where tables of the checkout give it.
        measure: the measure that computes it; None where no log or table determines it.
        key: key of the measure's values; by default the name.
        within: lower and upper end of each number that depends on chance.
        reason: the reason why it cannot be checked.
        remark: a remark for readers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    published: str | None = None
    corrected: str | None = None
    log: str | None = None
    measure: str | None = None
    key: str | None = None
    within: tuple[tuple[float, float], ...] = ()
    reason: str | None = None
    remark: str | None = None


class FactSection(BaseModel):
    """Entries that were printed together; ``log``, ``measure`` and ``reason`` are defaults for the entries.

    ``chosen`` names the definitions that the study leaves open and that were chosen because they give its digits.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    printed_in: str
    log: str | None = None
    measure: str | None = None
    reason: str | None = None
    chosen: str | None = None
    facts: tuple[Fact, ...]

    def filled(self) -> tuple[Fact, ...]:
        """Return the entries with the section's defaults filled in."""
        common = {"log": self.log, "measure": self.measure, "reason": self.reason}
        return tuple(
            fact.model_copy(update={name: value for name, value in common.items() if getattr(fact, name) is None})
            for fact in self.facts
        )


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sections: tuple[FactSection, ...]


@cache
def published_sections() -> tuple[FactSection, ...]:
    """Return all published entries by section, in the order of the study."""
    return _File.model_validate(read_yaml(PUBLISHED)[1]).sections


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
