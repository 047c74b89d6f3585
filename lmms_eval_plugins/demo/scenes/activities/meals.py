"""Activities at the table: drinking and eating."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lmms_eval_plugins.demo.scenes.activities.moves import BRIGHT, Moves, perform
from lmms_eval_plugins.demo.scenes.activities.scene import Item, Performance, Prop, Scene
from lmms_eval_plugins.demo.scenes.motion import UPRIGHT, Phase, Point
from lmms_eval_plugins.demo.scenes.posture import at_head
from lmms_eval_plugins.demo.scenes.subjects import Colour, Subject

_DRINKS: tuple[Colour, ...] = ((60, 150, 90), (60, 140, 200), (200, 120, 40), (150, 60, 60))
_CRUSTS: tuple[Colour, ...] = ((160, 98, 44), (184, 122, 60), (130, 80, 40))
_MATS: tuple[Colour, ...] = ((60, 120, 90), (180, 70, 60), (70, 90, 160), (200, 160, 60))
_CREAM: Colour = (244, 226, 178)
_WHITE: Colour = (244, 245, 246)
_STEEL: Colour = (196, 202, 210)


def drinking(subject: Subject, n_frames: int, rng: np.random.Generator) -> Performance:
    """Perform drinking: a bottle is poured into a cup, the cup goes to the mouth."""
    moves = Moves(subject, rng)
    bottle = Item("bottle", 0.05, 0.24, moves.near((0.28, 0.12, 0.30), 0.02), colour=moves.pick(_DRINKS), accent=_WHITE)
    cup = Item("cup", 0.062, 0.124, moves.near((0.03, 0.062, 0.29)), colour=moves.pick(BRIGHT), flip=moves.side)
    tray = Prop("tray", moves.on_side((0.14, 0.0, 0.31)), 0.24, (220, 224, 226), (150, 156, 162), moves.side)
    scene = Scene((bottle, cup), props=(tray,))
    return perform("drinking", moves, scene, _drink(moves, bottle, cup), n_frames)


def _drink(moves: Moves, bottle: Item, cup: Item) -> Iterator[Phase]:
    side, mouth = moves.side, moves.within_reach(at_head(moves.subject, 0.035, -0.075, 0.18))
    x, _, z = cup.start
    above: Point = (x + 0.14 * side, 0.19, z)
    yield moves.rest()
    while True:
        if moves.chance(0.6):
            yield moves.fetch(0, bottle)
            yield moves.carry(0, above, (-0.9 * side, 0.1, 0.0))
            yield moves.hold(0, 0.4, 1.0)
            yield from moves.put_back(0, bottle)
        yield moves.fetch(1, cup)
        for _ in range(1 + int(moves.again(0.35))):
            if moves.chance(0.3):
                yield moves.carry(1, moves.on_side((0.06, 0.22, 0.25)), UPRIGHT)
                yield moves.hold(1)
            yield moves.carry(1, mouth, (0.0, 0.80, -0.60))
            yield moves.hold(1, 0.4, 1.0)
        yield from moves.put_back(1, cup)


def feeding(subject: Subject, n_frames: int, rng: np.random.Generator) -> Performance:
    """Perform eating: a slice of bread, and bites on a fork, go from a plate to the mouth."""
    moves = Moves(subject, rng)
    side = moves.side
    plate = Prop("plate", moves.near((0.0, 0.0, 0.31), 0.02), 0.145, _WHITE, moves.pick(_MATS), side)
    x, _, z = plate.place
    bread = Item(
        "bread",
        0.07,
        0.03,
        (x + 0.035 * side, 0.022, z - 0.01),
        (-1.0 * side, 0, 0.2),
        moves.pick(_CRUSTS),
        _CREAM,
        side,
    )
    fork = Item("fork", 0.016, 0.02, (x + 0.24 * side, 0.012, z + 0.06), (-0.1 * side, 0, -1.0), _STEEL, _STEEL, side)
    scene = Scene((bread, fork), props=(plate,))
    return perform("feeding", moves, scene, _eat(moves, bread, fork, plate.place), n_frames)


def _eat(moves: Moves, bread: Item, fork: Item, plate: Point) -> Iterator[Phase]:
    side, subject = moves.side, moves.subject
    bite = moves.within_reach(at_head(subject, 0.08, -0.085, 0.17))
    to_mouth = moves.within_reach(at_head(subject, 0.13, -0.13, 0.17))
    over: Point = (plate[0] + 0.13 * side, 0.10, plate[2])
    yield moves.rest()
    while True:
        if moves.chance(0.55):
            yield moves.fetch(0, bread)
            for _ in range(1 + int(moves.again(0.4))):
                yield moves.carry(0, bite, (-0.8 * side, 0.6, 0.0))
                yield moves.hold(0)
                if moves.chance(0.4):
                    yield moves.carry(0, over, (-0.9 * side, 0.2, 0.3))
                    yield moves.hold(0)
            yield from moves.put_back(0, bread)
        else:
            yield moves.fetch(1, fork)
            for _ in range(1 + int(moves.again(0.5))):
                yield moves.carry(1, over, (-0.85 * side, -0.5, 0.0))
                if moves.chance(0.6):
                    yield moves.strokes(1, over, (0.03, 0.015, 0.0), 0.4, 1.0)
                else:
                    yield moves.hold(1)
                yield moves.carry(1, to_mouth, (-0.75 * side, 0.65, 0.0))
                yield moves.hold(1)
            yield from moves.put_back(1, fork)
