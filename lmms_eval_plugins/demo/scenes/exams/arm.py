"""An arm by the directions of its bones: poses, interpolation between poses, and an arm that reaches for a point.

Directions are unit vectors on the axes of `motion`, but with x pointing outwards, away from the body's middle, so that
a pose is the same for both arms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.demo.scenes.body import FOREARM_M, UPPER_ARM_M
from lmms_eval_plugins.demo.scenes.motion import Array, Point

Curls = tuple[float, float, float, float, float]
"""Bends of thumb, index, middle, ring and little finger: 0 straight, 1 in a fist."""

HALF_OPEN: Curls = (0.42, 0.42, 0.45, 0.48, 0.50)
"""A hand at rest."""

FLAT: Curls = (0.30, 0.16, 0.18, 0.20, 0.22)
"""A hand that is held straight without effort."""


@dataclass(frozen=True, slots=True)
class Pose:
    """An arm at one moment: directions of upper arm, forearm, hand and palm's normal, and bends of the fingers."""

    upper: Point
    fore: Point
    hand: Point
    palm: Point
    curls: Curls = FLAT


@dataclass(frozen=True, slots=True)
class ArmTrack:
    """An arm over the frames: unit vectors (frames, 3) and ``curls`` (frames, 5) as in `Pose`."""

    upper: Array
    fore: Array
    hand: Array
    palm: Array
    curls: Array

    def mirrored(self, side: int) -> ArmTrack:
        """Mirror the arm to the patient's axes: ``side`` 1 for the left arm, −1 for the right."""
        turn = np.array([side, 1.0, 1.0])
        return ArmTrack(self.upper * turn, self.fore * turn, self.hand * turn, self.palm * turn, self.curls)


def unit_vectors(vectors: Array) -> Array:
    """Scale vectors (…, 3) to length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def interpolate_direction(start: Point, end: Point, part: Array) -> Array:
    """Interpolate between two directions, (frames, 3); ``part`` (frames,) 0 to 1, slightly beyond is allowed."""
    one, other = unit_vectors(np.array(start)), unit_vectors(np.array(end))
    angle = float(np.arccos(np.clip(one @ other, -1.0, 1.0)))
    if angle < 1e-6:
        return np.repeat(one[None], len(part), axis=0)
    weights = np.sin(np.column_stack([(1 - part) * angle, part * angle])) / np.sin(angle)
    return unit_vectors(weights @ np.stack([one, other]))


def interpolate_pose(start: Pose, end: Pose, part: Array) -> ArmTrack:
    """Interpolate between two poses; ``part`` (frames,) as in `interpolate_direction`."""
    curls = np.array(start.curls) + part[:, None] * (np.array(end.curls) - np.array(start.curls))
    return ArmTrack(
        upper=interpolate_direction(start.upper, end.upper, part),
        fore=interpolate_direction(start.fore, end.fore, part),
        hand=interpolate_direction(start.hand, end.hand, part),
        palm=interpolate_direction(start.palm, end.palm, part),
        curls=np.clip(curls, 0.0, 1.0),
    )


def hold_pose(pose: Pose, n_frames: int) -> ArmTrack:
    """Hold a pose."""
    return interpolate_pose(pose, pose, np.zeros(n_frames))


def reach_points(shoulder: Point, wrist: Array, hand: Array, palm: Array, curls: Array) -> ArmTrack:
    """Return the arm whose wrist is at points (frames, 3), as far as it is long; its elbow hangs outwards and down."""
    reach = wrist - np.array(shoulder)
    far = np.linalg.norm(reach, axis=1, keepdims=True)
    along = reach / far
    near = np.minimum(far, 0.995 * (UPPER_ARM_M + FOREARM_M))
    on_line = (UPPER_ARM_M**2 - FOREARM_M**2 + near**2) / (2 * near)
    height = np.sqrt(np.maximum(UPPER_ARM_M**2 - on_line**2, 0.0))
    hint = np.array([0.75, -0.60, -0.30])
    out = unit_vectors(hint - (along @ hint)[:, None] * along)
    elbow = along * on_line + out * height
    return ArmTrack(unit_vectors(elbow), unit_vectors(along * near - elbow), hand, palm, curls)
