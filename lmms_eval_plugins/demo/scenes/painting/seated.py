"""A person on a chair without a table: wall and floor, chair, legs, and a trunk that is round from every side."""

from __future__ import annotations

import numpy as np

from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH, Camera
from lmms_eval_plugins.demo.scenes.motion import Array
from lmms_eval_plugins.demo.scenes.painting.brush import CIRCLE, Brush, Canvas, mixed, shaded
from lmms_eval_plugins.demo.scenes.painting.person import Joints
from lmms_eval_plugins.demo.scenes.subjects import Colour, Looks, Visit
from lmms_eval_plugins.domain.vocabulary import Hand

_FLOOR_M, _WALL_M = -0.62, 1.1
_METAL: Colour = (92, 96, 108)
_RING = np.linspace(0, 2 * np.pi, 17)[:-1]
_LOW = ((-0.20, 0.160, 0.105, -0.06), (-0.07, 0.150, 0.105, -0.065))
_HIGH = (
    (-0.10, 0.158, 0.108, -0.065),
    (0.04, 0.140, 0.098, -0.07),
    (0.19, 0.160, 0.108, -0.06),
    (0.30, 0.150, 0.075, -0.06),
)
"""Cross-sections of the trunk: height, half width, half depth, z (metres)."""
_THIGH_M, _KNEE_M, _ANKLE_M = 0.082, 0.064, 0.046


def paint_place(canvas: Canvas, camera: Camera, visit: Visit) -> None:
    """Paint wall, floor and chair."""
    rows = np.linspace(1.06, 0.88, canvas.pixels.shape[0])[:, None]
    columns = 1 + 0.09 * visit.light_from * np.linspace(-1, 1, canvas.pixels.shape[1])[None]
    wall = np.asarray(canvas.ink(visit.wall), float) * (rows * columns)[..., None]
    canvas.pixels[:] = np.clip(wall, 0, 255).astype(np.uint8)
    floor = mixed(visit.table, visit.wall, 0.35)
    away = -camera.axes[2] * [1.0, 0.0, 1.0] * _WALL_M + [0.0, _FLOOR_M, 0.0]
    height = float(camera.project(away)[1])
    for rise, colour in ((-8.0, shaded(visit.wall, 0.80)), (0.0, shaded(floor, 0.68)), (22.0, shaded(floor, 0.74))):
        top, bottom = height + rise, 2.0 * HEIGHT
        canvas.convex(np.array([(-9.0, top), (WIDTH + 9.0, top), (WIDTH + 9.0, bottom), (-9.0, bottom)]), colour)
    _box(canvas, camera, (-0.20, 0.20), (-0.06, 0.27), (-0.235, -0.205), (118, 122, 138))
    for x in (-0.18, 0.18):
        for z in (-0.20, 0.20):
            foot, top = np.array([(x, _FLOOR_M, z), (x, -0.26, z)])
            canvas.line(camera.project(np.stack([foot, top])), 9.0, _METAL)
    _box(canvas, camera, (-0.21, 0.21), (-0.27, -0.235), (-0.22, 0.24), (98, 102, 118))


def paint_lap(canvas: Canvas, camera: Camera, joints: Joints, looks: Looks) -> None:
    """Paint hips on the chair, thighs and lower legs, in trousers; ``joints`` in one frame."""
    colour = trousers(looks)
    _rounded(canvas, _outline(camera, looks, _LOW, np.zeros((1, 3))), colour)
    sides: tuple[Hand, Hand] = ("left", "right")
    for hand in sorted(sides, key=lambda one: float(joints[f"{one}_knee"][2])):
        hip, knee, ankle = (joints[f"{hand}_{name}"] for name in ("hip", "knee", "ankle"))
        canvas.limb(ankle[:2], knee[:2], _ANKLE_M * ankle[2], _KNEE_M * knee[2], shaded(colour, 0.82))
        canvas.limb(hip[:2], knee[:2], _THIGH_M * hip[2], _KNEE_M * 1.06 * knee[2], colour)


def paint_cushion(canvas: Canvas, camera: Camera, side: int) -> None:
    """Paint a cushion on the lap for a forearm; ``side`` is the sign of x of that arm."""
    x = np.array([0.27, -0.02]) * side
    _box(canvas, camera, (float(x.min()), float(x.max())), (-0.075, -0.005), (0.02, 0.30), (206, 196, 176))


