"""The person: trunk, neck, head and face, arms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lmms_eval_plugins.demo.brush import Canvas, mixed, shaded
from lmms_eval_plugins.demo.motion import Array
from lmms_eval_plugins.demo.paint_hand import paint_strap
from lmms_eval_plugins.demo.subjects import Colour, Looks
from lmms_eval_plugins.vocabulary import Hand

Joints = Mapping[str, Array]
"""Joint name to (x, y, pixels per metre) in one frame."""


def paint_trunk(canvas: Canvas, joints: Joints, looks: Looks) -> None:
    """Shirt, collar and neck, and the hair behind them."""
    _hair_behind(canvas, joints["head"][:2], float(joints["head"][2]), looks)
    left, right, waist, neck = (joints[name][:2] for name in ("left_shoulder", "right_shoulder", "waist", "neck"))
    scale = float(joints["neck"][2])
    wide, low = np.array([0.155 * looks.build * scale, 0.0]), np.array([0.0, 0.07 * scale])
    sides = np.array([right - low * 0.4, left - low * 0.4, left + low, waist + wide, waist - wide, right + low])
    slope = neck + np.array([0.0, 0.005 * scale])
    canvas.polygon(sides, shaded(looks.shirt, 0.74))
    for shoulder in (left, right):
        canvas.capsule(
            slope + 0.25 * (shoulder - slope), shoulder, 0.055 * scale, 0.066 * scale, shaded(looks.shirt, 0.82)
        )
    middle = sides.mean(axis=0)
    lit = np.array([0.03 * scale * canvas.light_from, 0.0])
    for part, factor in ((0.90, 0.84), (0.72, 0.90), (0.50, 0.96), (0.28, 1.0)):
        inner = middle + (sides - middle) * [part, 1.0] + lit * (1.2 - part)
        canvas.polygon(inner, shaded(looks.shirt, factor))
    head = joints["head"][:2]
    skin_shade = shaded(looks.skin, 0.80)
    drop = np.array([0.0, 0.075 * scale])
    collar = np.array([0.062 * scale, 0.0])
    canvas.convex(np.array([neck - collar, neck + collar, neck + drop]), skin_shade)
    canvas.limb(head, neck + 0.2 * drop, 0.052 * scale, 0.055 * scale, shaded(looks.skin, 0.88))
    for sign in (-1, 1):
        canvas.line(np.array([neck + sign * collar, neck + drop]), 0.014 * scale, shaded(looks.shirt, 1.25))


def paint_head(canvas: Canvas, joints: Joints, looks: Looks) -> None:
    """Hair, ears, face; glasses and beard where the person has them."""
    head, nose, scale = joints["head"][:2], joints["nose"][:2], float(joints["head"][2])
    face = head + 0.30 * (nose - head)
    gaze = nose - head
    for name in ("left_ear", "right_ear"):
        canvas.ellipse(joints[name][:2], 0.018 * scale, 0.028 * scale, shaded(looks.skin, 0.76))
    _skull(canvas, face, scale, looks.skin)
    if looks.beard:
        chin = face + np.array([0.1 * gaze[0], 0.062 * scale])
        canvas.ellipse(chin, 0.060 * scale, 0.045 * scale, mixed(looks.hair, looks.skin, 0.25))
    _hair_front(canvas, face, scale, looks)
    _face(canvas, joints, face, scale, looks)


def paint_arm(canvas: Canvas, joints: Joints, hand: Hand, looks: Looks) -> None:
    """Upper arm, forearm and the strap on the wrist."""
    shoulder, elbow, wrist = (joints[f"{hand}_{part}"] for part in ("shoulder", "elbow", "wrist"))
    thick = looks.build**0.5
    at_shoulder, at_elbow, at_wrist = (
        size * thick * float(joint[2]) for size, joint in ((0.060, shoulder), (0.046, elbow), (0.031, wrist))
    )
    s, e, w = shoulder[:2], elbow[:2], wrist[:2]
    forearm = looks.shirt if looks.long_sleeves else looks.skin
    if looks.long_sleeves:
        canvas.limb(s, e, at_shoulder, at_elbow, looks.shirt)
    else:
        canvas.limb(s + 0.5 * (e - s), e, 0.85 * at_shoulder, at_elbow, looks.skin)
        canvas.limb(s, s + 0.62 * (e - s), at_shoulder, 1.08 * at_elbow, looks.shirt)
    canvas.limb(e, w, at_elbow, at_wrist, forearm)
    paint_strap(canvas, e, w, at_wrist, looks.strap)


def _skull(canvas: Canvas, face: Array, scale: float, skin: Colour) -> None:
    jaw = np.array([0.0, 0.040 * scale])
    light = np.array([0.016 * scale * canvas.light_from, -0.012 * scale])
    for size, factor, part in ((1.0, 0.74, 0.0), (0.94, 0.92, 0.4), (0.78, 1.0, 0.8), (0.5, 1.06, 1.5)):
        tone = shaded(skin, factor)
        canvas.ellipse(face + part * light, 0.082 * size * scale, 0.096 * size * scale, tone)
        canvas.ellipse(face + jaw + part * light, 0.066 * size * scale, 0.074 * size * scale, tone)


def _hair_behind(canvas: Canvas, head: Array, scale: float, looks: Looks) -> None:
    dark = shaded(looks.hair, 0.8)
    if looks.hair_style == "long":
        canvas.ellipse(head + np.array([0.0, 0.035 * scale]), 0.108 * scale, 0.150 * scale, dark)
    if looks.hair_style == "bun":
        canvas.disc(head - np.array([0.0, 0.128 * scale]), 0.042 * scale, dark)
    if looks.hair_style != "bald":
        canvas.ellipse(head - np.array([0.0, 0.026 * scale]), 0.096 * scale, 0.102 * scale, dark)


def _hair_front(canvas: Canvas, face: Array, scale: float, looks: Looks) -> None:
    if looks.hair_style == "bald":
        return
    angles = np.linspace(np.pi * 1.02, np.pi * 1.98, 17)
    outer = face + scale * np.column_stack([0.090 * np.cos(angles), -0.02 + 0.098 * np.sin(angles)])
    fringe = -0.040 if looks.hair_style == "short" else -0.052
    inner = face + scale * np.column_stack([0.076 * np.cos(angles[::-1]), fringe + 0.022 * np.sin(angles[::-1])])
    canvas.polygon(np.concatenate([outer, inner]), looks.hair)
    shine = np.array([0.028 * canvas.light_from * scale, -0.086 * scale])
    canvas.ellipse(face + shine, 0.030 * scale, 0.011 * scale, shaded(looks.hair, 1.16), 12.0 * canvas.light_from)


def _face(canvas: Canvas, joints: Joints, face: Array, scale: float, looks: Looks) -> None:
    nose = joints["nose"][:2]
    brow = shaded(looks.hair, 0.85) if looks.hair_style != "bald" else shaded(looks.skin, 0.5)
    for name in ("left_eye", "right_eye"):
        eye = joints[name][:2]
        canvas.ellipse(eye, 0.0165 * scale, 0.0105 * scale, (244, 242, 238))
        canvas.disc(eye + np.array([0.0, 0.003 * scale]), 0.0085 * scale, (44, 34, 30))
        lid = np.array([[-0.018, -0.006], [0.0, -0.012], [0.018, -0.006]]) * scale
        canvas.line(eye + lid, 0.006 * scale, shaded(looks.skin, 0.55))
        canvas.line(eye + lid - np.array([0.0, 0.016 * scale]), 0.009 * scale, brow)
        if looks.glasses:
            ring = np.linspace(0, 2 * np.pi, 17)
            canvas.line(
                eye + scale * np.column_stack([0.028 * np.cos(ring), 0.023 * np.sin(ring)]), 0.005 * scale, (40, 40, 46)
            )
    bridge = np.array([0.0, -0.038 * scale])
    canvas.line(np.array([nose + bridge, nose]), 0.008 * scale, shaded(looks.skin, 0.84))
    canvas.ellipse(nose, 0.016 * scale, 0.011 * scale, shaded(looks.skin, 0.82))
    canvas.ellipse(nose - np.array([0.0, 0.003 * scale]), 0.011 * scale, 0.008 * scale, shaded(looks.skin, 1.08))
    mouth = nose + np.array([-0.25 * (nose[0] - face[0]), 0.040 * scale])
    smile = np.array([[-0.027, -0.006], [-0.012, 0.001], [0.012, 0.001], [0.027, -0.006]]) * scale
    canvas.line(mouth + smile, 0.007 * scale, mixed(looks.skin, (120, 40, 40), 0.55))
