"""The parts of a scene (objects that are moved, things that only stand there), and the performance of an activity.

Sizes and places are in metres, as in :mod:`motion`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lmms_eval_plugins.demo.scenes.motion import UPRIGHT, Phase, Point
from lmms_eval_plugins.demo.scenes.subjects import Colour
from lmms_eval_plugins.domain.vocabulary import Hand

Look = Literal[
    "roll",
    "can",
    "bottle",
    "cup",
    "stick",
    "tube",
    "toothbrush",
    "comb",
    "hairbrush",
    "cloth",
    "bread",
    "fork",
    "glasses",
]
"""The look of an object; ``stick`` is a deodorant stick, ``tube`` one of toothpaste."""

PropLook = Literal["sink", "washbowl", "mirror", "plate", "book", "towel", "tray"]
"""The look of a thing that stays on the table."""


@dataclass(frozen=True, slots=True)
class Item:
    """An object that is moved.

    ``radius_m`` is half its width and ``height_m`` its height on the table. ``start`` is where a hand takes it: the
    middle of a standing object, the handle of a lying one. ``axis`` points up a standing object, and away from the
    handle of a lying one; ``flip`` is 1 or −1 and mirrors an object that is not symmetrical about that axis.
    """

    look: Look
    radius_m: float
    height_m: float
    start: Point
    axis: Point = UPRIGHT
    colour: Colour = (196, 52, 48)
    accent: Colour = (238, 226, 190)
    flip: int = 1


@dataclass(frozen=True, slots=True)
class Prop:
    """A thing that stays on the table; ``place`` is its middle there, ``size_m`` half its width, ``side`` the sign of x
    of the labelled hand."""

    look: PropLook
    place: Point
    size_m: float
    colour: Colour
    accent: Colour
    side: int = 1


@dataclass(frozen=True, slots=True)
class Shelf:
    """An open shelf on the table; ``x``, ``z`` its middle, ``boards_m`` the heights of its boards (metres)."""

    x: float
    z: float
    width_m: float
    depth_m: float
    boards_m: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """The contents of the table: objects, target marks (on the table top), a shelf, other things."""

    items: tuple[Item, ...]
    targets: tuple[Point, ...] = ()
    shelf: Shelf | None = None
    props: tuple[Prop, ...] = ()


@dataclass(frozen=True, slots=True)
class Performance:
    """One performance of an activity: the scene, and for each hand where it starts and what it does.

    ``activity`` is one of ``vocabulary.ACTIVITY_LABELS``; the labels of the video are those of ``hand``.
    """

    activity: str
    hand: Hand
    scene: Scene
    starts: dict[Hand, Point]
    scripts: dict[Hand, tuple[Phase, ...]]
