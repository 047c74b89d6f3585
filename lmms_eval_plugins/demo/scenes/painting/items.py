"""The objects that are moved: standing ones (solids of revolution) and lying ones (flat outlines)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.demo.scenes.activities.scene import Item
from lmms_eval_plugins.demo.scenes.camera import Camera
from lmms_eval_plugins.demo.scenes.motion import Array, minimum_jerk
from lmms_eval_plugins.demo.scenes.painting.brush import CIRCLE, Brush, Shown, mixed, shaded
from lmms_eval_plugins.demo.scenes.painting.flat import FLAT, STANDING, Outline
from lmms_eval_plugins.demo.scenes.subjects import Colour

_SIDES = np.linspace(0, np.pi, 7)
_PAPER: Colour = (240, 238, 230)
_METAL: Colour = (202, 206, 212)
_SHADES = ((0.0, 1.0, 0.70), (0.10, 0.90, 0.84), (0.25, 0.75, 0.94), (0.40, 0.62, 1.0))
"""Stripes along a solid: start and end as shares of its width, from its darker side, and brightness."""


@dataclass(frozen=True, slots=True)
class Band:
    """A piece of a solid of revolution along its axis: start and end (metres), and the radius at both ends."""

    start: float
    end: float
    start_radius: float
    end_radius: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Placement:
    """The placement of an object in the picture, in each frame.

    ``middle`` (…, 2) pixels, ``along`` (…, 2) pixels per metre of its axis, ``across`` (…, 2) pixels per metre of its
    width, ``scale`` (…) pixels per metre, ``facing`` (…) the part of its axis that points at the camera.
    """

    middle: Array
    along: Array
    across: Array
    scale: Array
    facing: Array


def paint_item(brush: Brush, camera: Camera, item: Item, place: Array, axis: Array) -> None:
    """Paint an object at places and with axes (…, 3), in metres."""
    placed = _placement(camera, item, place, axis)
    if item.look in FLAT:
        for outline in FLAT[item.look](item):
            _paint_outline(brush, placed, outline)
    else:
        _paint_solid(brush, placed, item)


def _placement(camera: Camera, item: Item, place: Array, axis: Array) -> Placement:
    step = 0.05
    seen = camera.project(place)
    along = (camera.project(place + step * axis)[..., :2] - seen[..., :2]) / step
    size = np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-6)
    unit = along / size[..., None]
    upright = np.stack([-unit[..., 1], unit[..., 0]], axis=-1) * seen[..., 2:3]
    on_table = np.stack([-axis[..., 2], np.zeros_like(axis[..., 0]), axis[..., 0]], axis=-1)
    flat = (camera.project(place + step * on_table)[..., :2] - seen[..., :2]) / step
    lifted = (
        np.ones_like(axis[..., :1]) if item.look in STANDING else minimum_jerk((place[..., 1:2] - item.height_m) / 0.1)
    )
    towards = camera.position - place
    facing = (axis * towards).sum(axis=-1) / np.linalg.norm(towards, axis=-1)
    return Placement(seen[..., :2], along, (1 - lifted) * flat + lifted * upright, seen[..., 2], facing)


def _paint_outline(brush: Brush, placed: Placement, outline: Outline) -> None:
    points = placed.middle[..., None, :] + outline.points @ np.stack([placed.along, placed.across], axis=-2)
    if outline.width_m:
        brush.line(points, outline.width_m * placed.scale, outline.colour, outline.closed)
    else:
        brush.polygon(points, outline.colour)


def _paint_solid(brush: Brush, placed: Placement, item: Item) -> None:
    bands = _bands(item)
    top = placed.facing >= 0
    if np.any(top):
        _paint_bands(brush, placed, bands, 1, np.asarray(top))
        _paint_top(brush, placed, item, bands[-1], np.asarray(top))
    if not np.all(top):
        turned = [Band(-b.end, -b.start, b.end_radius, b.start_radius, b.colour) for b in reversed(bands)]
        _paint_bands(brush, placed, turned, -1, np.asarray(~top))
        _paint_cap(brush, placed, turned[-1], -1, 1.0, shaded(turned[-1].colour, 0.62), np.asarray(~top))
    if item.look == "cup":
        _paint_handle(brush, placed, item)


def _paint_bands(brush: Brush, placed: Placement, bands: Sequence[Band], sign: int, shown: Shown) -> None:
    """Paint bands from the far end of the axis to the near one; with ``sign`` −1 along the reversed axis."""
    along = sign * placed.along
    unit = along / np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-6)[..., None]
    across = np.stack([-unit[..., 1], unit[..., 0]], axis=-1) * placed.scale[..., None]
    depth = -unit * (placed.scale * sign * placed.facing)[..., None]
    lit_right = np.where(across[..., 0] * brush.light_from > 0, 1.0, -1.0)[..., None]
    for band in bands:
        for first, last, shade in _SHADES:
            part = 1 - 2 * (first + (last - first) * (1 - np.cos(_SIDES)) / 2)
            cos = part * lit_right * -1.0
            sin = np.sqrt(np.maximum(1 - cos**2, 0))
            near = _on_rim(placed, along, across, depth, band.start, band.start_radius, cos, sin)
            far = _on_rim(placed, along, across, depth, band.end, band.end_radius, cos, sin)
            outline = np.concatenate([near, far[..., ::-1, :]], axis=-2)
            brush.polygon(outline, shaded(band.colour, shade), shown)


def _on_rim(
    placed: Placement, along: Array, across: Array, depth: Array, at: float, radius: float, cos: Array, sin: Array
) -> Array:
    middle = (placed.middle + at * along)[..., None, :]
    rim = cos[..., None] * across[..., None, :] + sin[..., None] * depth[..., None, :]
    return np.asarray(middle + radius * rim)


def _paint_cap(
    brush: Brush, placed: Placement, band: Band, sign: int, part: float, colour: Colour, shown: Shown
) -> None:
    along = sign * placed.along
    unit = along / np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-6)[..., None]
    across = np.stack([-unit[..., 1], unit[..., 0]], axis=-1) * placed.scale[..., None]
    depth = unit * (placed.scale * sign * placed.facing)[..., None]
    middle = (placed.middle + band.end * along)[..., None, :]
    ring = CIRCLE[:, :1] * across[..., None, :] + CIRCLE[:, 1:] * depth[..., None, :]
    brush.convex(middle + part * band.end_radius * ring, colour, shown)


def _paint_top(brush: Brush, placed: Placement, item: Item, band: Band, shown: Shown) -> None:
    rims: tuple[tuple[float, Colour], ...]
    if item.look == "roll":
        rims = ((1.0, shaded(_PAPER, 0.80)), (0.95, shaded(_PAPER, 1.3)), (0.42, (150, 116, 82)), (0.33, (62, 48, 40)))
    elif item.look == "can":
        rims = ((1.0, (120, 124, 130)), (0.88, _METAL), (0.62, (176, 180, 188)))
    elif item.look == "cup":
        rims = ((1.0, shaded(item.colour, 1.35)), (0.84, shaded(item.colour, 0.42)), (0.66, shaded(item.colour, 0.30)))
    else:
        rims = ((1.0, shaded(band.colour, 1.15)),)
    for part, colour in rims:
        _paint_cap(brush, placed, band, 1, part, colour, shown)


def _paint_handle(brush: Brush, placed: Placement, item: Item) -> None:
    """Paint a cup's handle, on the side away from the labelled hand."""
    angles = np.linspace(-0.45 * np.pi, 0.45 * np.pi, 9)
    ear = np.column_stack([0.30 * item.height_m * np.sin(angles), item.radius_m * (0.95 + 0.62 * np.cos(angles))])
    unit = placed.along / np.maximum(np.hypot(placed.along[..., 0], placed.along[..., 1]), 1e-6)[..., None]
    across = np.stack([-unit[..., 1], unit[..., 0]], axis=-1) * (-item.flip * placed.scale)[..., None]
    points = placed.middle[..., None, :] + ear @ np.stack([placed.along, across], axis=-2)
    brush.line(points, 0.016 * placed.scale, shaded(item.colour, 0.78))


