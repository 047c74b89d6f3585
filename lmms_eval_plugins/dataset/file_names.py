"""File names of videos: ``<subject>_<activity><repetition>_<view>``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, ACTIVITY_LABELS, Activity, Hand, activity_of

_SPELLINGS = {
    **{label.lower(): label for label in (*ACTIVITY_LABELS, *ACTIVITIES)},
    "deodrant": "deodorant",
}
"""Spelling in file names → activity label; the longer first where one begins another."""

_NAME = re.compile(
    r"(?P<patient>.+?)_(?P<activity>"
    + "|".join(spelling.replace(" ", "[ _]") for spelling in _SPELLINGS)
    + r")(?P<repetition>\d+)_(?P<view>[^_]+)",
    re.IGNORECASE,
)


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
    activity = _SPELLINGS[found["activity"].lower().replace("_", " ")]
    return VideoName(found["patient"], activity, int(found["repetition"]), found["view"])


def hand_of(activity: str) -> Hand | Literal[""]:
    """Return the hand that an activity's label names (``RTT left side``), else an empty string."""
    for hand in ("left", "right"):
        if activity.endswith(f" {hand} side"):
            return hand
    return ""


def activity_of_label(label: str) -> Activity | None:
    """Return the activity that a recording's label names, in any case and the dataset's spelling; None if none."""
    return activity_of(_SPELLINGS.get(label.strip().lower(), label))
