"""The static parts of a scene: the room, the table, its marks, the shelf."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from lmms_eval_plugins.demo.scenes.activities.scene import Scene, Shelf
from lmms_eval_plugins.demo.scenes.camera import Camera
from lmms_eval_plugins.demo.scenes.motion import Array
from lmms_eval_plugins.demo.scenes.painting.brush import CIRCLE, Brush, Canvas, Picture, mixed, shaded
from lmms_eval_plugins.demo.scenes.painting.props import paint_prop
from lmms_eval_plugins.demo.scenes.subjects import Colour, Visit

_TABLE_X_M, _TABLE_NEAR_M, _TABLE_FAR_M, _TABLE_THICK_M = 0.62, 0.53, 0.03, 0.03
_WOOD: Colour = (196, 160, 112)


def paint_room(canvas: Canvas, camera: Camera, visit: Visit) -> None:
    """Paint the wall with a picture on it, and the chair's back."""
    rows = np.linspace(1.06, 0.86, canvas.pixels.shape[0])[:, None]
    columns = 1 + 0.09 * visit.light_from * np.linspace(-1, 1, canvas.pixels.shape[1])[None]
    wall = np.asarray(canvas.ink(visit.wall), float) * (rows * columns)[..., None]
    canvas.pixels[:] = np.clip(wall, 0, 255).astype(np.uint8)
    side = -visit.light_from
    for grow, colour in ((0.012, shaded(visit.wall, 0.72)), (0.0, mixed(visit.wall, (120, 160, 190), 0.6))):
        half = np.array([0.15, 0.11]) + grow
        frame = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half + [0.55 * side, 0.13]
        canvas.convex(camera.project(np.column_stack([frame, np.full(4, -0.7)])), colour)
    for height, reach, factor in ((0.30, 0.24, 0.34), (0.285, 0.225, 0.46)):
        back = np.array(
            [(-reach, -0.1, -0.18), (reach, -0.1, -0.18), (reach * 0.92, height, -0.2), (-reach * 0.92, height, -0.2)]
        )
        canvas.convex(camera.project(back), shaded((120, 124, 140), factor * 1.6))


def table_plate(room: Picture, camera: Camera, visit: Visit, scene: Scene) -> tuple[Picture, Picture]:
    """Paint the table with its marks and shelf, to lay over the body; return it and its mask (255 where it covers)."""
    canvas, mask = Canvas(room.copy(), visit), Canvas.blank(visit)
    for target in (canvas, mask):
        _table(target, camera, visit)
    for i, (x, _, z) in enumerate(scene.targets):
        colour = mixed(visit.table, (250, 246, 230), 0.75)
        for radius, tone in ((0.066, colour), (0.054, mixed(visit.table, (60, 110, 170), 0.55 if i else 0.9))):
            canvas.convex(camera.project(_ring(x, 0.0, z, radius)), tone)
    for prop in scene.props:
        for target in (canvas, mask):
            paint_prop(target, camera, prop)
    if scene.shelf:
        for target in (canvas, mask):
            _shelf(target, camera, scene.shelf)
    covered = np.where(mask.pixels.any(axis=2), 255, 0).astype(np.uint8)
    return canvas.pixels, covered


def _ring(x: float, y: float, z: float, radius: float) -> Array:
    return np.column_stack([x + radius * CIRCLE[:, 0], np.full(len(CIRCLE), y), z + radius * CIRCLE[:, 1]])


def _table(brush: Brush, camera: Camera, visit: Visit) -> None:
    steps = 12
    edges = np.linspace(_TABLE_FAR_M, _TABLE_NEAR_M, steps + 1)
    for i, (back, front) in enumerate(pairwise(edges)):
        strip = np.array([(x, 0.0, z) for x, z in ((-1, back), (1, back), (1, front), (-1, front))]) * [
            _TABLE_X_M,
            1,
            1,
        ]
        brush.convex(camera.project(strip), shaded(visit.table, 1.12 - 0.012 * i))
    edge = [(-1, 0.0), (1, 0.0), (1, -_TABLE_THICK_M), (-1, -_TABLE_THICK_M)]
    corners = np.array([(x * _TABLE_X_M, y, _TABLE_NEAR_M) for x, y in edge])
    brush.convex(camera.project(corners), shaded(visit.table, 0.62))
    floor = np.array(
        [
            (x * 0.9 * _TABLE_X_M, y, _TABLE_NEAR_M)
            for x, y in ((-1, -_TABLE_THICK_M), (1, -_TABLE_THICK_M), (1, -1), (-1, -1))
        ]
    )
    brush.convex(camera.project(floor), shaded(visit.table, 0.32))
    far = camera.project(np.array([(-_TABLE_X_M, 0.0, _TABLE_FAR_M), (_TABLE_X_M, 0.0, _TABLE_FAR_M)]))
    brush.line(far, 1.5, shaded(visit.table, 1.35))


def _shelf(brush: Brush, camera: Camera, shelf: Shelf) -> None:
    xs = (shelf.x - shelf.width_m / 2, shelf.x + shelf.width_m / 2)
    zs = (shelf.z - shelf.depth_m / 2, shelf.z + shelf.depth_m / 2)
    high = max(shelf.boards_m)
    for z in zs:
        for x in xs:
            if z == zs[0]:
                _post(brush, camera, x, z, high)
    for board in sorted(shelf.boards_m):
        top = np.array([(xs[0], board, zs[0]), (xs[1], board, zs[0]), (xs[1], board, zs[1]), (xs[0], board, zs[1])])
        brush.convex(camera.project(top), _WOOD)
        front = np.array(
            [(x, y, zs[1]) for x, y in ((xs[0], board), (xs[1], board), (xs[1], board - 0.018), (xs[0], board - 0.018))]
        )
        brush.convex(camera.project(front), shaded(_WOOD, 0.62))
    for x in xs:
        _post(brush, camera, x, zs[1], high)


def _post(brush: Brush, camera: Camera, x: float, z: float, high: float) -> None:
    ends = camera.project(np.array([(x, 0.0, z), (x, high, z)]))
    brush.line(ends, 0.016 * float(ends[0, 2]), shaded(_WOOD, 0.5))
    brush.line(ends, 0.009 * float(ends[0, 2]), shaded(_WOOD, 0.72))
