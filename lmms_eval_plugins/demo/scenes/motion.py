"""The motion of a hand: a script of phases (one primitive each) becomes positions, hand shapes and carried objects.

Space is in metres: x grows towards the *patient's left* (the right side of the picture), y upwards from the table top,
z from the patient towards the camera. A hand's position is the middle of its grip: the centre of what it holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.demo.scenes.subjects import Movement
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, Primitive

FPS = 30
"""Frames per second of every demo video, and the clock of scripts."""

Array = npt.NDArray[np.float64]
Point = tuple[float, float, float]
"""x, y, z in metres."""

UPRIGHT: Point = (0.0, 1.0, 0.0)
"""The axis of an object that stands."""


@dataclass(frozen=True, slots=True)
class Phase:
    """One primitive of a script, ``frames`` long.

    ``to`` is the hand's place at the end (in phases of motion), ``item`` the object that is approached, carried or
    held, ``lift_m`` the height of the path above a straight line. ``aim`` is the direction of the axis of the object in
    the hand at the end (None: unchanged). ``sway`` (metres along x, y, z) and ``beats`` are the amplitude and number of
    movements to and fro on the way. ``wear``: the object ends on the head, and stays there when it is released.
    """

    primitive: Primitive
    frames: int
    to: Point | None = None
    item: int | None = None
    lift_m: float = 0.0
    aim: Point | None = None
    sway: Point | None = None
    beats: float = 0.0
    wear: bool = False


@dataclass(frozen=True, slots=True)
class HandTrajectory:
    """A hand over the frames of a video.

    ``position``: metres, (frames, 3). ``shape``: weights of rest, open and grip, (frames, 3), rows sum to 1. ``held``:
    index of the object that it holds, −1 for none, (frames,). ``aim``: direction of the axis of a held object,
    (frames, 3), unit vectors. ``wears``: whether a held object belongs on the head, (frames,).
    """

    position: Array
    shape: Array
    held: npt.NDArray[np.int64]
    aim: Array
    wears: npt.NDArray[np.bool_]


def minimum_jerk(time: npt.ArrayLike) -> Array:
    """Return the share of a smooth movement that is done at a share of its time (both 0 to 1; clipped outside)."""
    t = np.clip(np.asarray(time, dtype=np.float64), 0.0, 1.0)
    return np.asarray(t**3 * (10.0 - 15.0 * t + 6.0 * t**2))


def submovements(time: npt.ArrayLike, shares: Sequence[float]) -> Array:
    """Return progress (0 to 1) of a movement of overlapping smooth pieces, each covering its share of the way.

    One piece is `minimum_jerk`; more pieces make the hesitant, stop-and-go movement of an impaired arm.
    """
    t = np.asarray(time, dtype=np.float64)
    whole = float(sum(shares))
    each = 1.0 / (1.0 + 0.72 * (len(shares) - 1))
    progress = sum(share * minimum_jerk((t - 0.72 * each * i) / each) for i, share in enumerate(shares))
    return np.asarray(progress / whole)


def timeline_of(script: Sequence[Phase], n_frames: int) -> Timeline:
    """Return the primitives of a script as labels; starts are whole frames, in seconds rounded to milliseconds."""
    marks, frame = [], 0
    for phase in script:
        marks.append((str(phase.primitive), round(frame / FPS, 3)))
        frame += phase.frames
    return Timeline.from_marks(marks, round(n_frames / FPS, 3)).merged()


def cut_script(script: Iterable[Phase], n_frames: int, shortest: int = 6) -> tuple[Phase, ...]:
    """Cut a (possibly endless) script to the phases that fill ``n_frames``, the last one at least to the end.

    A phase that would begin with fewer than ``shortest`` frames left is left out; the previous phase lasts longer.
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


def follow_script(
    script: Sequence[Phase], start: Point, n_frames: int, movement: Movement, rng: np.random.Generator
) -> HandTrajectory:
    """Move a hand through a script from ``start``, cut at ``n_frames``; tremor and bends are drawn from ``rng``."""
    here, aim = np.array(start), np.array(UPRIGHT)
    paths, shapes, held, aims = [], [], [], []
    before: Primitive = "idle"
    for phase in script:
        time = np.arange(phase.frames) / phase.frames
        path, done, here = _path(phase, here, time, movement, rng)
        pointing, aim = _turn(phase, aim, done)
        paths.append(path)
        aims.append(pointing)
        shapes.append(_shape(phase, before, time))
        carries = phase.item is not None and phase.primitive in GRASP_PRIMITIVES
        held.append(np.full(phase.frames, phase.item if carries else -1))
        before = phase.primitive
    position = np.concatenate(paths)[:n_frames]
    return HandTrajectory(
        position=position + tremor(len(position), movement.tremor_m, rng),
        shape=_smooth(np.concatenate(shapes)[:n_frames]),
        held=np.concatenate(held)[:n_frames].astype(np.int64),
        aim=np.concatenate(aims)[:n_frames],
        wears=np.repeat([phase.wear for phase in script], [phase.frames for phase in script])[:n_frames],
    )


