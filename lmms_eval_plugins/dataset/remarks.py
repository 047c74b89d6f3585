"""Remarks: what a check has to say about a video or its labels, with how bad it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
