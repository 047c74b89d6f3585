"""File names of videos with the study's activities: ``<subject>_<activity><repetition>_<view>``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, ACTIVITY_LABELS, Hand, activity_of

STUDY_SPELLINGS = {
    **{label.lower(): label for label in (*ACTIVITY_LABELS, *ACTIVITIES)},
    "deodrant": "deodorant",
}
"""Spelling in file names → activity label; the longer first where one begins another."""

_NAME = re.compile(
    r"(?P<patient>.+?)_(?P<activity>"
    + "|".join(spelling.replace(" ", "[ _]") for spelling in STUDY_SPELLINGS)
    + r")(?P<repetition>\d+)_(?P<view>[^_]+)",
    re.IGNORECASE,
)

_SIDE = re.compile(r" (left|right) side$")


@dataclass(frozen=True, slots=True)
class VideoName:
    """The parts of a video's name; ``activity`` is a label or an activity of the vocabulary."""

    patient: str
    activity: str
    repetition: int
    view: str


def parse_name(stem: str) -> VideoName | None:
    """Parse a file name without its suffix; None where it does not follow the pattern.

    Case does not matter in the activity, underscores may stand for its spaces, and the dataset's own spelling
    ``deodrant`` is read as ``deodorant``.
    """
    found = _NAME.fullmatch(stem)
    if not found:
        return None
    activity = STUDY_SPELLINGS[found["activity"].lower().replace("_", " ")]
    return VideoName(found["patient"], activity, int(found["repetition"]), found["view"])


def view_in(stem: str) -> str | None:
    """Return the camera that a video's name ends in; None where it does not follow the pattern."""
    name = parse_name(stem)
    return name.view if name else None


def hand_of(activity: str) -> Hand | Literal[""]:
    """Return the hand that an activity's label names (``RTT left side``), else an empty string."""
    for hand in ("left", "right"):
        if activity.endswith(f" {hand} side"):
            return hand
    return ""


def activity_of_label(label: str) -> str | None:
    """Return the activity that a recording's label names; None for an empty one.

    Activities of the vocabulary are named in any case and the dataset's spelling. Of any other one only the side is
    taken off: ``pouring left side`` is ``pouring``.
    """
    label = label.strip()
    return activity_of(STUDY_SPELLINGS.get(label.lower(), label)) or _SIDE.sub("", label) or None
