"""Outlines of flat objects, in metres: the first coordinate along the axis from the handle, the second across it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.demo.scenes.activities.scene import Item, Look
from lmms_eval_plugins.demo.scenes.motion import Array
from lmms_eval_plugins.demo.scenes.painting.brush import CIRCLE, mixed, shaded
from lmms_eval_plugins.demo.scenes.subjects import Colour


@dataclass(frozen=True, slots=True)
class Outline:
    """A filled polygon, or a line of some width, (n, 2) metres."""

    points: Array
    colour: Colour
    width_m: float = 0.0
    closed: bool = False


def _toothbrush(item: Item) -> list[Outline]:
    stick = np.array([(-0.07, 0.0), (0.16, 0.0)])
    bristles = _box(0.112, 0.165, 0.0, 0.034 * item.flip)
    return [
        Outline(stick, shaded(item.colour, 0.6), 0.023),
        Outline(bristles, (150, 160, 168), 0.008, True),
        Outline(bristles, (250, 252, 255)),
        Outline(_box(0.112, 0.165, 0.020 * item.flip, 0.034 * item.flip), (150, 205, 240)),
        Outline(stick, item.colour, 0.017),
        Outline(stick - np.array([0.0, 0.003]), shaded(item.colour, 1.35), 0.005),
    ]


def _comb(item: Item) -> list[Outline]:
    spine = np.array([(-0.07, 0.0), (0.17, 0.0)])
    dark = shaded(item.colour, 0.6)
    teeth = [
        Outline(np.array([(u, 0.0), (u, 0.062 * item.flip)]), shaded(item.colour, 0.82), 0.0075)
        for u in np.linspace(0.035, 0.165, 10)
    ]
    return [Outline(spine, dark, 0.032), *teeth, Outline(spine, item.colour, 0.024)]


def _hairbrush(item: Item) -> list[Outline]:
    head = CIRCLE * [0.075, 0.036] + [0.105, 0.012 * item.flip]
    bristles = _box(0.045, 0.165, 0.02 * item.flip, 0.066 * item.flip)
    handle = np.array([(-0.07, 0.0), (0.05, 0.0)])
    rows = [
        Outline(np.array([(u, 0.0), (u, 0.066 * item.flip)]), item.accent, 0.006) for u in np.linspace(0.05, 0.16, 7)
    ]
    return [
        Outline(bristles, mixed(item.accent, (190, 190, 190), 0.6)),
        *rows,
        Outline(handle, shaded(item.colour, 0.6), 0.030),
        Outline(handle, item.colour, 0.023),
        Outline(head, shaded(item.colour, 0.65)),
        Outline(CIRCLE * [0.067, 0.028] + [0.105, 0.008 * item.flip], item.colour),
    ]


def _cloth(item: Item) -> list[Outline]:
    turn = np.linspace(0, 2 * np.pi, 41)[:-1]
    square = 1 / np.maximum(np.abs(np.cos(turn)), np.abs(np.sin(turn))) ** 0.8
    wave = square * (1 + 0.045 * np.cos(9 * turn + 1))
    shape = np.column_stack([wave * np.cos(turn), wave * np.sin(turn)]) * item.radius_m + [0.03, 0.0]
    middle = np.array([0.03, 0.0])
    return [
        Outline(shape, shaded(item.colour, 0.66)),
        Outline(middle + 0.93 * (shape - middle), item.colour),
        Outline(_box(0.055, 0.075, -0.9, 0.9, item.radius_m), mixed(item.colour, item.accent, 0.75)),
        Outline(_box(-0.027, -0.020, -0.9, 0.9, item.radius_m), shaded(item.colour, 0.82)),
        Outline(middle + 0.5 * (shape[14:30] - middle), shaded(item.colour, 0.82), 0.007),
    ]


def _bread(item: Item) -> list[Outline]:
    r = item.radius_m
    half = [(-1.05, 0.0), (-0.95, 0.75), (0.35, 0.78), (0.55, 1.0), (0.95, 0.85), (1.12, 0.3)]
    loaf = np.array([*half, *((u, -v) for u, v in reversed(half))])
    loaf = loaf * r * [1.05, 1.0] + [0.045, 0.0]
    middle = np.array([0.045, 0.0])
    crumbs = [Outline(CIRCLE * 0.004 + [0.045 + u * r, v * r], shaded(item.accent, 0.8)) for u, v in _CRUMBS]
    return [
        Outline(loaf, shaded(item.colour, 0.75)),
        Outline(middle + 0.95 * (loaf - middle), item.colour),
        Outline(middle + 0.80 * (loaf - middle), item.accent),
        *crumbs,
    ]


_CRUMBS = ((0.2, 0.3), (-0.3, -0.2), (0.5, -0.35), (-0.1, 0.5), (-0.55, 0.25), (0.1, -0.6))


def _fork(item: Item) -> list[Outline]:
    handle = np.array([(-0.06, 0.0), (0.10, 0.0)])
    dark = shaded(item.colour, 0.5)
    tines = [(np.array([(0.115, v), (0.175, v)])) for v in (-0.018, -0.006, 0.006, 0.018)]
    bow = _box(0.10, 0.13, -0.022, 0.022)
    return [
        Outline(handle, dark, 0.017),
        Outline(bow, dark, 0.006, True),
        *(Outline(tine, dark, 0.010) for tine in tines),
        Outline(handle, item.colour, 0.011),
        Outline(bow, item.colour),
        *(Outline(tine, shaded(item.colour, 1.3), 0.006) for tine in tines),
        Outline(CIRCLE * [0.022, 0.026] + [0.160, 0.0], (150, 60, 40)),
        Outline(CIRCLE * [0.012, 0.014] + [0.163, -0.004], (214, 110, 70)),
    ]


def _glasses(item: Item) -> list[Outline]:
    rims = [CIRCLE * [0.040, 0.037] + [u, 0.0] for u in (0.052, 0.144)]
    bridge = np.array([(0.088, -0.006), (0.098, -0.013), (0.108, -0.006)])
    temples = [np.array([(u, -0.008), (v, -0.004)]) for u, v in ((0.016, -0.004), (0.180, 0.200))]
    return [
        *(Outline(rim, shaded(item.colour, 0.6), 0.014, True) for rim in rims),
        *(Outline(rim, item.colour, 0.009, True) for rim in rims),
        *(Outline(line, item.colour, 0.010) for line in (bridge, *temples)),
    ]


def _tube(item: Item) -> list[Outline]:
    body = np.array([(-0.075, -0.034), (0.06, -0.024), (0.06, 0.024), (-0.075, 0.034)])
    return [
        Outline(body, shaded(item.accent, 0.6), 0.008, True),
        Outline(body, item.accent),
        Outline(_box(-0.05, 0.03, -0.016, 0.016), item.colour),
        Outline(_box(-0.085, -0.072, -0.036, 0.036), shaded(item.colour, 0.8)),
        Outline(_box(0.06, 0.092, -0.017, 0.017), shaded(item.colour, 0.6)),
    ]


def _box(left: float, right: float, low: float, high: float, high_factor: float = 1.0) -> Array:
    return np.array([(left, low), (right, low), (right, high), (left, high)]) * [1.0, high_factor]


STANDING: frozenset[Look] = frozenset({"glasses"})
"""Flat objects that stand on the table on an edge."""

FLAT: dict[Look, Callable[[Item], list[Outline]]] = {
    "toothbrush": _toothbrush,
    "comb": _comb,
    "hairbrush": _hairbrush,
    "cloth": _cloth,
    "bread": _bread,
    "fork": _fork,
    "glasses": _glasses,
    "tube": _tube,
}
"""The outlines of each flat object, from the lowest to the topmost."""