def paint_torso(brush: Brush, camera: Camera, joints: Joints, looks: Looks, trunk: Array) -> None:
    """Paint shirt, shoulders, neck and collar in all frames; ``trunk`` (frames, 3): its offset from upright, metres."""
    scale = joints["neck"][:, 2]
    metre = scale[:, None]
    neck = joints["neck"][:, :2]
    slope = neck + metre * [0.0, 0.006]
    for hand in ("left", "right"):
        shoulder = joints[f"{hand}_shoulder"][:, :2]
        inner = slope + 0.25 * (shoulder - slope)
        brush.capsule(inner, shoulder, 0.055 * scale, 0.064 * scale, shaded(looks.shirt, 0.80))
    _rounded(brush, _outline(camera, looks, _HIGH, trunk), looks.shirt)
    front = camera.project(trunk + np.array([0.0, 0.30 * looks.height, 0.02]))[:, :2]
    collar = metre * [0.055, 0.0]
    brush.convex(np.stack([neck - collar, neck + collar, front], axis=1), shaded(looks.skin, 0.80))
    throat = neck + metre * [0.0, 0.015]
    brush.limb(joints["head"][:, :2], throat, 0.052 * scale, 0.055 * scale, shaded(looks.skin, 0.88))
    for sign in (-1, 1):
        brush.line(np.stack([neck + sign * collar, front], axis=1), 0.014 * scale, shaded(looks.shirt, 1.25))


def trousers(looks: Looks) -> Colour:
    """Return a dark colour that differs from the shirt's."""
    return mixed((52, 56, 70), looks.hair, 0.25) if sum(looks.shirt) > 300 else mixed((120, 112, 98), looks.hair, 0.2)


def _outline(camera: Camera, looks: Looks, sections: tuple[tuple[float, ...], ...], trunk: Array) -> Array:
    """Return the outline in the picture of a stack of ellipses, (frames, n, 2)."""
    rings = []
    for y, wide, deep, z in sections:
        across, along = wide * looks.build * np.cos(_RING), z + deep * np.sin(_RING)
        ring = np.column_stack([across, np.full(len(_RING), y * looks.height), along])
        rings.append(ring + trunk[:, None] * np.clip((y + 0.1) / 0.4, 0.0, 1.0))
    seen = camera.project(np.concatenate(rings, axis=1))[..., :2]
    furthest = np.argmax(seen @ CIRCLE.T, axis=1)
    return np.take_along_axis(seen, furthest[..., None], axis=1)


def _rounded(brush: Brush, outline: Array, colour: Colour) -> None:
    middle = outline.mean(axis=1, keepdims=True)
    wide = np.ptp(outline[..., 0], axis=1)[:, None, None]
    lit = wide * [0.12 * brush.light_from, 0.0]
    for part, factor in ((1.0, 0.74), (0.90, 0.84), (0.72, 0.90), (0.50, 0.96), (0.28, 1.0)):
        brush.convex(middle + (outline - middle) * [part, 1.0] + lit * (1.0 - part), shaded(colour, factor))


def _box(
    canvas: Canvas,
    camera: Camera,
    x: tuple[float, float],
    y: tuple[float, float],
    z: tuple[float, float],
    colour: Colour,
) -> None:
    """Paint a box: its visible side, its top, its front."""
    towards = camera.position[0] - (x[0] + x[1]) / 2
    flank = x[1] if towards > 0 else x[0]
    faces = (
        ([(flank, y[0], z[0]), (flank, y[1], z[0]), (flank, y[1], z[1]), (flank, y[0], z[1])], 0.70),
        ([(x[0], y[1], z[0]), (x[1], y[1], z[0]), (x[1], y[1], z[1]), (x[0], y[1], z[1])], 1.06),
        ([(x[0], y[0], z[1]), (x[1], y[0], z[1]), (x[1], y[1], z[1]), (x[0], y[1], z[1])], 0.86),
    )
    for corners, factor in faces:
        canvas.convex(camera.project(np.array(corners)), shaded(colour, factor))
