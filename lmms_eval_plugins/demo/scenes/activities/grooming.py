"""Activities at the mirror: combing hair, deodorant, and glasses on and off."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lmms_eval_plugins.demo.scenes.activities.moves import BRIGHT, Moves, perform
from lmms_eval_plugins.demo.scenes.activities.scene import Item, Look, Performance, Prop, Scene
from lmms_eval_plugins.demo.scenes.motion import UPRIGHT, Phase, Point
from lmms_eval_plugins.demo.scenes.posture import at_head, at_trunk
from lmms_eval_plugins.demo.scenes.subjects import Colour, Subject

_FRAMES: tuple[Colour, ...] = ((190, 30, 40), (20, 20, 28), (30, 70, 170), (110, 60, 20))
_TOWELS: tuple[Colour, ...] = ((226, 218, 200), (150, 186, 214), (226, 170, 176), (170, 204, 160))
_PALE: Colour = (236, 240, 238)


def combing(subject: Subject, n_frames: int, rng: np.random.Generator) -> Performance:
    """Perform combing: a comb or a hairbrush goes to and fro through the hair, in front of a standing mirror."""
    moves = Moves(subject, rng)
    side = moves.side
    look: Look = "comb" if moves.chance(0.5) else "hairbrush"
    axis = (-0.85 * side, 0.0, 0.5)
    comb = Item(look, 0.03, 0.02, moves.near((0.20, 0.010, 0.27)), axis, moves.pick(BRIGHT), (40, 36, 36), -side)
    mirror = Prop("mirror", moves.near((-0.27, 0.0, 0.27), 0.02), 0.105, moves.pick(BRIGHT), (190, 220, 235), side)
    scene = Scene((comb,), props=(mirror,))
    return perform("combing", moves, scene, _comb(moves, comb), n_frames)


def _comb(moves: Moves, comb: Item) -> Iterator[Phase]:
    subject, side = moves.subject, moves.side
    temple, crown = at_head(subject, 0.175, -0.02, 0.08), at_head(subject, 0.125, 0.05, 0.10)
    yield moves.rest()
    while True:
        yield moves.fetch(0, comb)
        for place in (temple, crown):
            there = moves.within_reach(place)
            yield moves.carry(0, there, (-0.5 * side, 0.86, 0.0))
            yield moves.strokes(0, there, (0.012, 0.05, 0.0))
            if moves.chance(0.55):
                yield moves.hold(0)
            if moves.again(0.3):
                yield moves.strokes(0, there, (0.012, 0.05, 0.0), 0.5, 1.5)
            if not moves.again(0.4):
                break
        yield from moves.put_back(0, comb)


def deodorant(subject: Subject, n_frames: int, rng: np.random.Generator) -> Performance:
    """Perform deodorant: a stick goes up and down in the armpit of the other side."""
    moves = Moves(subject, rng)
    place = moves.near((0.15, 0.105, 0.28))
    stick = Item("stick", 0.042, 0.21, place, colour=moves.pick(BRIGHT), accent=_PALE, flip=moves.side)
    towel = Prop("towel", moves.near((-0.26, 0.0, 0.34), 0.02), 0.13, moves.pick(_TOWELS), _PALE, moves.side)
    scene = Scene((stick,), props=(towel,))
    return perform("deodorant", moves, scene, _armpit(moves, stick), n_frames)


def _armpit(moves: Moves, stick: Item) -> Iterator[Phase]:
    armpit = moves.within_reach(at_trunk(moves.subject, -0.065, 0.235, 0.11), 0.5)
    yield moves.rest()
    while True:
        yield moves.fetch(0, stick)
        if moves.chance(0.35):
            yield moves.carry(0, moves.on_side((0.08, 0.20, 0.20)), UPRIGHT)
            yield moves.hold(0)
        yield moves.carry(0, armpit, (-0.85 * moves.side, 0.52, 0.0))
        for _ in range(1 + int(moves.again(0.4))):
            yield moves.strokes(0, armpit, (0.012, 0.042, 0.0), 0.6, 1.9)
            if moves.chance(0.55):
                yield moves.hold(0)
        yield from moves.put_back(0, stick)


def glasses(subject: Subject, n_frames: int, rng: np.random.Generator) -> Performance:
    """Perform glasses: picked up beside a book, put on, taken off again, put down."""
    moves = Moves(subject, rng)
    side = moves.side
    pair = Item("glasses", 0.05, 0.07, moves.near((0.25, 0.037, 0.27)), (-1.0 * side, 0, 0.06), moves.pick(_FRAMES))
    book = Prop("book", moves.near((-0.13, 0.0, 0.34), 0.02), 0.17, moves.pick(BRIGHT), (250, 246, 236), side)
    scene = Scene((pair,), props=(book,))
    return perform("glasses", moves, scene, _wear(moves, pair), n_frames)


def _wear(moves: Moves, pair: Item) -> Iterator[Phase]:
    ear, level = at_head(moves.subject, 0.106, 0.022, 0.11), (-1.0 * moves.side, 0.0, 0.0)
    beside: Point = (ear[0] + 0.10 * moves.side, ear[1] - 0.16, ear[2])
    yield moves.rest()
    while True:
        yield moves.fetch(0, pair)
        if moves.chance(0.4):
            yield moves.carry(0, moves.on_side((0.14, 0.24, 0.22)), level)
            yield moves.hold(0)
        yield moves.carry(0, ear, level, 0.02, wear=True)
        if moves.chance(0.5):
            yield moves.hold(0, 0.25, 0.6, wear=True)
        if moves.chance(0.35):
            yield moves.away(beside)
        else:
            yield moves.home()
        yield moves.rest()
        yield moves.reach(0, ear, level)
        yield from moves.put_back(0, pair)
