"""Remarks: what a check has to say about a video or its labels, with how bad it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from lmms_eval_plugins.core.errors import listed

Grade = Literal["wrong", "doubtful", "fine"]
"""Wrong: a run refuses the video. Doubtful: a run names it. Fine: put right by itself, worth knowing."""

GRADES: tuple[Grade, ...] = get_args(Grade)
"""The worst first."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a check has to say.

    Attributes:
        grade: how bad it is.
        kind: what it is, in few words with hyphens (``open-end``), for counting and filtering.
        text: what was found, where, and what to do, in one line without the video's name.
    """

    grade: Grade
    kind: str
    text: str


def worst_grade(remarks: Iterable[Remark]) -> Grade | None:
    """Return the worst grade of remarks; None where there is none."""
    return min((remark.grade for remark in remarks), key=GRADES.index, default=None)


def worst_first(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """Return remarks in the order of their grades, each once."""
    return tuple(sorted(dict.fromkeys(remarks), key=lambda remark: GRADES.index(remark.grade)))


def first_wrong(remarks: Iterable[Remark]) -> Remark | None:
    """Return the first remark for which a video or its labels are refused; None where there is none."""
    return next((remark for remark in remarks if remark.grade == "wrong"), None)


_QUOTED = re.compile(r"'[^']*'|\d+")
_PLACE = re.compile(r"(line \d+|\w+):|line \d+, \w+:")


def name_remark(subject: object, remark: Remark) -> str:
    """Return a remark as one line with its file or video: ``a.csv, line 3, Time_s: …`` or ``a.csv: …``."""
    return f"{subject}{', ' if _PLACE.match(remark.text) else ': '}{remark.text}"


_MOST_ALONE = 3
"""So many remarks of a kind stand for themselves."""


def few_of_each(remarks: Iterable[Remark]) -> list[Remark]:
    """Return remarks on one file in their order, those of a kind of which there are many as one with their number."""
    by_kind: dict[tuple[Grade, str], list[Remark]] = {}
    for remark in remarks:
        by_kind.setdefault((remark.grade, remark.kind), []).append(remark)
    few: list[Remark] = []
    for (grade, kind), found in by_kind.items():
        if len(found) <= _MOST_ALONE:
            few += found
        else:
            few.append(Remark(grade, kind, f"{found[0].text}; {len(found) - 1:,} more like this"))
    return few


def remark_lines(named: Iterable[tuple[str, Remark]], noun: str = "file", *, by_text: bool = False) -> list[str]:
    """Return remarks on many files as lines, one for each kind of which there are many.

    Args:
        named: name of a file or video, and a remark on it.
        noun: what the names are of.
        by_text: whether remarks are of one kind only where their texts differ in numbers and quoted words alone.
    """
    by_kind: dict[tuple[str, str], list[tuple[str, Remark]]] = {}
    for name, remark in named:
        by_kind.setdefault((remark.kind, _QUOTED.sub("", remark.text) if by_text else ""), []).append((name, remark))
    lines: list[str] = []
    for (kind, _), found in by_kind.items():
        names = dict.fromkeys(name for name, _ in found)
        if len(found) <= _MOST_ALONE:
            lines += [name_remark(name, remark) for name, remark in found]
        else:
            where = f"{len(names):,} {noun}{'s' * (len(names) > 1)} ({listed(names)})"
            lines.append(f"{kind} in {where}; the first: {name_remark(*found[0])}")
    return lines
