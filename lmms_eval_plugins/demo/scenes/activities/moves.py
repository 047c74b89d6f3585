"""Building blocks of scripts: single movements of the labelled hand, as slow and as far as the subject's ability."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.demo.scenes.activities.scene import Item, Performance, Scene
from lmms_eval_plugins.demo.scenes.motion import FPS, Phase, Point, cut_script
from lmms_eval_plugins.demo.scenes.posture import side_sign
from lmms_eval_plugins.demo.scenes.subjects import Colour, Subject
from lmms_eval_plugins.domain.vocabulary import Activity, Hand

HOME: Point = (0.25, 0.025, 0.11)
"""Resting place of a hand on the table (metres, x away from the body's middle)."""

BESIDE: Point = (0.37, 0.025, 0.10)
"""Place that a hand sometimes moves to without a purpose."""

TABLE_EDGE: Point = (0.30, 0.02, 0.045)
"""Place where a hand holds on to the table's edge."""

BRIGHT: tuple[Colour, ...] = (
    (222, 62, 58),
    (38, 110, 200),
    (38, 158, 92),
    (240, 170, 40),
    (150, 70, 180),
    (24, 160, 170),
    (232, 96, 150),
)
"""Colours of plastic objects."""

_LONGEST_STROKES_FACTOR = 1.1


@dataclass(frozen=True, slots=True)
class Moves:
    """Phases of a subject's labelled hand, with durations drawn from ``rng``."""

    subject: Subject
    rng: np.random.Generator

    @property
    def side(self) -> int:
        """Sign of x on the side of the labelled hand."""
        return side_sign(self.subject.hand)

    def on_side(self, point: Point) -> Point:
        """Mirror a point given with x away from the body's middle to the side of the labelled hand."""
        return on_side(point, self.side)

    def chance(self, part: float) -> bool:
        """Draw True with a probability (0 to 1)."""
        return float(self.rng.uniform()) < part

    def again(self, part: float) -> bool:
        """Draw whether to repeat something: with a probability that is lower for slow hands."""
        return self.chance(part / self.subject.movement.slowness)

    def pick(self, colours: tuple[Colour, ...]) -> Colour:
        """Draw one of some colours."""
        return colours[int(self.rng.integers(len(colours)))]

    def near(self, point: Point, spread_m: float = 0.03) -> Point:
        """Draw a point on the labelled hand's side, up to ``spread_m`` away along x and z."""
        x, z = (float(self.rng.uniform(-spread_m, spread_m)) for _ in range(2))
        return self.on_side((point[0] + x, point[1], point[2] + z))

    def within_reach(self, goal: Point, part: float = 0.6) -> Point:
        """Return the point that the hand gets to when it aims at a raised goal: impaired hands stop short of it.

        ``part`` is the share of the missing extent that takes effect.
        """
        return short_of(goal, self.on_side(HOME), 1 - part * (1 - self.subject.movement.extent))

    def rest(self, shortest_s: float = 0.3, longest_s: float = 0.9) -> Phase:
        """Rest, empty and still."""
        return Phase("idle", frames(self.rng, shortest_s, longest_s, self.subject.movement.pauses))

    def reach(self, item: int, place: Point, axis: Point) -> Phase:
        """Reach for an object at a place, with the hand turned like the object's axis."""
        return Phase("reach", self._motion(0.4, 0.8), place, item, 0.04, aim=axis)

    def carry(self, item: int, to: Point, aim: Point | None = None, lift_m: float = 0.05, wear: bool = False) -> Phase:
        """Carry an object to a place, its axis turned to point along ``aim`` at the end."""
        return Phase("transport", self._motion(0.58, 1.0), to, item, lift_m, aim=aim, wear=wear)

    def hold(self, item: int, shortest_s: float = 0.25, longest_s: float = 0.7, wear: bool = False) -> Phase:
        """Hold an object still."""
        return Phase(
            "stabilize", frames(self.rng, shortest_s, longest_s, self.subject.movement.pauses), None, item, wear=wear
        )

    def strokes(self, item: int, at: Point, sway: Point, shortest_s: float = 0.6, longest_s: float = 1.9) -> Phase:
        """Move an object to and fro, up to ``sway`` metres along x, y and z, on the way to ``at``."""
        movement = self.subject.movement
        length = frames(self.rng, shortest_s, longest_s, min(movement.slowness, _LONGEST_STROKES_FACTOR))
        rate_hz = float(self.rng.uniform(1.7, 2.2)) / movement.slowness**0.6
        beats = max(1, round(2 * rate_hz * length / FPS)) / 2
        x, y, z = (movement.extent * amplitude for amplitude in sway)
        return Phase("transport", length, at, item, sway=(x, y, z), beats=beats)

    def away(self, goal: Point) -> Phase:
        """Move the empty hand to a place where it touches nothing."""
        return Phase("reposition", self._motion(0.35, 0.75), goal, None, 0.03)

    def home(self) -> Phase:
        """Move the empty hand back to its resting place."""
        return self.away(self.near(HOME, 0.02))

    def _motion(self, shortest_s: float, longest_s: float) -> int:
        return frames(self.rng, shortest_s, longest_s, self.subject.movement.slowness)

    def fetch(self, item: int, thing: Item) -> Phase:
        """Reach for an object at its first place."""
        return self.reach(item, thing.start, thing.axis)

    def put_back(self, item: int, thing: Item, home: float = 0.7) -> Iterator[Phase]:
        """Carry an object to its first place and move the hand away, to its resting place with probability ``home``."""
        yield self.carry(item, thing.start, thing.axis)
        if self.chance(0.3):
            yield self.hold(item, 0.2, 0.5)
        x, y, z = thing.start
        yield self.home() if self.chance(home) else self.away((x + 0.10 * self.side, y, z - 0.09))
        if self.chance(0.6):
            yield self.rest()
        if self.chance(0.25):
            yield self.away(self.near(BESIDE))
            yield self.rest()


def perform(
    activity: Activity, moves: Moves, scene: Scene, script: Iterable[Phase], n_frames: int, label: str = ""
) -> Performance:
    """Return a performance in which the labelled hand follows a script and the other hand rests.

    ``label`` is the activity's label where it differs from its name.
    """
    hand = moves.subject.hand
    other: Hand = "right" if hand == "left" else "left"
    return Performance(
        activity=label or activity,
        hand=hand,
        scene=scene,
        starts={each: on_side(HOME, side_sign(each)) for each in (hand, other)},
        scripts={
            hand: cut_script(script, n_frames),
            other: cut_script(_resting(side_sign(other), moves.rng), n_frames),
        },
    )


def frames(rng: np.random.Generator, shortest_s: float, longest_s: float, factor: float = 1.0) -> int:
    """Draw a duration in frames, between two limits in seconds that are multiplied by ``factor``."""
    return round(float(rng.uniform(shortest_s, longest_s)) * factor * FPS)


def on_side(point: Point, side: int) -> Point:
    """Mirror a point given with x away from the body's middle to a side (1 or −1)."""
    return (side * point[0], point[1], point[2])


def short_of(goal: Point, start: Point, extent: float) -> Point:
    """Return the point at a share ``extent`` of the way from a start to a goal."""
    return (
        start[0] + extent * (goal[0] - start[0]),
        start[1] + extent * (goal[1] - start[1]),
        start[2] + extent * (goal[2] - start[2]),
    )


def _resting(side: int, rng: np.random.Generator) -> Iterator[Phase]:
    """Yield phases of the other hand: it rests, sometimes moves over, or holds on to the table's edge."""
    while True:
        yield Phase("idle", frames(rng, 2.5, 6.0))
        if rng.uniform() < 0.4:
            yield Phase("reposition", frames(rng, 0.7, 1.1), on_side(TABLE_EDGE, side), None, 0.02)
            yield Phase("stabilize", frames(rng, 1.5, 3.5))
        away = (HOME[0] + float(rng.uniform(-0.05, 0.06)), HOME[1], HOME[2] + float(rng.uniform(-0.02, 0.05)))
        yield Phase("reposition", frames(rng, 0.7, 1.1), on_side(away, side), None, 0.02)
