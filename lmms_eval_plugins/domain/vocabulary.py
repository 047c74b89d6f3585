"""The vocabulary of the field: primitives, activities, cohorts, hands.

Activities and cohorts are those of the study. A dataset may have any others, which stand behind these.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Primitive = Literal["reach", "reposition", "transport", "stabilize", "idle"]
PRIMITIVES: tuple[Primitive, ...] = get_args(Primitive)

MOTION_PRIMITIVES: frozenset[Primitive] = frozenset({"reach", "reposition", "transport"})
"""Primitives in which the hand moves."""

GRASP_PRIMITIVES: frozenset[Primitive] = frozenset({"transport", "stabilize"})
"""Primitives in which the hand holds an object."""


@dataclass(frozen=True, slots=True)
class RuleLabels:
    """The labels that motion and grasp answers make together.

    Attributes:
        carries: the hand moves and holds an object.
        holds: it holds one without moving.
        rests: neither.
        leads: it moves empty, and a grasp follows.
        leaves: it moves empty, and none follows; the same as ``leads`` where one label is for both.
    """

    carries: str
    holds: str
    rests: str
    leads: str
    leaves: str


PRIMITIVE_RULE = RuleLabels("transport", "stabilize", "idle", "reach", "reposition")
"""The rule's labels among the primitives."""

Cohort = Literal["healthy", "mild", "moderate", "severe"]
COHORTS: tuple[Cohort, ...] = get_args(Cohort)
"""Healthy controls, then stroke patients by upper-extremity impairment."""

HEALTHY: Cohort = "healthy"
"""The cohort without a stroke; patients of any other one have had one."""

Hand = Literal["left", "right"]

Activity = Literal["brushing", "combing", "deodorant", "drinking", "face wash", "feeding", "glasses", "RTT", "shelf"]
ACTIVITIES: tuple[Activity, ...] = get_args(Activity)
"""The nine activities; RTT is the radial tabletop task. Recordings of RTT and shelf also name a side."""

ACTIVITY_LABELS: tuple[str, ...] = (
    *ACTIVITIES[:7],
    *(f"{exercise} {hand} side" for exercise in ("RTT", "shelf") for hand in ("left", "right")),
)
"""The eleven labels that recordings carry, e.g. ``RTT left side``."""


def activity_of(label: str) -> Activity | None:
    """Return the activity that a recording's label names (``RTT left side`` → ``RTT``); None if it names none."""
    for activity in ACTIVITIES:
        if label == activity or label.startswith(f"{activity} "):
            return activity
    return None


def in_order(names: Collection[str], known: Sequence[str]) -> list[str]:
    """Return names in the order of known ones; the others follow by name.

    >>> in_order({"pouring", "glasses", "brushing", "cutting"}, ACTIVITIES)
    ['brushing', 'glasses', 'cutting', 'pouring']
    """
    return [*(name for name in known if name in names), *sorted(set(names) - set(known))]


def groups_of(names: Collection[str], known: Sequence[str]) -> list[str]:
    """Return the groups by which results are laid out: all known ones, or where there are others those that occur.

    >>> groups_of({"mild", "healthy"}, COHORTS), groups_of({"subacute", "healthy"}, COHORTS)
    (['healthy', 'mild', 'moderate', 'severe'], ['healthy', 'subacute'])
    """
    return list(known) if set(names) <= set(known) else in_order(names, known)
