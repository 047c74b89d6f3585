"""Answers that a run did not ask for: from which runs they are, and under which settings they were given.

A reply's key holds what it is about. The size of a batch, the device and the version of torch are not in it: they move
log-probabilities by rounding steps, and a reply where two tokens are as likely.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from lmms_eval_plugins.core.errors import listed

_MOST_RUNS = 3


class AnsweredUnder(BaseModel):
    """Under what a process answers for a run.

    Attributes:
        run: the run, as ``task/model/stamp``; empty where there is no folder.
        since: when it began, in ISO 8601.
        batch_size: questions answered at once; None where that changes nothing.
        device: what the network ran on; None where it is not known.
        versions: of the packages that compute.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    run: str = ""
    since: str = ""
    batch_size: int | None = None
    device: str | None = None
    versions: Mapping[str, str] = Field(default_factory=dict)

    @property
    def settings(self) -> str:
        """What can move a reply, in words."""
        size = [f"batch_size={self.batch_size}"] * (self.batch_size is not None)
        where = " ".join([*size, *([f"on {self.device}"] if self.device else [])])
        return ", ".join(filter(None, [where, *(f"{name} {version}" for name, version in self.versions.items())]))

    @property
    def named(self) -> str:
        """The run and its day."""
        try:
            day = f" ({datetime.fromisoformat(self.since).date().isoformat()})"
        except ValueError:
            day = ""
        return (self.run or "no run") + day


class ReusedAnswers(BaseModel):
    """Some answers that were known, and under what they were given; None where that was not recorded."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    answers: int
    under: AnsweredUnder | None


def count_reused(origins: Iterable[AnsweredUnder | None]) -> tuple[ReusedAnswers, ...]:
    """Count answers by what they were given under, most first.

    Args:
        origins: of every answer.
    """
    counts: dict[int, int] = {}
    known: dict[int, AnsweredUnder | None] = {}
    for origin in origins:  # by identity first: there may be millions of answers, and a few files of them
        known[id(origin)] = origin
        counts[id(origin)] = counts.get(id(origin), 0) + 1
    return together(ReusedAnswers(answers=counts[number], under=origin) for number, origin in known.items())


def together(parts: Iterable[ReusedAnswers]) -> tuple[ReusedAnswers, ...]:
    """Add up the counts of several processes."""
    counts: dict[str, int] = {}
    origins: dict[str, AnsweredUnder | None] = {}
    for part in parts:
        name = part.under.model_dump_json() if part.under else ""
        origins[name] = part.under
        counts[name] = counts.get(name, 0) + part.answers
    found = (ReusedAnswers(answers=counts[name], under=origin) for name, origin in origins.items())
    return tuple(sorted(found, key=lambda one: -one.answers))


def describe_reuse(reused: Sequence[ReusedAnswers], own: AnsweredUnder, n_asked: int) -> str:
    """Return what a reader should know of the answers that a run took from other runs; empty where it took none.

    Args:
        reused: the answers that were known.
        own: under what the run itself answers.
        n_asked: how many it asked for.
    """
    others = [one for one in reused if one.under is None or one.under.run != own.run or is_unlike(one, own)]
    if not others:
        return ""
    total = sum(one.answers for one in others)
    runs = dict.fromkeys(one.under.named for one in others if one.under and one.under.run != own.run)
    whole = not n_asked and total == sum(one.answers for one in reused)
    parts = [f"{'all ' * whole}{total:,} answers reused" + (f" from {listed(list(runs), _MOST_RUNS)}" if runs else "")]
    if whole:
        parts.append("nothing was asked")
    unlike: dict[str, int] = {}
    for one in others:
        if is_unlike(one, own):
            how = f"answered with {one.under.settings}" if one.under else "under settings that are not recorded"
            unlike[how] = unlike.get(how, 0) + one.answers
    parts += [f"{count:,} of them {how}" for how, count in unlike.items()]
    if own.settings:
        parts.append(f"this run has {own.settings}" if unlike else f"under the same settings ({own.settings})")
    return ", ".join(parts)


def is_unlike(one: ReusedAnswers, own: AnsweredUnder) -> bool:
    """Return whether answers were given under other settings than those of a run, or unknown ones."""
    return one.under is None or one.under.settings != own.settings


def is_worth_a_note(reused: Sequence[ReusedAnswers], own: AnsweredUnder, n_asked: int) -> bool:
    """Return whether a reader of a run's scores should know: of answers given otherwise, or where all are another's."""
    others = [one for one in reused if one.under is None or one.under.run != own.run]
    return any(is_unlike(one, own) for one in reused) or bool(others and not n_asked)
