"""What a reply is read as: a value, or one of three ways not to answer."""

from __future__ import annotations

from enum import Enum
from typing import NoReturn, TypeVar

Answer = bool | str | tuple[str, ...] | int
"""yes_no → bool; one_of → the option; sequence_of → options in order; score, count → int; text → str."""


class NoAnswer(Enum):
    """The readings of replies that came and give no answer; without a truth value, so that none is taken for *no*.

    * ``UNREADABLE``: it answers nothing: it thinks aloud, is cut off, speaks of something else, leaves it open.
    * ``REFUSED``: the model or its service declines, or says that it cannot answer.
    * ``CONTRADICTORY``: it gives two answers that exclude each other.
    """

    UNREADABLE = "unreadable"
    REFUSED = "refused"
    CONTRADICTORY = "contradictory"

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self.name} is neither true nor false; compare with `is {self.name}`")

    def __repr__(self) -> str:
        return self.name


UNREADABLE = NoAnswer.UNREADABLE
REFUSED = NoAnswer.REFUSED
CONTRADICTORY = NoAnswer.CONTRADICTORY

FoundT = TypeVar("FoundT", bound=Answer)


def declined_unless(further: FoundT | NoAnswer) -> FoundT | NoAnswer:
    """Return the reading of what follows a refusal; `REFUSED` where that answers nothing."""
    return REFUSED if further is UNREADABLE else further
