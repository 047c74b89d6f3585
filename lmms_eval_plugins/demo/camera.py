"""Onto the picture: a pinhole camera across the table that looks at the patient.

The camera faces the patient, so **the patient's left hand is on the right side of the picture** and the right hand on
its left side, from every viewpoint; pictures are never mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.demo.motion import Array, Point
from lmms_eval_plugins.demo.subjects import Visit

WIDTH, HEIGHT = 448, 336
"""Size of every demo picture in pixels (four by three times 112)."""

_TARGET: Point = (0.0, 0.252, 0.15)
_DISTANCE_M = 2.0
_PITCH = np.deg2rad(30.0)
_FOCAL_PX = 785.0


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera: ``position`` in metres, ``axes`` the rows right, up, back of its frame, ``focal_px``, ``middle_px``."""

    position: Array
    axes: Array
    focal_px: float
    middle_px: tuple[float, float]

    def project(self, points: Array) -> Array:
        """Points (…, 3) in metres to (…, 3): x, y in pixels (first pixel's centre at 0, 0), and pixels per metre."""
        seen = (points - self.position) @ self.axes.T
        scale = self.focal_px / -seen[..., 2]
        x = self.middle_px[0] + seen[..., 0] * scale
        y = self.middle_px[1] - seen[..., 1] * scale
        return np.stack([x, y, scale], axis=-1)


def camera_of(visit: Visit) -> Camera:
    """The camera of a visit: turned around the patient, shifted and zoomed as the visit says."""
    yaw = np.deg2rad(visit.yaw_deg)
    back = np.array([np.sin(yaw) * np.cos(_PITCH), np.sin(_PITCH), np.cos(yaw) * np.cos(_PITCH)])
    right = np.array([np.cos(yaw), 0.0, -np.sin(yaw)])
    return Camera(
        position=np.array(_TARGET) + _DISTANCE_M * back,
        axes=np.stack([right, np.cross(back, right), back]),
        focal_px=_FOCAL_PX * visit.zoom,
        middle_px=((WIDTH - 1) / 2 + visit.pan_px[0], (HEIGHT - 1) / 2 + visit.pan_px[1]),
    )
