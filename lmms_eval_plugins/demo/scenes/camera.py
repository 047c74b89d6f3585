"""The camera: a pinhole camera across the table that faces the patient.

The camera faces the patient, so **the patient's left hand is on the right side of the picture** and the right hand on
its left side, from every viewpoint; pictures are never mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.demo.scenes.motion import Array, Point
from lmms_eval_plugins.demo.scenes.subjects import Visit

WIDTH, HEIGHT = 448, 336
"""Size of every demo picture in pixels (four by three times 112)."""

_TARGET: Point = (0.0, 0.252, 0.15)
_DISTANCE_M = 2.0
_PITCH = np.deg2rad(30.0)
_FOCAL_PX = 785.0

_EXAM_DISTANCE_M = 3.0
_EXAM_PITCH = np.deg2rad(15.0)
_SIDE_YAW_DEG = 50.0


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera: ``position`` in metres, ``axes`` the rows right, up, back of its frame, ``focal_px``, ``middle_px``."""

    position: Array
    axes: Array
    focal_px: float
    middle_px: tuple[float, float]

    def project(self, points: Array) -> Array:
        """Project points (…, 3) in metres: x, y in pixels (first pixel's centre at 0, 0), and pixels per metre."""
        seen = (points - self.position) @ self.axes.T
        scale = self.focal_px / -seen[..., 2]
        x = self.middle_px[0] + seen[..., 0] * scale
        y = self.middle_px[1] - seen[..., 1] * scale
        return np.stack([x, y, scale], axis=-1)


def camera_of(visit: Visit) -> Camera:
    """Return the camera of a visit: turned around the patient, shifted and zoomed as the visit has it."""
    return _camera(visit, visit.yaw_deg, _PITCH, _DISTANCE_M, _TARGET, _FOCAL_PX)


def exam_camera(visit: Visit, side: int, from_side: bool, target: Point, pixels_per_m: float) -> Camera:
    """Return the camera of an assessment clip: in front as in the whole visit, or turned towards the examined arm.

    ``side`` is the sign of x on that arm's side; ``target`` in metres, x outwards to that side, is in the middle of the
    picture, where a metre is ``pixels_per_m`` long.
    """
    yaw_deg = visit.yaw_deg * 0.7 + (_SIDE_YAW_DEG * side if from_side else 0.0)
    middle = (target[0] * side, target[1], target[2])
    return _camera(visit, yaw_deg, _EXAM_PITCH, _EXAM_DISTANCE_M, middle, _EXAM_DISTANCE_M * pixels_per_m)


def _camera(visit: Visit, yaw_deg: float, pitch: float, distance_m: float, target: Point, focal_px: float) -> Camera:
    yaw = np.deg2rad(yaw_deg)
    back = np.array([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)])
    right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
    return Camera(
        position=np.array(target) + distance_m * back,
        axes=np.stack([right, np.cross(back, right), back]),
        focal_px=focal_px * visit.zoom,
        middle_px=((WIDTH - 1) / 2 + visit.pan_px[0], (HEIGHT - 1) / 2 + visit.pan_px[1]),
    )
