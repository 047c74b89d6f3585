"""The published numbers, as data: what was printed, where, and which log and measure tell it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

PUBLISHED = Path(__file__).with_name("published.yaml")


class Fact(BaseModel):
    """One published entry: one number or several in one text, as ``46.69±1.62``.

    Attributes:
        name: what it is.
        published: as printed; None for a number of ours that stands beside nothing.
        corrected: what should have been printed, where that is not the same.
        log: the log that tells it (part of the path under the checkout); None where tables of the checkout do.
        measure: the measure that computes it; None where nothing there determines it.
        key: which of the measure's values; by default the name.
        within: both ends of what a number that hangs on chance may be.
        reason: why it cannot be checked.
        remark: what a reader should know.
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
    """Entries that were printed together; ``log``, ``measure`` and ``reason`` hold for those that say none.

    ``chosen`` names the definitions that the study does not state and that were chosen because they give its digits.
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
        """The entries with what the section says for all."""
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
    """All published entries by section, in the order of the study."""
    return _File.model_validate(yaml.safe_load(PUBLISHED.read_text(encoding="utf-8"))).sections