def _bands(item: Item) -> list[Band]:
    """Return the bands of a solid, from its bottom to its top."""
    half, r = item.height_m / 2, item.radius_m
    if item.look == "roll":
        return [Band(-half, half, r, r, _PAPER)]
    if item.look == "bottle":
        glass = mixed(item.colour, (255, 255, 255), 0.15)
        return [
            Band(-half, -0.35 * half, r, r, glass),
            Band(-0.35 * half, 0.15 * half, r, r, item.accent),
            Band(0.15 * half, 0.35 * half, r, r, glass),
            Band(0.35 * half, 0.62 * half, r, 0.42 * r, glass),
            Band(0.62 * half, 0.84 * half, 0.42 * r, 0.42 * r, glass),
            Band(0.84 * half, half, 0.48 * r, 0.48 * r, shaded(item.colour, 0.5)),
        ]
    if item.look == "stick":
        return [
            Band(-half, -0.55 * half, r, r, shaded(item.colour, 0.7)),
            Band(-0.55 * half, 0.30 * half, r, r, item.colour),
            Band(0.30 * half, 0.42 * half, 0.90 * r, 0.90 * r, (70, 74, 82)),
            Band(0.42 * half, 0.84 * half, 0.86 * r, 0.82 * r, item.accent),
            Band(0.84 * half, half, 0.82 * r, 0.50 * r, item.accent),
        ]
    if item.look == "cup":
        return [
            Band(-half, -0.1 * half, 0.84 * r, 0.92 * r, item.colour),
            Band(-0.1 * half, 0.35 * half, 0.92 * r, 0.96 * r, shaded(item.colour, 1.55)),
            Band(0.35 * half, half, 0.96 * r, r, item.colour),
        ]
    stripes = (-1.0, -0.44, 0.40, 1.0)
    colours = (item.colour, item.accent, item.colour)
    return [Band(a * half, b * half, r, r, c) for a, b, c in zip(stripes, stripes[1:], colours, strict=False)]
