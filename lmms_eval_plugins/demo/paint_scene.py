"""The room, the table, its marks, the shelf, and the objects that are moved."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from lmms_eval_plugins.demo.brush import Canvas, Picture, mixed, shaded
from lmms_eval_plugins.demo.camera import Camera
from lmms_eval_plugins.demo.exercises import Item, Scene, Shelf
from lmms_eval_plugins.demo.motion import Array
from lmms_eval_plugins.demo.subjects import Colour, Visit

_TABLE_X_M, _TABLE_NEAR_M, _TABLE_FAR_M, _TABLE_THICK_M = 0.62, 0.53, 0.03, 0.03
_CIRCLE = np.column_stack([np.cos(np.linspace(0, 2 * np.pi, 33)[:-1]), np.sin(np.linspace(0, 2 * np.pi, 33)[:-1])])
_PAPER: Colour = (240, 238, 230)
_WOOD: Colour = (196, 160, 112)


def paint_room(canvas: Canvas, camera: Camera, visit: Visit) -> None:
    """The wall with a picture on it, and the chair's back."""
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
    """The table with its marks and shelf as a picture to lay over the body, and its mask (255 where it covers)."""
    canvas, mask = Canvas(room.copy(), visit), Canvas.blank(visit)
    for target in (canvas, mask):
        _table(target, camera, visit)
    for i, (x, _, z) in enumerate(scene.targets):
        colour = mixed(visit.table, (250, 246, 230), 0.75)
        for radius, tone in ((0.066, colour), (0.054, mixed(visit.table, (60, 110, 170), 0.55 if i else 0.9))):
            canvas.convex(camera.project(_ring(x, 0.0, z, radius)), tone)
    if scene.shelf:
        for target in (canvas, mask):
            _shelf(target, camera, scene.shelf)
    covered = np.where(mask.pixels.any(axis=2), 255, 0).astype(np.uint8)
    return canvas.pixels, covered


def paint_item(canvas: Canvas, camera: Camera, item: Item, centre: Array) -> None:
    """A roll of paper or a can, upright, its centre at a point in metres."""
    x, y, z = centre
    half = item.height_m / 2
    rings = np.stack([_ring(x, y + half, z, item.radius_m), _ring(x, y - half, z, item.radius_m)])
    top, bottom = camera.project(rings)[..., :2]
    paper = item.look == "roll"
    body: Colour = _PAPER if paper else (196, 52, 48)
    left, right = int(np.argmin(top[:, 0])), int(np.argmax(top[:, 0]))
    _tube(canvas, top, bottom, left, right, body)
    if paper:
        canvas.convex(top, shaded(body, 0.80))
        canvas.convex(_inner(top, 0.95), shaded(body, 1.3))
        canvas.convex(_inner(top, 0.42), (150, 116, 82))
        canvas.convex(_inner(top, 0.33), (62, 48, 40))
    else:
        _tube(canvas, top + 0.30 * (bottom - top), top + 0.72 * (bottom - top), left, right, (238, 226, 190))
        canvas.convex(top, (120, 124, 130))
        canvas.convex(_inner(top, 0.88), (202, 206, 212))
        canvas.convex(_inner(top, 0.62), (176, 180, 188))


def paint_item_shadow(canvas: Canvas, camera: Camera, item: Item, centre: Array, ground_m: float) -> None:
    """The soft shadow below an object, on a surface at the height ``ground_m``."""
    x, y, scale = camera.project(np.array([centre[0] - 0.02 * canvas.light_from, ground_m, centre[2]]))
    gap = max(float(centre[1]) - item.height_m / 2 - ground_m, 0.0)
    size = item.radius_m * (1.55 + 2.0 * gap)
    canvas.shadow((x, y), size * scale, 0.6 * size * scale, 0.55 / (1 + 6 * gap))


