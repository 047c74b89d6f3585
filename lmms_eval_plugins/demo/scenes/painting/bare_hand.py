"""A hand without an object, in space: five fingers that bend towards the palm, visible from every camera."""

from __future__ import annotations

import numpy as np

from lmms_eval_plugins.demo.scenes.camera import Camera
from lmms_eval_plugins.demo.scenes.motion import Array
from lmms_eval_plugins.demo.scenes.painting.brush import Brush, Shown, shaded
from lmms_eval_plugins.demo.scenes.painting.hand import HAND_SIZE
from lmms_eval_plugins.demo.scenes.subjects import Colour

# Along the hand, towards the thumb: wrist, the knuckles from the thumb's side to the little finger's, wrist.
_PALM = np.array(
    [(0.0, 0.026), (0.040, 0.038), (0.098, 0.038), (0.103, 0.010), (0.098, -0.022), (0.090, -0.038), (0.0, -0.026)]
)
_ROOTS = np.array([(0.098, 0.031), (0.103, 0.010), (0.100, -0.012), (0.091, -0.032)])
_LENGTHS_M = np.array([0.082, 0.093, 0.087, 0.068])
_SHARES = np.array([0.46, 0.30, 0.24])
_BENDS = np.deg2rad(np.array([82.0, 100.0, 62.0])).cumsum()
_FAN = np.deg2rad(np.array([13.0, 3.0, -8.0, -19.0]))
_FINGER_RADIUS_M = np.array([0.0138, 0.0120, 0.0124, 0.0119, 0.0106])
# The thumb's bones, straight and in a fist: along the hand, towards the thumb, out of the palm.
_THUMB_ROOT = np.array([0.024, 0.026, 0.004])
_THUMB_STRAIGHT = np.array([(0.030, 0.034, 0.004), (0.024, 0.028, 0.002), (0.022, 0.020, 0.000)])
_THUMB_BENT = np.array([(0.036, 0.012, 0.024), (0.024, -0.016, 0.022), (0.008, -0.030, 0.010)])


def hand_axes(hand: Array, palm: Array, side: int) -> Array:
    """Return the axes of hands (frames, 3, 3) from their directions and rough normals of the palms, each (frames, 3).

    Rows of each are unit vectors: along the hand, to the thumb, out of the palm. ``side`` is 1 for a left hand.
    """
    along = hand / np.linalg.norm(hand, axis=1, keepdims=True)
    out = palm - (palm * along).sum(axis=1, keepdims=True) * along
    out = out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)
    return np.stack([along, side * np.cross(out, along), out], axis=1)


def paint_bare_hand(
    brush: Brush, camera: Camera, wrist: Array, axes: Array, curls: Array, skin: Colour, shown: Shown
) -> None:
    """Paint a hand at its wrist (frames, 3; metres) with `hand_axes`, in the frames in which it is ``shown``.

    ``curls`` (frames, 5): how bent thumb, index, middle, ring and little finger are, 0 straight to 1 in a fist.
    """
    fingers = [_thumb(curls[:, 0]), *(_finger(i, curls[:, i + 1]) for i in range(4))]
    seen = [camera.project(wrist[:, None] + HAND_SIZE * points @ axes)[..., :2] for points in fingers]
    scale = HAND_SIZE * camera.project(wrist)[:, 2]
    palm_seen = np.einsum("fi,fi->f", axes[:, 2], camera.position - wrist) > 0
    in_front = [palm_seen | (points[:, -1, 2] < 0.03) for points in fingers]
    for i in range(5):
        _paint_finger(brush, seen[i], _FINGER_RADIUS_M[i] * scale, skin, shown & ~in_front[i])
    _paint_palm(brush, camera, wrist, axes, scale, skin, shown)
    for i in (4, 3, 2, 1, 0):
        _paint_finger(brush, seen[i], _FINGER_RADIUS_M[i] * scale, skin, shown & in_front[i])


def _finger(i: int, curl: Array) -> Array:
    """Return the joints of a finger on the hand's axes, (frames, 4, 3)."""
    bend, fan = curl[:, None] * _BENDS, ((1 - curl) * _FAN[i])[:, None]
    bones = np.stack([np.cos(bend) * np.cos(fan), np.cos(bend) * np.sin(fan), np.sin(bend)], axis=-1)
    return _chain(np.array([*_ROOTS[i], 0.0]), bones * (_SHARES * _LENGTHS_M[i])[:, None])


def _thumb(curl: Array) -> Array:
    bent = curl[:, None, None]
    return _chain(_THUMB_ROOT, (1 - bent) * _THUMB_STRAIGHT + bent * _THUMB_BENT)


def _chain(root: Array, bones: Array) -> Array:
    return np.asarray(root + np.concatenate([np.zeros_like(bones[:, :1]), bones.cumsum(axis=1)], axis=1))


def _paint_palm(
    brush: Brush, camera: Camera, wrist: Array, axes: Array, scale: Array, skin: Colour, shown: Shown
) -> None:
    corners = np.column_stack([_PALM, np.zeros(len(_PALM))])
    seen = camera.project(wrist[:, None] + HAND_SIZE * corners @ axes)[..., :2]
    middle = seen.mean(axis=1, keepdims=True)
    light = scale[:, None, None] * np.array([0.005 * brush.light_from, -0.004])
    for part, radius, factor in ((1.0, 0.0150, 0.66), (1.0, 0.012, 0.94), (0.7, 0.009, 1.02)):
        inner = middle + part * (seen - middle) + (1 - part) * 3 * light
        brush.convex(inner, shaded(skin, factor), shown)
        brush.line(inner, 2 * radius * scale, shaded(skin, factor), closed=True, shown=shown)


def _paint_finger(brush: Brush, joints: Array, radius: Array, skin: Colour, shown: Shown) -> None:
    brush.line(joints, 2.5 * radius, shaded(skin, 0.62), shown=shown)
    brush.line(joints, 1.9 * radius, shaded(skin, 0.95), shown=shown)
    light = radius[:, None, None] * np.array([0.22 * brush.light_from, -0.22])
    brush.line(joints[:, 1:] + light, 0.9 * radius, shaded(skin, 1.10), shown=shown)