def tremor(n_frames: int, amplitude_m: float, rng: np.random.Generator) -> Array:
    """Draw tremor (3 to 5 Hz) and slow sway of a hand, metres, (frames, 3); 0 in height: objects stay on the table."""
    seconds = np.arange(n_frames)[:, None] / FPS
    shake = np.sin(2 * np.pi * (rng.uniform(3.2, 5.0, 2) * seconds + rng.uniform(0, 1, 2)))
    waxing = 0.65 + 0.35 * np.sin(2 * np.pi * (0.4 * seconds + rng.uniform(0, 1, 2)))
    sway = 0.0012 * np.sin(2 * np.pi * (rng.uniform(0.2, 0.4, 2) * seconds + rng.uniform(0, 1, 2)))
    sideways = amplitude_m * shake * waxing + sway
    return np.column_stack([sideways[:, 0], np.zeros(n_frames), sideways[:, 1]])


_SLIP = 0.3
"""Share of the distance to its place that a worn object moves in a frame."""


def item_positions(track: HandTrajectory, starts: Sequence[Point], worn_at: Array | None = None) -> Array:
    """Return the places of objects in metres, (objects, frames, 3): with the hand that holds them, else unchanged.

    An object that was put on slips to ``worn_at`` (frames, 3) and stays there.
    """
    places = np.empty((len(starts), len(track.held), 3))
    for item, start in enumerate(starts):
        place, worn = np.array(start), False
        for frame, held in enumerate(track.held.tolist()):
            if held == item:
                place, worn = track.position[frame], bool(track.wears[frame])
            elif worn and worn_at is not None:
                place = place + worn_at[frame] - worn_at[frame - 1]
                place = place + _SLIP * (worn_at[frame] - place)
            places[item, frame] = place
    return places


def item_axes(track: HandTrajectory, starts: Sequence[Point]) -> Array:
    """Return the axes of objects, (objects, frames, 3): as the hand turns them, else unchanged."""
    axes = np.empty((len(starts), len(track.held), 3))
    for item, start in enumerate(starts):
        axis = np.array(start) / np.linalg.norm(start)
        for frame, held in enumerate(track.held.tolist()):
            if held == item:
                axis = track.aim[frame]
            axes[item, frame] = axis
    return axes


def _path(
    phase: Phase, here: Array, time: Array, movement: Movement, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    if phase.primitive not in MOTION_PRIMITIVES or phase.to is None:
        return np.repeat(here[None], len(time), axis=0), minimum_jerk(time), here
    there = np.array(phase.to)
    shares = rng.uniform(0.6, 1.4, movement.pieces)
    done = submovements(time, list(shares))[:, None]
    hump = 16 * done**2 * (1 - done) ** 2
    way = there - here
    sideways = np.array([way[2], 0.0, -way[0]]) / max(float(np.hypot(way[0], way[2])), 1e-6)
    bend = rng.uniform(-1, 1) * movement.bend_m
    path = here + done * way + hump * (bend * sideways + np.array([0.0, phase.lift_m, 0.0]))
    if phase.sway is not None:
        path = path + _swaying(phase.sway, phase.beats, time)
    return path, done[:, 0], there


def _swaying(sway: Point, beats: float, time: Array) -> Array:
    """Return offsets to and fro around a path, elliptic where height and depth sway as well; 0 at both ends."""
    angle = 2 * np.pi * beats * time
    swell = minimum_jerk(np.minimum(time, 1 - time) * max(beats, 1.0) * 2)[:, None]
    return np.asarray(swell * np.array(sway) * np.column_stack([np.sin(angle), np.cos(angle), np.cos(angle)]))


def _turn(phase: Phase, before: Array, done: Array) -> tuple[Array, Array]:
    if phase.aim is None:
        return np.repeat(before[None], len(done), axis=0), before
    after = np.array(phase.aim) / np.linalg.norm(phase.aim)
    axes = before + done[:, None] * (after - before)
    return axes / np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-6), after


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
