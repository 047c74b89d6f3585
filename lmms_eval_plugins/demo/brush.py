"""Drawing with smooth edges: shapes at sub-pixel positions on a picture of twice the size, reduced at the end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.demo.camera import HEIGHT, WIDTH
from lmms_eval_plugins.demo.motion import Array
from lmms_eval_plugins.demo.subjects import Colour, Visit

SUPERSAMPLING = 2
"""Canvas pixels per picture pixel, along each side."""

Picture = npt.NDArray[np.uint8]
"""Rows, columns, red-green-blue."""

_SHIFT = 4
_UNIT = SUPERSAMPLING << _SHIFT
_ROUND = 8
_FAN = np.linspace(-1.0, 1.0, _ROUND)
_CIRCLE = np.column_stack([np.cos(np.linspace(0, 2 * np.pi, 21)[:-1]), np.sin(np.linspace(0, 2 * np.pi, 21)[:-1])])
_LAYER_SIZE = np.array([1.0, 0.84, 0.62, 0.32])[:, None, None]
_LAYER_SHIFT = np.array([0.0, 0.45, 0.8, 1.25])[:, None, None]


@lru_cache(maxsize=4096)
def shaded(colour: Colour, factor: float) -> Colour:
    """A colour made darker (factor below 1) or lighter, towards white (above 1)."""
    if factor <= 1:
        r, g, b = (round(c * factor) for c in colour)
    else:
        r, g, b = (round(c + (255 - c) * min(factor - 1, 1.0)) for c in colour)
    return r, g, b


def mixed(one: Colour, other: Colour, part: float) -> Colour:
    """``part`` (0 to 1) of the other colour in the one."""
    r, g, b = (round(a + (c - a) * part) for a, c in zip(one, other, strict=True))
    return r, g, b


@dataclass(frozen=True, slots=True)
class Canvas:
    """A picture in the making, under the light of a visit; positions and sizes are in pixels of the final picture."""

    pixels: Picture
    visit: Visit

    @classmethod
    def blank(cls, visit: Visit) -> Canvas:
        """A black canvas."""
        return cls(np.zeros((HEIGHT * SUPERSAMPLING, WIDTH * SUPERSAMPLING, 3), np.uint8), visit)

    @property
    def light_from(self) -> int:
        """The side that light comes from: −1 left, 1 right."""
        return self.visit.light_from

    def ink(self, colour: Colour) -> Colour:
        """What a colour looks like in the light of the visit."""
        return _lit(colour, self.visit.light, self.visit.warmth)

    def picture(self) -> Picture:
        """The finished picture, HEIGHT × WIDTH."""
        return np.asarray(cv2.resize(self.pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)

    def convex(self, points: npt.ArrayLike, colour: Colour) -> None:
        """Fill a convex polygon."""
        cv2.fillConvexPoly(self.pixels, _fixed(points), self.ink(colour), cv2.LINE_8, _SHIFT)

    def polygon(self, points: npt.ArrayLike, colour: Colour) -> None:
        """Fill any polygon."""
        cv2.fillPoly(self.pixels, [_fixed(points)], self.ink(colour), cv2.LINE_8, _SHIFT)

    def line(self, points: npt.ArrayLike, width: float, colour: Colour, closed: bool = False) -> None:
        """Draw a line with round joints through points."""
        thickness = max(1, round(width * SUPERSAMPLING))
        cv2.polylines(self.pixels, [_fixed(points)], closed, self.ink(colour), thickness, cv2.LINE_8, _SHIFT)

    def capsule(self, start: Array, end: Array, start_radius: float, end_radius: float, colour: Colour) -> None:
        """Fill a tapered stick with round ends."""
        self.convex(_capsule(start, end, start_radius, end_radius), colour)

    def disc(self, centre: npt.ArrayLike, radius: float, colour: Colour) -> None:
        """Fill a circle."""
        x, y = _fixed(centre)
        cv2.circle(self.pixels, (int(x), int(y)), _length(radius), self.ink(colour), -1, cv2.LINE_8, _SHIFT)

    def ellipse(
        self, centre: npt.ArrayLike, across: float, down: float, colour: Colour, angle_deg: float = 0.0
    ) -> None:
        """Fill an ellipse with half axes ``across`` and ``down``."""
        x, y = _fixed(centre)
        axes = (_length(across), _length(down))
        cv2.ellipse(self.pixels, (int(x), int(y)), axes, angle_deg, 0, 360, self.ink(colour), -1, cv2.LINE_8, _SHIFT)

    def limb(self, start: Array, end: Array, start_radius: float, end_radius: float, colour: Colour) -> None:
        """A round, tapered limb, lit from one side: a dark rim, the colour, a soft highlight."""
        outline = _capsule(start, end, start_radius, end_radius)
        spine = np.repeat((start, end), _ROUND, axis=0) if len(outline) == 2 * _ROUND else outline.mean(axis=0)
        towards_light = np.array([0.30 * self.light_from, -0.22]) * (start_radius + end_radius) / 2
        layers = _fixed(spine + _LAYER_SIZE * (outline - spine) + _LAYER_SHIFT * towards_light)
        for layer, factor in zip(layers, (0.72, 0.90, 1.0, 1.10), strict=True):
            cv2.fillConvexPoly(self.pixels, layer, self.ink(shaded(colour, factor)), cv2.LINE_8, _SHIFT)

    def shadow(self, centre: npt.ArrayLike, across: float, down: float, strength: float) -> None:
        """Darken a soft ellipse by up to ``strength`` (0 to 1)."""
        x, y = np.asarray(centre) * SUPERSAMPLING
        a, b = across * SUPERSAMPLING, down * SUPERSAMPLING
        left, right = (int(np.clip(v, 0, self.pixels.shape[1])) for v in (x - a, x + a + 1))
        top, bottom = (int(np.clip(v, 0, self.pixels.shape[0])) for v in (y - b, y + b + 1))
        if left >= right or top >= bottom:
            return
        across_part = (np.arange(left, right, dtype=np.float32) - np.float32(x)) / np.float32(a)
        down_part = (np.arange(top, bottom, dtype=np.float32) - np.float32(y)) / np.float32(b)
        kept = 1 - np.float32(strength) * np.maximum(1 - across_part**2 - down_part[:, None] ** 2, 0)
        patch = self.pixels[top:bottom, left:right]
        patch[:] = cv2.multiply(patch, cv2.merge([kept, kept, kept]), dtype=cv2.CV_8U)


def _capsule(start: Array, end: Array, start_radius: float, end_radius: float) -> Array:
    """The convex outline around two circles: ``_ROUND`` points around each, or one circle that holds the other."""
    one, other = complex(start[0], start[1]), complex(end[0], end[1])
    length = abs(other - one)
    if length <= abs(start_radius - end_radius):
        return np.asarray(start + start_radius * _CIRCLE if start_radius > end_radius else end + end_radius * _CIRCLE)
    tangent = math.acos((start_radius - end_radius) / length)
    turns = np.concatenate([math.pi + (math.pi - tangent) * _FAN, tangent * _FAN])
    outline = np.exp(1j * turns) * ((other - one) / length)
    outline[:_ROUND] *= start_radius
    outline[:_ROUND] += one
    outline[_ROUND:] *= end_radius
    outline[_ROUND:] += other
    return outline.view(np.float64).reshape(-1, 2)


@lru_cache(maxsize=4096)
def _lit(colour: Colour, light: float, warmth: float) -> Colour:
    r, g, b = colour
    red, green, blue = r * light * (1 + 0.04 * warmth), g * light, b * light * (1 - 0.05 * warmth)
    return min(round(red), 255), min(round(green), 255), min(round(blue), 255)


def _fixed(points: npt.ArrayLike) -> npt.NDArray[np.int32]:
    """Final pixels to OpenCV's fixed-point canvas pixels; pixel centres stay pixel centres."""
    canvas = np.asarray(points, dtype=np.float64)[..., :2] * _UNIT
    canvas += (_UNIT - (1 << _SHIFT) + 1) / 2
    return canvas.astype(np.int32)


def _length(value: float) -> int:
    return max(1, round(value * SUPERSAMPLING * (1 << _SHIFT)))
