"""The person: trunk, neck, head and face, arms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lmms_eval_plugins.demo.scenes.motion import Array
from lmms_eval_plugins.demo.scenes.painting.brush import Brush, ellipse_points, mixed, shaded
from lmms_eval_plugins.demo.scenes.painting.hand import paint_strap
from lmms_eval_plugins.demo.scenes.subjects import Colour, Looks
from lmms_eval_plugins.domain.vocabulary import Hand

Joints = Mapping[str, Array]
"""Joint name to (x, y, pixels per metre), (…, 3): in one frame, or in all frames of a video."""


def paint_trunk(brush: Brush, joints: Joints, looks: Looks) -> None:
    """Paint shirt, collar and neck, and the hair behind them."""
    paint_hair_behind(brush, joints["head"][..., :2], joints["head"][..., 2], looks)
    left, right, waist, neck = (joints[name][..., :2] for name in ("left_shoulder", "right_shoulder", "waist", "neck"))
    scale = joints["neck"][..., 2]
    wide, low = _offset(scale, 0.155 * looks.build, 0.0), _offset(scale, 0.0, 0.07)
    sides = np.stack(
        [right - low * 0.4, left - low * 0.4, left + low, waist + wide, waist - wide, right + low], axis=-2
    )
    slope = neck + _offset(scale, 0.0, 0.005)
    brush.polygon(sides, shaded(looks.shirt, 0.74))
    for shoulder in (left, right):
        brush.capsule(
            slope + 0.25 * (shoulder - slope), shoulder, 0.055 * scale, 0.066 * scale, shaded(looks.shirt, 0.82)
        )
    middle = sides.mean(axis=-2, keepdims=True)
    lit = _offset(scale, 0.03 * brush.light_from, 0.0)[..., None, :]
    for part, factor in ((0.90, 0.84), (0.72, 0.90), (0.50, 0.96), (0.28, 1.0)):
        inner = middle + (sides - middle) * [part, 1.0] + lit * (1.2 - part)
        brush.polygon(inner, shaded(looks.shirt, factor))
    drop, collar = _offset(scale, 0.0, 0.075), _offset(scale, 0.062, 0.0)
    brush.convex(np.stack([neck - collar, neck + collar, neck + drop], axis=-2), shaded(looks.skin, 0.80))
    brush.limb(joints["head"][..., :2], neck + 0.2 * drop, 0.052 * scale, 0.055 * scale, shaded(looks.skin, 0.88))
    for sign in (-1, 1):
        brush.line(np.stack([neck + sign * collar, neck + drop], axis=-2), 0.014 * scale, shaded(looks.shirt, 1.25))


def paint_head(brush: Brush, joints: Joints, looks: Looks) -> None:
    """Paint hair, ears and face; glasses and beard where the person has them."""
    head, nose, scale = joints["head"][..., :2], joints["nose"][..., :2], joints["head"][..., 2]
    face = head + 0.30 * (nose - head)
    for name in ("left_ear", "right_ear"):
        brush.ellipse(joints[name][..., :2], 0.018 * scale, 0.028 * scale, shaded(looks.skin, 0.76))
    _skull(brush, face, scale, looks.skin)
    if looks.beard:
        chin = face + 0.1 * (nose - head) * [1.0, 0.0] + _offset(scale, 0.0, 0.062)
        brush.ellipse(chin, 0.060 * scale, 0.045 * scale, mixed(looks.hair, looks.skin, 0.25))
    _hair_front(brush, face, scale, looks)
    _face(brush, joints, face, scale, looks)


def paint_arm(brush: Brush, joints: Joints, hand: Hand, looks: Looks) -> None:
    """Paint upper arm, forearm and the strap on the wrist."""
    shoulder, elbow, wrist = (joints[f"{hand}_{part}"] for part in ("shoulder", "elbow", "wrist"))
    thick = looks.build**0.5
    at_shoulder, at_elbow, at_wrist = (
        size * thick * joint[..., 2] for size, joint in ((0.060, shoulder), (0.046, elbow), (0.031, wrist))
    )
    s, e, w = shoulder[..., :2], elbow[..., :2], wrist[..., :2]
    forearm = looks.shirt if looks.long_sleeves else looks.skin
    if looks.long_sleeves:
        brush.limb(s, e, at_shoulder, at_elbow, looks.shirt)
    else:
        brush.limb(s + 0.5 * (e - s), e, 0.85 * at_shoulder, at_elbow, looks.skin)
        brush.limb(s, s + 0.62 * (e - s), at_shoulder, 1.08 * at_elbow, looks.shirt)
    brush.limb(e, w, at_elbow, at_wrist, forearm)
    paint_strap(brush, e, w, at_wrist, looks.strap)


def _offset(scale: Array, x: float, y: float) -> Array:
    """Return an offset in the picture (…, 2) of x and y metres."""
    return np.asarray(np.asarray(scale)[..., None] * np.array([x, y]))


def _skull(brush: Brush, face: Array, scale: Array, skin: Colour) -> None:
    jaw, light = _offset(scale, 0.0, 0.040), _offset(scale, 0.016 * brush.light_from, -0.012)
    for size, factor, part in ((1.0, 0.74, 0.0), (0.94, 0.92, 0.4), (0.78, 1.0, 0.8), (0.5, 1.06, 1.5)):
        tone = shaded(skin, factor)
        brush.ellipse(face + part * light, 0.082 * size * scale, 0.096 * size * scale, tone)
        brush.ellipse(face + jaw + part * light, 0.066 * size * scale, 0.074 * size * scale, tone)


def paint_hair_behind(brush: Brush, head: Array, scale: Array, looks: Looks) -> None:
    """Paint the hair behind head and neck."""
    dark = shaded(looks.hair, 0.8)
    if looks.hair_style == "long":
        brush.ellipse(head + _offset(scale, 0.0, 0.035), 0.108 * scale, 0.150 * scale, dark)
    if looks.hair_style == "bun":
        brush.disc(head - _offset(scale, 0.0, 0.128), 0.042 * scale, dark)
    if looks.hair_style != "bald":
        brush.ellipse(head - _offset(scale, 0.0, 0.026), 0.096 * scale, 0.102 * scale, dark)


def _hair_front(brush: Brush, face: Array, scale: Array, looks: Looks) -> None:
    if looks.hair_style == "bald":
        return
    angles = np.linspace(np.pi * 1.02, np.pi * 1.98, 17)
    outer = np.column_stack([0.090 * np.cos(angles), -0.02 + 0.098 * np.sin(angles)])
    fringe = -0.040 if looks.hair_style == "short" else -0.052
    inner = np.column_stack([0.076 * np.cos(angles[::-1]), fringe + 0.022 * np.sin(angles[::-1])])
    brush.polygon(_around(face, scale, np.concatenate([outer, inner])), looks.hair)
    shine = _offset(scale, 0.028 * brush.light_from, -0.086)
    brush.ellipse(face + shine, 0.030 * scale, 0.011 * scale, shaded(looks.hair, 1.16), 12.0 * brush.light_from)


def _around(centre: Array, scale: Array, points: Array) -> Array:
    """Return points given in metres around a centre, (…, n, 2)."""
    return np.asarray(centre[..., None, :] + np.asarray(scale)[..., None, None] * points)


_LID = np.array([[-0.018, -0.006], [0.0, -0.012], [0.018, -0.006]])
_MOUTH = np.array([[-0.027, -0.006], [-0.012, 0.001], [0.012, 0.001], [0.027, -0.006]])


def _face(brush: Brush, joints: Joints, face: Array, scale: Array, looks: Looks) -> None:
    nose = joints["nose"][..., :2]
    brow = shaded(looks.hair, 0.85) if looks.hair_style != "bald" else shaded(looks.skin, 0.5)
    for name in ("left_eye", "right_eye"):
        eye = joints[name][..., :2]
        brush.ellipse(eye, 0.0165 * scale, 0.0105 * scale, (244, 242, 238))
        brush.disc(eye + _offset(scale, 0.0, 0.003), 0.0085 * scale, (44, 34, 30))
        brush.line(_around(eye, scale, _LID), 0.006 * scale, shaded(looks.skin, 0.55))
        brush.line(_around(eye, scale, _LID - [0.0, 0.016]), 0.009 * scale, brow)
        if looks.glasses:
            ring = ellipse_points(eye, 0.028 * scale, 0.023 * scale)
            brush.line(ring, 0.005 * scale, (40, 40, 46), closed=True)
    bridge = _offset(scale, 0.0, -0.038)
    brush.line(np.stack([nose + bridge, nose], axis=-2), 0.008 * scale, shaded(looks.skin, 0.84))
    brush.ellipse(nose, 0.016 * scale, 0.011 * scale, shaded(looks.skin, 0.82))
    brush.ellipse(nose - _offset(scale, 0.0, 0.003), 0.011 * scale, 0.008 * scale, shaded(looks.skin, 1.08))
    mouth = nose - 0.25 * (nose - face) * [1.0, 0.0] + _offset(scale, 0.0, 0.040)
    brush.line(_around(mouth, scale, _MOUTH), 0.007 * scale, mixed(looks.skin, (120, 40, 40), 0.55))
