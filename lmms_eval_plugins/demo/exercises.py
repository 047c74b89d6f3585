"""What is done: the two exercises as objects on a table and a script of phases for each hand.

Both are picking up and putting down: the radial tabletop task (RTT) slides a roll between a centre target and outer
ones, the shelf task carries rolls and cans between the table and two boards. Another exercise is another function that
returns a :class:`Performance`; `EXERCISES` names them by activity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lmms_eval_plugins.demo.motion import FPS, Phase, Point, cut
from lmms_eval_plugins.demo.subjects import Subject
from lmms_eval_plugins.vocabulary import Activity, Hand

Look = Literal["roll", "can"]


@dataclass(frozen=True, slots=True)
class Item:
    """An upright cylinder that is moved; sizes in metres, ``start`` its centre at the beginning."""

    look: Look
    radius_m: float
    height_m: float
    start: Point


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
    """What stands and is marked on the table: objects, target marks (on the table top), a shelf."""

    items: tuple[Item, ...]
    targets: tuple[Point, ...] = ()
    shelf: Shelf | None = None


@dataclass(frozen=True, slots=True)
class Performance:
    """One take of an exercise: the scene, and for each hand where it starts and what it does.

    ``activity`` is one of ``vocabulary.ACTIVITY_LABELS``; the labels of the video are those of ``hand``.
    """

    activity: str
    hand: Hand
    scene: Scene
    starts: dict[Hand, Point]
    scripts: dict[Hand, tuple[Phase, ...]]


HOME: Point = (0.25, 0.025, 0.11)
"""Where a hand rests on the table (metres, x away from the body's middle)."""

TABLE_EDGE: Point = (0.30, 0.02, 0.045)
"""Where a hand holds on to the table's edge."""

Choose = Callable[[list[Point], int | None], tuple[int, Point]]
"""From where the objects are, and which one is already in the hand: which object goes where next."""

_HIGH_M = 0.08
"""An object centred above this height is on the shelf."""

ROLL_RADIUS_M, ROLL_HEIGHT_M = 0.056, 0.11


def rtt(subject: Subject, n_frames: int, rng: np.random.Generator) -> Performance:
    """The radial tabletop task: slide a roll from the centre target to an outer one and back."""
    side = side_sign(subject.hand)
    middle = ROLL_HEIGHT_M / 2
    centre = (0.0, middle, 0.20)
    outer = [(side * x, middle, z) for x, z in ((-0.17, 0.32), (0.0, 0.38), (0.17, 0.345), (0.27, 0.25))]
    targets = ((0.0, 0.0, 0.20), *((s * x, 0.0, z) for s, x, z in _RADIAL_MARKS))
    item = Item("roll", ROLL_RADIUS_M, ROLL_HEIGHT_M, centre)

    def choose(places: list[Point], _: int | None) -> tuple[int, Point]:
        if places[0] != centre:
            return 0, centre
        return 0, _short_of(outer[int(rng.integers(len(outer)))], centre, subject.movement.extent)

    script = _pick_and_place(subject, [centre], choose, 0.0, rng)
    return _perform("RTT", subject, Scene((item,), targets), script, n_frames, rng)


_RADIAL_MARKS = ((1, 0.27, 0.25), (1, 0.17, 0.345), (1, 0.0, 0.38), (-1, 0.17, 0.345), (-1, 0.27, 0.25))


def shelf(subject: Subject, n_frames: int, rng: np.random.Generator) -> Performance:
    """The shelf task: carry objects from the table to one of two boards and back."""
    side = side_sign(subject.hand)
    stand = Shelf(side * 0.335, 0.24, 0.30, 0.15, (0.10, 0.27))
    items = []
    for i, (x, z) in enumerate(((0.07, 0.30), (-0.09, 0.25))):
        look: Look = "can" if (i + int(subject.looks.long_sleeves)) % 2 else "roll"
        radius, height = (ROLL_RADIUS_M, ROLL_HEIGHT_M) if look == "roll" else (0.045, 0.125)
        items.append(Item(look, radius, height, (side * x, height / 2, z)))
    levels = stand.boards_m if subject.movement.extent > 0.8 else stand.boards_m[:1] * 2
    shelf_spots = [(stand.x + dx, y) for y in levels for dx in (-0.07, 0.07)]

    def choose(places: list[Point], held: int | None) -> tuple[int, Point]:
        which = int(rng.integers(len(items))) if held is None else held
        half = items[which].height_m / 2
        if places[which] != items[which].start:
            return which, items[which].start
        taken = {(x, round(y - item.height_m / 2, 3)) for (x, y, _), item in zip(places, items, strict=True)}
        free = [(x, y) for x, y in shelf_spots if (x, y) not in taken]
        x, y = free[int(rng.integers(len(free)))]
        return which, (x, y + half, stand.z)

    script = _pick_and_place(subject, [item.start for item in items], choose, 0.05, rng)
    return _perform("shelf", subject, Scene(tuple(items), (), stand), script, n_frames, rng)


EXERCISES: dict[Activity, Callable[[Subject, int, np.random.Generator], Performance]] = {"RTT": rtt, "shelf": shelf}
"""The activities that can be performed, each ``(subject, n_frames, rng) -> Performance``."""


def side_sign(hand: Hand) -> int:
    """The sign of x on a hand's side: 1 for the left hand, which is on the right of the picture, −1 for the right."""
    return 1 if hand == "left" else -1


def _perform(
    activity: str, subject: Subject, scene: Scene, script: Iterator[Phase], n_frames: int, rng: np.random.Generator
) -> Performance:
    other: Hand = "right" if subject.hand == "left" else "left"
    return Performance(
        activity=f"{activity} {subject.hand} side",
        hand=subject.hand,
        scene=scene,
        starts={hand: _on_side(HOME, side_sign(hand)) for hand in (subject.hand, other)},
        scripts={subject.hand: cut(script, n_frames), other: cut(_resting(side_sign(other), rng), n_frames)},
    )


def _pick_and_place(
    subject: Subject, starts: list[Point], choose: Choose, lift_m: float, rng: np.random.Generator
) -> Iterator[Phase]:
    side, how, places = side_sign(subject.hand), subject.movement, list(starts)
    yield Phase("idle", _frames(rng, 0.5, 1.3, how.pauses))
    while True:
        item, goal = choose(places, None)
        yield Phase("reach", _frames(rng, 0.6, 1.0, how.slowness), places[item], item, 0.03)
        while True:
            yield Phase("transport", _frames(rng, 0.75, 1.25, how.slowness), goal, item, lift_m)
            places[item] = goal
            if rng.uniform() > 0.4:
                break
            yield Phase("stabilize", _frames(rng, 0.5, 1.1, how.pauses), None, item)
            if rng.uniform() > 0.4:
                break
            _, goal = choose(places, item)
        home = rng.uniform() < 0.6 or goal[1] > _HIGH_M
        away = HOME if home else (side * goal[0] + 0.11, goal[1], goal[2] - 0.08)
        yield Phase("reposition", _frames(rng, 0.55, 0.95, how.slowness), _on_side(away, side), None, 0.03)
        if not home or rng.uniform() < 0.7:
            yield Phase("idle", _frames(rng, 0.45, 1.2, how.pauses))


def _resting(side: int, rng: np.random.Generator) -> Iterator[Phase]:
    """The hand that is not asked to do anything: it rests, now and then moves over, or holds on to the table's edge."""
    while True:
        yield Phase("idle", _frames(rng, 2.5, 6.0))
        if rng.uniform() < 0.4:
            yield Phase("reposition", _frames(rng, 0.7, 1.1), _on_side(TABLE_EDGE, side), None, 0.02)
            yield Phase("stabilize", _frames(rng, 1.5, 3.5))
        away = (HOME[0] + float(rng.uniform(-0.05, 0.06)), HOME[1], HOME[2] + float(rng.uniform(-0.02, 0.05)))
        yield Phase("reposition", _frames(rng, 0.7, 1.1), _on_side(away, side), None, 0.02)


def _frames(rng: np.random.Generator, shortest_s: float, longest_s: float, factor: float = 1.0) -> int:
    return round(float(rng.uniform(shortest_s, longest_s)) * factor * FPS)


def _on_side(point: Point, side: int) -> Point:
    return (side * point[0], point[1], point[2])


def _short_of(goal: Point, start: Point, extent: float) -> Point:
    return (
        start[0] + extent * (goal[0] - start[0]),
        start[1] + extent * (goal[1] - start[1]),
        start[2] + extent * (goal[2] - start[2]),
    )