def _ring(x: float, y: float, z: float, radius: float) -> Array:
    return np.column_stack([x + radius * _CIRCLE[:, 0], np.full(len(_CIRCLE), y), z + radius * _CIRCLE[:, 1]])


def _inner(ring: Array, part: float) -> Array:
    middle = ring.mean(axis=0)
    return np.asarray(middle + part * (ring - middle))


def _tube(canvas: Canvas, top: Array, bottom: Array, left: int, right: int, colour: Colour) -> None:
    """The side of a cylinder in vertical stripes of shade."""
    n = len(top)
    steps = (left - right) % n
    front = [(right + i) % n for i in range(steps + 1)]
    for i in range(0, steps, 2):
        a, b = front[i], front[min(i + 2, steps)]
        across = 1 - 2 * (i + 1) / steps
        factor = 0.98 - 0.30 * abs(across - 0.35 * canvas.light_from) ** 1.5
        canvas.convex(np.array([top[a], top[b], bottom[b], bottom[a]]), shaded(colour, min(factor, 1.0)))


def _table(canvas: Canvas, camera: Camera, visit: Visit) -> None:
    steps = 12
    edges = np.linspace(_TABLE_FAR_M, _TABLE_NEAR_M, steps + 1)
    for i, (back, front) in enumerate(pairwise(edges)):
        strip = np.array([(x, 0.0, z) for x, z in ((-1, back), (1, back), (1, front), (-1, front))]) * [
            _TABLE_X_M,
            1,
            1,
        ]
        canvas.convex(camera.project(strip), shaded(visit.table, 1.12 - 0.012 * i))
    edge = [(-1, 0.0), (1, 0.0), (1, -_TABLE_THICK_M), (-1, -_TABLE_THICK_M)]
    corners = np.array([(x * _TABLE_X_M, y, _TABLE_NEAR_M) for x, y in edge])
    canvas.convex(camera.project(corners), shaded(visit.table, 0.62))
    floor = np.array(
        [
            (x * 0.9 * _TABLE_X_M, y, _TABLE_NEAR_M)
            for x, y in ((-1, -_TABLE_THICK_M), (1, -_TABLE_THICK_M), (1, -1), (-1, -1))
        ]
    )
    canvas.convex(camera.project(floor), shaded(visit.table, 0.32))
    far = camera.project(np.array([(-_TABLE_X_M, 0.0, _TABLE_FAR_M), (_TABLE_X_M, 0.0, _TABLE_FAR_M)]))
    canvas.line(far, 1.5, shaded(visit.table, 1.35))


def _shelf(canvas: Canvas, camera: Camera, shelf: Shelf) -> None:
    xs = (shelf.x - shelf.width_m / 2, shelf.x + shelf.width_m / 2)
    zs = (shelf.z - shelf.depth_m / 2, shelf.z + shelf.depth_m / 2)
    high = max(shelf.boards_m)
    for z in zs:
        for x in xs:
            if z == zs[0]:
                _post(canvas, camera, x, z, high)
    for board in sorted(shelf.boards_m):
        top = np.array([(xs[0], board, zs[0]), (xs[1], board, zs[0]), (xs[1], board, zs[1]), (xs[0], board, zs[1])])
        canvas.convex(camera.project(top), _WOOD)
        front = np.array(
            [(x, y, zs[1]) for x, y in ((xs[0], board), (xs[1], board), (xs[1], board - 0.018), (xs[0], board - 0.018))]
        )
        canvas.convex(camera.project(front), shaded(_WOOD, 0.62))
    for x in xs:
        _post(canvas, camera, x, zs[1], high)


def _post(canvas: Canvas, camera: Camera, x: float, z: float, high: float) -> None:
    ends = camera.project(np.array([(x, 0.0, z), (x, high, z)]))
    canvas.line(ends, 0.016 * float(ends[0, 2]), shaded(_WOOD, 0.5))
    canvas.line(ends, 0.009 * float(ends[0, 2]), shaded(_WOOD, 0.72))
