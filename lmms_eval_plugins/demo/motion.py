"""How a hand moves: a script of phases (one primitive each) becomes positions, hand shapes and carried objects.

Space is in metres: x grows towards the *patient's left* (the right side of the picture), y upwards from the table top,
z from the patient towards the camera. A hand's position is the middle of its grip: the centre of what it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.demo.subjects import Movement
from lmms_eval_plugins.timeline import Timeline
from lmms_eval_plugins.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, Primitive

FPS = 30
"""Frames per second of every demo video, and the clock of scripts."""

Array = npt.NDArray[np.float64]
Point = tuple[float, float, float]
"""x, y, z in metres."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One primitive of a script, ``frames`` long.

    ``to`` is where the hand is at the end (in phases of motion), ``item`` the object that is approached, carried or
    held, ``lift_m`` how far the path rises above a straight line.
    """

    primitive: Primitive
    frames: int
    to: Point | None = None
    item: int | None = None
    lift_m: float = 0.0


@dataclass(frozen=True, slots=True)
class HandTrack:
    """A hand over the frames of a video.

    ``position``: metres, (frames, 3). ``shape``: how much it is at rest, open, gripping, (frames, 3), rows sum to 1.
    ``held``: index of the object that it holds, −1 for none, (frames,).
    """

    position: Array
    shape: Array
    held: npt.NDArray[np.int64]


def minimum_jerk(time: npt.ArrayLike) -> Array:
    """The part of a smooth movement that is done at a part of its time (both 0 to 1; clipped outside)."""
    t = np.clip(np.asarray(time, dtype=np.float64), 0.0, 1.0)
    return np.asarray(t**3 * (10.0 - 15.0 * t + 6.0 * t**2))


def submovements(time: npt.ArrayLike, shares: Sequence[float]) -> Array:
    """Progress (0 to 1) of a movement made of overlapping smooth pieces, each covering its share of the way.

    One piece is `minimum_jerk`; more of them make the hesitant, stop-and-go movement of an impaired arm.
    """
    t = np.asarray(time, dtype=np.float64)
    whole = float(sum(shares))
    each = 1.0 / (1.0 + 0.72 * (len(shares) - 1))
    progress = sum(share * minimum_jerk((t - 0.72 * each * i) / each) for i, share in enumerate(shares))
    return np.asarray(progress / whole)


def timeline_of(script: Sequence[Phase], n_frames: int) -> Timeline:
    """The primitives of a script as labels; starts are whole frames, in seconds rounded to milliseconds."""
    marks, frame = [], 0
    for phase in script:
        marks.append((str(phase.primitive), round(frame / FPS, 3)))
        frame += phase.frames
    return Timeline.from_marks(marks, round(n_frames / FPS, 3)).merged()


def cut(script: Iterable[Phase], n_frames: int, shortest: int = 6) -> tuple[Phase, ...]:
    """The phases of a (maybe endless) script that fill ``n_frames``, the last one reaching at least to the end.

    A phase that would begin with fewer than ``shortest`` frames left is not begun; the one before it lasts longer.
    """
    kept: list[Phase] = []
    filled = 0
    for phase in script:
        if kept and filled > n_frames - shortest:
            break
        kept.append(phase)
        filled += phase.frames
    last = kept[-1]
    return (*kept[:-1], replace(last, frames=last.frames + max(n_frames - filled, 0)))


def follow(
    script: Sequence[Phase], start: Point, n_frames: int, movement: Movement, rng: np.random.Generator
) -> HandTrack:
    """The hand that goes through a script from ``start``, cut at ``n_frames``; shaking and bends come from ``rng``."""
    here = np.array(start)
    paths, shapes, held = [], [], []
    before: Primitive = "idle"
    for phase in script:
        time = np.arange(phase.frames) / phase.frames
        path, here = _path(phase, here, time, movement, rng)
        paths.append(path)
        shapes.append(_shape(phase, before, time))
        carries = phase.item is not None and phase.primitive in GRASP_PRIMITIVES
        held.append(np.full(phase.frames, phase.item if carries else -1))
        before = phase.primitive
    position = np.concatenate(paths)[:n_frames]
    return HandTrack(
        position=position + tremor(len(position), movement.tremor_m, rng),
        shape=_smooth(np.concatenate(shapes)[:n_frames]),
        held=np.concatenate(held)[:n_frames].astype(np.int64),
    )


def tremor(n_frames: int, amplitude_m: float, rng: np.random.Generator) -> Array:
    """Shaking (3 to 5 Hz) and slow sway of a hand, metres, (frames, 3); none in height: objects stay on the table."""
    seconds = np.arange(n_frames)[:, None] / FPS
    shake = np.sin(2 * np.pi * (rng.uniform(3.2, 5.0, 2) * seconds + rng.uniform(0, 1, 2)))
    waxing = 0.65 + 0.35 * np.sin(2 * np.pi * (0.4 * seconds + rng.uniform(0, 1, 2)))
    sway = 0.0012 * np.sin(2 * np.pi * (rng.uniform(0.2, 0.4, 2) * seconds + rng.uniform(0, 1, 2)))
    sideways = amplitude_m * shake * waxing + sway
    return np.column_stack([sideways[:, 0], np.zeros(n_frames), sideways[:, 1]])


def carried(track: HandTrack, starts: Sequence[Point]) -> Array:
    """Where the objects are, in metres, (objects, frames, 3): each goes with the hand that holds it, else stays."""
    places = np.empty((len(starts), len(track.held), 3))
    for item, start in enumerate(starts):
        place = np.array(start)
        for frame in range(len(track.held)):
            if track.held[frame] == item:
                place = track.position[frame]
            places[item, frame] = place
    return places


def _path(phase: Phase, here: Array, time: Array, movement: Movement, rng: np.random.Generator) -> tuple[Array, Array]:
    if phase.primitive not in MOTION_PRIMITIVES or phase.to is None:
        return np.repeat(here[None], len(time), axis=0), here
    there = np.array(phase.to)
    shares = rng.uniform(0.6, 1.4, movement.pieces)
    done = submovements(time, list(shares))[:, None]
    hump = 16 * done**2 * (1 - done) ** 2
    way = there - here
    sideways = np.array([way[2], 0.0, -way[0]]) / max(float(np.hypot(way[0], way[2])), 1e-6)
    bend = rng.uniform(-1, 1) * movement.bend_m
    path = here + done * way + hump * (bend * sideways + np.array([0.0, phase.lift_m, 0.0]))
    return path, there


_REST, _OPEN, _GRIP = np.eye(3)


def _shape(phase: Phase, before: Primitive, time: Array) -> Array:
    if phase.primitive in GRASP_PRIMITIVES:
        return np.repeat(_GRIP[None], len(time), axis=0)
    if phase.primitive == "reach":
        opening = minimum_jerk(time / 0.35)[:, None]
        closing = minimum_jerk((time - 0.75) / 0.25)[:, None]
        return np.asarray((1 - opening) * _REST + opening * ((1 - closing) * _OPEN + closing * _GRIP))
    if phase.primitive == "reposition" and before in GRASP_PRIMITIVES:
        opening = minimum_jerk(time / 0.25)[:, None]
        resting = minimum_jerk((time - 0.45) / 0.5)[:, None]
        return np.asarray((1 - opening) * _GRIP + opening * ((1 - resting) * _OPEN + resting * _REST))
    return np.repeat(_REST[None], len(time), axis=0)


def _smooth(shape: Array) -> Array:
    padded = np.concatenate([shape[:1], shape, shape[-1:]])
    return np.asarray((padded[:-2] + padded[1:-1] + padded[2:]) / 3)
