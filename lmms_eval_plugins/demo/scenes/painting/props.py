"""The things that stay on the table: sink, bowl, mirror, plate, book, towel, tray."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from lmms_eval_plugins.demo.scenes.activities.scene import Prop, PropLook
from lmms_eval_plugins.demo.scenes.camera import Camera
from lmms_eval_plugins.demo.scenes.motion import Array, Point
from lmms_eval_plugins.demo.scenes.painting.brush import CIRCLE, Brush, mixed, shaded
from lmms_eval_plugins.demo.scenes.subjects import Colour

_CHROME: Colour = (168, 176, 186)
_INK: Colour = (70, 70, 78)
_SQUARE = CIRCLE / np.abs(CIRCLE).max(axis=1, keepdims=True) ** 0.75
"""A square with round corners, as many points as a circle."""


def paint_prop(brush: Brush, camera: Camera, prop: Prop) -> None:
    """Paint a thing in its place."""
    _PAINTERS[prop.look](brush, camera, prop)


def _sink(brush: Brush, camera: Camera, prop: Prop) -> None:
    wide, deep = prop.size_m, 0.66 * prop.size_m
    _bowl(brush, camera, prop, wide, deep, 0.055, prop.accent, 0.30, _SQUARE)
    drain = _at(prop.place, 0.0, 0.02, 0.01)
    brush.convex(_oval(camera, drain, 0.020, 0.016), shaded(_CHROME, 0.45))
    x, _, z = prop.place
    foot = x - prop.side * 0.92 * wide
    spout = [(foot, 0.05, z), (foot, 0.20, z), (foot + prop.side * 0.03, 0.235, z), (foot + prop.side * 0.11, 0.235, z),
             (foot + prop.side * 0.135, 0.20, z)]  # fmt: skip
    _pipe(brush, camera, spout, 0.030)
    lever = [(foot, 0.215, z), (foot - prop.side * 0.045, 0.265, z)]
    _pipe(brush, camera, lever, 0.018)


def _washbowl(brush: Brush, camera: Camera, prop: Prop) -> None:
    _bowl(brush, camera, prop, prop.size_m, 0.62 * prop.size_m, 0.075, prop.accent, 1.0)
    level = _at(prop.place, 0.0, 0.058, 0.0)
    for dx, dz, size in ((-0.06, 0.0, 0.05), (0.05, 0.03, 0.035), (0.03, -0.04, 0.03)):
        ripple = _oval(camera, _at(level, dx, 0.0, dz), size, 0.55 * size)
        brush.line(ripple, 1.3, shaded(prop.accent, 1.45), closed=True)
    soap = _at(prop.place, -prop.side * (prop.size_m + 0.07), 0.0, 0.02)
    brush.convex(_oval(camera, soap, 0.055, 0.042), shaded(prop.colour, 0.7))
    brush.convex(_oval(camera, _at(soap, 0, 0.012, 0), 0.04, 0.028), (238, 130, 170))
    brush.convex(_oval(camera, _at(soap, 0, 0.020, 0), 0.034, 0.022), (250, 168, 198))


def _bowl(
    brush: Brush,
    camera: Camera,
    prop: Prop,
    wide: float,
    deep: float,
    high: float,
    inside: Colour,
    full: float,
    shape: Array = CIRCLE,
) -> None:
    place = prop.place
    foot = _oval(camera, place, 0.72 * wide, 0.72 * deep, shape)
    rim = _oval(camera, _at(place, 0.0, high, 0.0), wide, deep, shape)
    brush.convex(_oval(camera, _at(place, 0.0, 0.0, 0.01), 0.95 * wide, 0.95 * deep, shape), (60, 56, 54))
    _hull(brush, foot, rim, shaded(prop.colour, 0.74))
    brush.convex(rim, shaded(prop.colour, 1.3))
    brush.convex(_oval(camera, _at(place, 0.0, high, 0.0), 0.92 * wide, 0.90 * deep, shape), shaded(prop.colour, 0.70))
    low = high * (0.35 + 0.42 * full)
    reach = 0.74 + 0.12 * full
    brush.convex(_oval(camera, _at(place, 0.0, low, 0.0), reach * wide, reach * deep, shape), inside)
    brush.convex(_oval(camera, _at(place, 0.02, low, -0.005), 0.55 * wide, 0.5 * deep, shape), shaded(inside, 1.15))


def _mirror(brush: Brush, camera: Camera, prop: Prop) -> None:
    """Paint a round mirror on a foot, half turned to the patient."""
    x, _, z = prop.place
    high = 0.055 + 1.25 * prop.size_m
    brush.convex(_oval(camera, prop.place, 0.085, 0.055), shaded(prop.colour, 0.55))
    brush.convex(_oval(camera, (x, 0.012, z), 0.078, 0.050), prop.colour)
    _pipe(brush, camera, [(x, 0.01, z), (x, 0.08, z)], 0.022)
    centre = np.array([x, high, z])
    slant = np.array([1.0, 0.0, 0.35 * prop.side])
    upright = np.array([0.0, 1.22, -0.22])

    def ring(part: float) -> Array:
        plane = CIRCLE * prop.size_m * part
        return camera.project(centre + plane[:, :1] * slant + plane[:, 1:] * upright)

    brush.convex(ring(1.0), shaded(prop.colour, 0.6))
    brush.convex(ring(0.96), prop.colour)
    brush.convex(ring(0.80), shaded(prop.accent, 0.86))
    brush.convex(ring(0.74), prop.accent)
    for shift in (-0.25, 0.05):
        streak = [(shift - 0.25, 0.45), (shift + 0.35, -0.35)]
        ends = [centre + prop.size_m * (u * slant - v * 0.8 * upright) for u, v in streak]
        brush.line(camera.project(np.array(ends)), 5.0, shaded(prop.accent, 1.7))


def _plate(brush: Brush, camera: Camera, prop: Prop) -> None:
    """Paint a plate on a place mat, a knife beside it."""
    x, _, z = prop.place
    size = prop.size_m
    brush.convex(_sheet(camera, x, z, 1.95 * size, 1.12 * size), shaded(prop.accent, 0.72))
    brush.convex(_sheet(camera, x, z, 1.88 * size, 1.05 * size), prop.accent)
    for part in (0.92, 0.78):
        brush.line(_sheet(camera, x, z, 1.88 * size * part, 1.05 * size * part), 1.2, shaded(prop.accent, 1.4), True)
    place = prop.place
    deep = 0.86
    brush.convex(_oval(camera, _at(place, 0.008, 0.002, 0.01), size, size * deep), shaded(prop.accent, 0.55))
    _hull(
        brush,
        _oval(camera, place, 0.7 * size, 0.7 * size * deep),
        _oval(camera, _at(place, 0, 0.016, 0), size, size * deep),
        shaded(prop.colour, 0.7),
    )
    for part, shade in ((1.0, 1.3), (0.72, 0.80), (0.68, 0.95)):
        brush.convex(
            _oval(camera, _at(place, 0, 0.016, 0), part * size, part * size * deep), shaded(prop.colour, shade)
        )
    knife = x - prop.side * 1.45 * size
    ends = camera.project(np.array([(knife, 0.006, z + 0.10), (knife, 0.006, z + 0.02), (knife, 0.006, z - 0.10)]))
    brush.line(ends[1:], 7.0, shaded(_CHROME, 1.4))
    brush.line(ends[:2], 7.0, _INK)


def _book(brush: Brush, camera: Camera, prop: Prop) -> None:
    """Paint an open book with lines of text."""
    x, _, z = prop.place
    wide, deep, high = prop.size_m, 0.66 * prop.size_m, 0.028
    brush.convex(_sheet(camera, x + 0.008, z + 0.008, 1.05 * wide, 1.06 * deep), shaded(prop.colour, 0.45))
    brush.convex(_sheet(camera, x, z, 1.05 * wide, 1.06 * deep), prop.colour)
    for half in (-1, 1):
        curve = np.linspace(0, 1, 7)
        lift = high * (0.35 + np.sin(np.pi * (0.15 + 0.75 * curve)) * 0.8)
        xs = x + half * wide * curve

        def across(depth: float, xs: Array = xs, lift: Array = lift) -> Array:
            return camera.project(np.column_stack([xs, lift, np.full(len(xs), z + depth)]))

        page = np.concatenate([across(-deep), across(deep)[::-1]])
        brush.polygon(page, shaded(prop.accent, 0.86 if half == brush.light_from else 1.0))
        brush.line(page, 1.0, shaded(prop.accent, 0.66), True)
        for row, depth in enumerate(np.linspace(-0.76, 0.76, 8)):
            last = 4 if row in (3, 7) else 6
            brush.line(across(depth * deep)[1:last], 2.0, (120, 118, 116))
    spine = camera.project(np.array([(x, 0.35 * high, z - deep), (x, 0.35 * high, z + deep)]))
    brush.line(spine, 2.2, shaded(prop.accent, 0.55))


def _towel(brush: Brush, camera: Camera, prop: Prop) -> None:
    """Paint two folded towels, one on the other."""
    x, _, z = prop.place
    for level, (colour, grow) in enumerate(((prop.accent, 1.0), (prop.colour, 0.92))):
        wide, deep = prop.size_m * grow, 0.78 * prop.size_m * grow
        low, high = 0.062 * level, 0.062 * (level + 1)
        top = np.array([(-wide, high, -deep), (wide, high, -deep), (wide, high, deep), (-wide, high, deep)])
        here = np.array([x, 0.0, z])
        front = np.array([(-wide, high, deep), (wide, high, deep), (wide, low, deep), (-wide, low, deep)])
        if not level:
            brush.convex(_sheet(camera, x + 0.01, z + 0.01, 1.08 * wide, 1.08 * deep), (56, 52, 50))
        for sign in (-1, 1):
            flank = np.array([(sign * wide, high, -deep), (sign * wide, high, deep), (sign * wide, low, deep),
                              (sign * wide, low, -deep)])  # fmt: skip
            brush.convex(camera.project(here + flank), shaded(colour, 0.66))
        brush.convex(camera.project(here + front), shaded(colour, 0.80))
        fold = front[[3, 2]] + [0.0, 0.031, 0.0]
        brush.line(camera.project(here + fold), 2.2, shaded(colour, 0.55))
        brush.convex(camera.project(here + top), colour)
        for at in (-0.55, -0.35, 0.55):
            stripe = np.array([(at * wide, high, -deep), (at * wide, high, deep), (at * wide, low, deep)])
            brush.line(camera.project(here + stripe), 4.5, shaded(mixed(prop.colour, prop.accent, 0.2), 0.72))


def _tray(brush: Brush, camera: Camera, prop: Prop) -> None:
    """Paint a serving tray with handles."""
    x, _, z = prop.place
    wide, deep = prop.size_m, 0.50 * prop.size_m
    for half in (-1, 1):
        near, far = x + half * wide, x + half * (wide + 0.035)
        ear = [(px, 0.012, z + part * deep) for px, part in ((near, -0.4), (far, -0.25), (far, 0.25), (near, 0.4))]
        brush.line(camera.project(np.array(ear)), 5.0, shaded(prop.accent, 0.8))
    brush.convex(_sheet(camera, x + 0.006, z + 0.008, wide, deep), (60, 58, 58))
    for part, tone in ((1.0, shaded(prop.accent, 0.75)), (0.96, prop.accent), (0.90, prop.colour)):
        brush.convex(_sheet(camera, x, z, part * wide, part * deep + 0.01 * (part - 1)), tone)
    gleam = camera.project(np.array([(x - 0.55 * wide, 0, z + 0.5 * deep), (x - 0.3 * wide, 0, z - 0.5 * deep)]))
    brush.line(gleam, 5.0, shaded(prop.colour, 1.5))


def _at(place: Point, right: float, up: float, front: float) -> Point:
    return (place[0] + right, place[1] + up, place[2] + front)


def _oval(camera: Camera, centre: Point, wide: float, deep: float, shape: Array = CIRCLE) -> Array:
    ring = np.column_stack([wide * shape[:, 0], np.zeros(len(shape)), deep * shape[:, 1]])
    return camera.project(np.array(centre) + ring)


def _sheet(camera: Camera, x: float, z: float, wide: float, deep: float) -> Array:
    corners = [
        (x - wide, 0.0, z - deep),
        (x + wide, 0.0, z - deep),
        (x + wide, 0.0, z + deep),
        (x - wide, 0.0, z + deep),
    ]
    return camera.project(np.array(corners))


def _hull(brush: Brush, one: Array, other: Array, colour: Colour) -> None:
    """Fill the area between two ovals with equal numbers of points."""
    for i in range(len(one)):
        j = (i + 1) % len(one)
        brush.convex(np.stack([one[i], one[j], other[j], other[i]]), colour)


def _pipe(brush: Brush, camera: Camera, points: Sequence[Sequence[float]], width_m: float) -> None:
    seen = camera.project(np.array(points))
    scale = float(seen[0, 2])
    brush.line(seen, width_m * scale, shaded(_CHROME, 0.55))
    brush.line(seen, 0.72 * width_m * scale, _CHROME)
    brush.line(seen[:, :2] + [0.2 * width_m * scale * brush.light_from, 0], 0.25 * width_m * scale, (236, 240, 244))


_PAINTERS: dict[PropLook, Callable[[Brush, Camera, Prop], None]] = {
    "sink": _sink,
    "washbowl": _washbowl,
    "mirror": _mirror,
    "plate": _plate,
    "book": _book,
    "towel": _towel,
    "tray": _tray,
}
