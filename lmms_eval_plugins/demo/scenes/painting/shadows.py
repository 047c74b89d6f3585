"""The soft shadows of hands and objects on the table and on the shelf's boards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.demo.scenes.activities.scene import Item, Scene
from lmms_eval_plugins.demo.scenes.camera import Camera
from lmms_eval_plugins.demo.scenes.motion import Array
from lmms_eval_plugins.demo.scenes.painting.brush import Canvas

_FADES_PER_M = 12.0
"""Rate at which a shadow gets weaker with the height above the ground."""


@dataclass(frozen=True, slots=True)
class Shadows:
    """A shadow over the frames: rows of x, y, half axes across and down (pixels), and strength (0 to 1)."""

    rows: list[tuple[float, float, float, float, float]]

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Darken what lies below."""
        x, y, across, down, strength = self.rows[frame]
        canvas.shadow((x, y), across, down, strength)


def item_shadows(camera: Camera, scene: Scene, item: Item, centres: Array, light_from: int) -> Shadows:
    """Return the shadows below an object with centres (frames, 3) in metres."""
    ground = _ground(scene, centres)
    gap = np.maximum(centres[:, 1] - item.height_m / 2 - ground, 0.0)
    size = max(item.radius_m, 0.03) * (1.55 + 2.0 * gap)
    return _shadows(camera, centres, ground, light_from, (size, 0.6 * size), 0.55 / (1 + _FADES_PER_M * gap))


def hand_shadows(camera: Camera, scene: Scene, positions: Array, light_from: int) -> Shadows:
    """Return the shadows below a hand at positions (frames, 3) in metres."""
    ground = _ground(scene, positions)
    gap = np.maximum(positions[:, 1] - ground, 0.0)
    size = np.full(len(positions), 0.085), np.full(len(positions), 0.062)
    return _shadows(camera, positions, ground, light_from, size, 0.42 / (1 + _FADES_PER_M * gap))


def _shadows(
    camera: Camera, above: Array, ground: Array, light_from: int, size: tuple[Array, Array], strength: Array
) -> Shadows:
    below = np.column_stack([above[:, 0] - 0.02 * light_from, ground, above[:, 2]])
    x, y, scale = camera.project(below).T
    columns = (x, y, size[0] * scale, size[1] * scale, strength)
    return Shadows(list(zip(*(column.tolist() for column in columns), strict=True)))


def _ground(scene: Scene, points: Array) -> Array:
    """Return the height of the surface below points (frames, 3): a board of the shelf, or the table."""
    ground, stand = np.zeros(len(points)), scene.shelf
    if stand is not None:
        away = np.abs(points - [stand.x, 0.0, stand.z])
        inside = (away[:, 0] <= stand.width_m / 2) & (away[:, 2] <= stand.depth_m / 2)
        for board in sorted(stand.boards_m):
            ground[inside & (board < points[:, 1])] = board
    return ground
