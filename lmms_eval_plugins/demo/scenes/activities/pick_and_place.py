"""The radial tabletop task (RTT) and the shelf task: rolls and cans go from place to place.

The radial tabletop task slides a roll between a centre target and outer ones, the shelf task carries rolls and cans
between the table and two boards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from lmms_eval_plugins.demo.scenes.activities.moves import HOME, Moves, frames, on_side, perform, short_of
from lmms_eval_plugins.demo.scenes.activities.scene import Item, Look, Performance, Scene, Shelf
from lmms_eval_plugins.demo.scenes.motion import Phase, Point
from lmms_eval_plugins.demo.scenes.subjects import Subject

Choose = Callable[[list[Point], int | None], tuple[int, Point]]
"""Chooses, from the objects' places and the object in the hand, the object to move next and its goal."""

_HIGH_M = 0.08
"""An object centred above this height is on the shelf."""

ROLL_RADIUS_M, ROLL_HEIGHT_M = 0.056, 0.11


def rtt(subject: Subject, n_frames: int, rng: np.random.Generator) -> Performance:
    """Perform the radial tabletop task: slide a roll from the centre target to an outer one and back."""
    moves = Moves(subject, rng)
    side = moves.side
    middle = ROLL_HEIGHT_M / 2
    centre = (0.0, middle, 0.20)
    outer = [(side * x, middle, z) for x, z in ((-0.17, 0.32), (0.0, 0.38), (0.17, 0.345), (0.27, 0.25))]
    targets = ((0.0, 0.0, 0.20), *((s * x, 0.0, z) for s, x, z in _RADIAL_MARKS))
    item = Item("roll", ROLL_RADIUS_M, ROLL_HEIGHT_M, centre)

    def choose(places: list[Point], _: int | None) -> tuple[int, Point]:
        if places[0] != centre:
            return 0, centre
        return 0, short_of(outer[int(rng.integers(len(outer)))], centre, subject.movement.extent)

    script = _pick_and_place(moves, [centre], choose, 0.0)
    return perform("RTT", moves, Scene((item,), targets), script, n_frames, f"RTT {subject.hand} side")


_RADIAL_MARKS = ((1, 0.27, 0.25), (1, 0.17, 0.345), (1, 0.0, 0.38), (-1, 0.17, 0.345), (-1, 0.27, 0.25))


def shelf(subject: Subject, n_frames: int, rng: np.random.Generator) -> Performance:
    """Perform the shelf task: carry objects from the table to one of two boards and back."""
    moves = Moves(subject, rng)
    side = moves.side
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

    script = _pick_and_place(moves, [item.start for item in items], choose, 0.05)
    return perform("shelf", moves, Scene(tuple(items), (), stand), script, n_frames, f"shelf {subject.hand} side")


def _pick_and_place(moves: Moves, starts: list[Point], choose: Choose, lift_m: float) -> Iterator[Phase]:
    side, movement, rng, places = moves.side, moves.subject.movement, moves.rng, list(starts)
    yield Phase("idle", frames(rng, 0.5, 1.3, movement.pauses))
    while True:
        item, goal = choose(places, None)
        yield Phase("reach", frames(rng, 0.5, 0.9, movement.slowness), places[item], item, 0.03)
        while True:
            yield Phase("transport", frames(rng, 0.6, 1.1, movement.slowness), goal, item, lift_m)
            places[item] = goal
            if rng.uniform() > 0.4:
                break
            yield Phase("stabilize", frames(rng, 0.5, 1.1, movement.pauses), None, item)
            if rng.uniform() > 0.4:
                break
            _, goal = choose(places, item)
        home = rng.uniform() < 0.6 or goal[1] > _HIGH_M
        away = HOME if home else (side * goal[0] + 0.11, goal[1], goal[2] - 0.08)
        yield Phase("reposition", frames(rng, 0.45, 0.85, movement.slowness), on_side(away, side), None, 0.03)
        if not home or rng.uniform() < 0.7:
            yield Phase("idle", frames(rng, 0.45, 1.2, movement.pauses))
