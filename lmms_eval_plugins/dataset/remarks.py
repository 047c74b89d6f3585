"""Remarks: what a check has to say about a video or its labels, with how bad it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from lmms_eval_plugins.core.errors import listed

Grade = Literal["wrong", "doubtful", "fine"]
"""Wrong: a run refuses the video. Doubtful: a run names it. Fine: put right by itself, worth knowing."""


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


_PLACE = re.compile(r"(line \d+|\w+):|line \d+, \w+:")


def name_remark(subject: object, remark: Remark) -> str:
    """Return a remark as one line with its file or video: ``a.csv, line 3, Time_s: …`` or ``a.csv: …``."""
    return f"{subject}{', ' if _PLACE.match(remark.text) else ': '}{remark.text}"


_MOST_ALONE = 3
"""So many remarks of a kind stand for themselves."""


def remark_lines(named: Iterable[tuple[str, Remark]], noun: str = "file") -> list[str]:
    """Return remarks on many files as lines, one for each kind of which there are many.

    Args:
        named: name of a file or video, and a remark on it.
        noun: what the names are of.
    """
    by_kind: dict[str, list[tuple[str, Remark]]] = {}
    for name, remark in named:
        by_kind.setdefault(remark.kind, []).append((name, remark))
    lines: list[str] = []
    for kind, found in by_kind.items():
        names = dict.fromkeys(name for name, _ in found)
        if len(found) <= _MOST_ALONE:
            lines += [name_remark(name, remark) for name, remark in found]
        else:
            where = f"{len(names):,} {noun}{'s' * (len(names) > 1)} ({listed(names)})"
            lines.append(f"{kind} in {where}; the first: {name_remark(*found[0])}")
    return lines
