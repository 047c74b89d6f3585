"""Activities at the sink: brushing teeth and washing the face."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from lmms_eval_plugins.demo.scenes.activities.moves import BRIGHT, Moves, perform
from lmms_eval_plugins.demo.scenes.activities.scene import Item, Performance, Prop, Scene
from lmms_eval_plugins.demo.scenes.motion import Phase, Point
from lmms_eval_plugins.demo.scenes.posture import at_head
from lmms_eval_plugins.demo.scenes.subjects import Colour, Subject

_WHITE: Colour = (240, 242, 244)
_CLOTHS: tuple[Colour, ...] = ((96, 190, 170), (240, 150, 120), (120, 160, 230), (236, 208, 110), (200, 140, 210))


def brushing(subject: Subject, n_frames: int, rng: np.random.Generator) -> Performance:
    """Perform brushing teeth: the brush goes to and fro at the mouth; sometimes there is a cup to rinse with."""
    moves = Moves(subject, rng)
    side = moves.side
    colour = moves.pick(BRIGHT)
    brush = Item(
        "toothbrush", 0.012, 0.024, moves.near((0.18, 0.012, 0.27)), (-0.93 * side, 0, 0.36), colour, flip=side
    )
    cup = Item("cup", 0.05, 0.10, moves.near((0.37, 0.05, 0.30), 0.02), colour=moves.pick(BRIGHT), flip=side)
    tube = Item("tube", 0.03, 0.05, moves.near((0.09, 0.025, 0.42), 0.02), (0.97 * side, 0, 0.2), colour, _WHITE)
    sink = Prop("sink", moves.near((-0.17, 0.0, 0.32), 0.02), 0.19, _WHITE, (150, 200, 220), side)
    scene = Scene((brush, cup, tube), props=(sink,))
    return perform("brushing", moves, scene, _brush(moves, scene.items, sink.place), n_frames)


def _brush(moves: Moves, items: tuple[Item, ...], sink: Point) -> Iterator[Phase]:
    side, mouth = moves.side, moves.within_reach(at_head(moves.subject, 0.125, -0.082, 0.17))
    to_teeth: Point = (-0.93 * side, 0.36, 0.0)
    yield moves.rest()
    while True:
        if moves.chance(0.45):
            yield moves.fetch(2, items[2])
            yield moves.carry(2, moves.on_side((0.14, 0.16, 0.28)), (-0.8 * side, -0.6, 0.0))
            if moves.chance(0.6):
                yield moves.hold(2)
            yield from moves.put_back(2, items[2], home=1.0)
        yield moves.fetch(0, items[0])
        yield moves.carry(0, mouth, to_teeth)
        for _ in range(1 + int(moves.again(0.4))):
            yield moves.strokes(0, mouth, (0.045, 0.0, 0.0))
            if moves.chance(0.6):
                yield moves.hold(0)
        if moves.chance(0.4):
            over = (sink[0] + 0.16 * side, 0.12, sink[2])
            yield moves.carry(0, over, (-0.9 * side, -0.3, 0.0))
            yield moves.hold(0, 0.2, 0.6)
        yield from moves.put_back(0, items[0])
        if moves.chance(0.5):
            yield moves.fetch(1, items[1])
            yield moves.carry(1, moves.within_reach(at_head(moves.subject, 0.03, -0.10, 0.17)), (0.0, 0.75, -0.65))
            yield moves.hold(1, 0.4, 0.9)
            yield from moves.put_back(1, items[1])


def face_wash(subject: Subject, n_frames: int, rng: np.random.Generator) -> Performance:
    """Perform washing the face: a cloth is dipped into a bowl of water and rubbed over the face."""
    moves = Moves(subject, rng)
    colour = moves.pick(_CLOTHS)
    cloth = Item(
        "cloth", 0.085, 0.03, moves.near((0.31, 0.015, 0.27), 0.02), (-0.8 * moves.side, 0, 0.6), colour, _WHITE
    )
    bowl = Prop("washbowl", moves.near((-0.02, 0.0, 0.35), 0.02), 0.21, _WHITE, (70, 160, 225), moves.side)
    scene = Scene((cloth,), props=(bowl,))
    return perform("face wash", moves, scene, _wash(moves, cloth, bowl.place), n_frames)


def _wash(moves: Moves, cloth: Item, bowl: Point) -> Iterator[Phase]:
    subject = moves.subject
    dip = (bowl[0] + 0.07 * moves.side, 0.07, bowl[2] - 0.02)
    yield moves.rest()
    while True:
        yield moves.fetch(0, cloth)
        for _ in range(1 + int(moves.again(0.2))):
            yield moves.carry(0, dip, (-0.4 * moves.side, -0.6, 0.6), 0.08)
            if moves.again(0.3):
                yield moves.strokes(0, dip, (0.03, 0.012, 0.0), 0.5, 1.0)
            if moves.again(0.6):
                yield moves.hold(0)
            for place in (at_head(subject, 0.085, -0.06, 0.15), at_head(subject, 0.05, -0.02, 0.16)):
                cheek = moves.within_reach(place)
                yield moves.carry(0, cheek, (-0.55 * moves.side, 0.8, 0.0))
                yield moves.strokes(0, cheek, (0.042, 0.036, 0.0), 0.5, 1.4)
                if moves.again(0.45):
                    yield moves.hold(0)
                if not moves.again(0.3):
                    break
        yield from moves.put_back(0, cloth)
