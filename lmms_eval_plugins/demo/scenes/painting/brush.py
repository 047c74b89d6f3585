"""Drawing with smooth edges: shapes at sub-pixel positions on a picture of twice the size, reduced at the end.

A `Brush` draws on one picture (`Canvas`) or prepares shapes for all frames of a video at once (`Reel`), which is many
times faster. Every method takes a point as ``(…, 2)`` and a size as a number or ``(…)``, where ``…`` is nothing for a
picture and the frames for a video; positions and sizes are in pixels of the final picture.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH
from lmms_eval_plugins.demo.scenes.motion import Array
from lmms_eval_plugins.demo.scenes.subjects import Colour, Visit

SUPERSAMPLING = 2
"""Canvas pixels per picture pixel, along each side."""

Picture = npt.NDArray[np.uint8]
"""Rows, columns, red-green-blue."""

Shown = npt.NDArray[np.bool_]
"""In which frames something is drawn."""

_SHIFT = 4
_UNIT = SUPERSAMPLING << _SHIFT
_ROUND = 10
_FAN = np.linspace(-1.0, 1.0, _ROUND)
_LAYER_SIZE = (1.0, 0.84, 0.62, 0.32)
_LAYER_SHIFT = (0.0, 0.45, 0.8, 1.25)
_LAYER_SHADE = (0.72, 0.90, 1.0, 1.10)
_TURN = np.linspace(0, 2 * np.pi, 23)[:-1]
CIRCLE = np.column_stack([np.cos(_TURN), np.sin(_TURN)])
"""Points around a circle of radius 1."""


@lru_cache(maxsize=4096)
def shaded(colour: Colour, factor: float) -> Colour:
    """Return a colour made darker (factor below 1) or lighter, towards white (above 1)."""
    if factor <= 1:
        r, g, b = (round(c * factor) for c in colour)
    else:
        r, g, b = (round(c + (255 - c) * min(factor - 1, 1.0)) for c in colour)
    return r, g, b


def mixed(one: Colour, other: Colour, part: float) -> Colour:
    """Blend ``part`` (0 to 1) of the other colour into the one."""
    r, g, b = (round(a + (c - a) * part) for a, c in zip(one, other, strict=True))
    return r, g, b


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """One shape over the frames: its points on the canvas (frames, n, 2), fixed-point; widths of lines, or filled."""

    points: npt.NDArray[np.int32]
    ink: Colour
    convex: bool = True
    widths: list[int] | None = None
    closed: bool = False
    shown: list[bool] | None = None

    def draw(self, pixels: Picture, frame: int) -> None:
        """Put the shape of a frame on a canvas."""
        if self.shown is not None and not self.shown[frame]:
            return
        points = self.points[frame]
        if self.widths is not None:
            cv2.polylines(pixels, [points], self.closed, self.ink, self.widths[frame], cv2.LINE_8, _SHIFT)
        elif self.convex:
            cv2.fillConvexPoly(pixels, points, self.ink, cv2.LINE_8, _SHIFT)
        else:
            cv2.fillPoly(pixels, [points], self.ink, cv2.LINE_8, _SHIFT)


@dataclass(frozen=True, slots=True)
class Brush:
    """A brush that draws in the light of a visit."""

    visit: Visit

    @property
    def light_from(self) -> int:
        """Side that light comes from: −1 left, 1 right."""
        return self.visit.light_from

    def ink(self, colour: Colour) -> Colour:
        """Return a colour as it appears in the light of the visit."""
        return _lit(colour, self.visit.light, self.visit.warmth)

    def add(self, mark: Mark) -> None:
        """Draw a shape, or keep it for later."""
        raise NotImplementedError

    def convex(self, points: npt.ArrayLike, colour: Colour, shown: Shown | None = None) -> None:
        """Fill a convex polygon (…, n, 2)."""
        self.add(Mark(_fixed(points), self.ink(colour), shown=_listed(shown)))

    def polygon(self, points: npt.ArrayLike, colour: Colour, shown: Shown | None = None) -> None:
        """Fill any polygon (…, n, 2)."""
        self.add(Mark(_fixed(points), self.ink(colour), False, shown=_listed(shown)))

    def line(
        self,
        points: npt.ArrayLike,
        width: npt.ArrayLike,
        colour: Colour,
        closed: bool = False,
        shown: Shown | None = None,
    ) -> None:
        """Draw a line with round joints through points (…, n, 2)."""
        fixed = _fixed(points)
        thick = np.maximum(np.rint(np.asarray(width) * SUPERSAMPLING), 1).astype(int)
        widths = np.broadcast_to(thick, (len(fixed),)).tolist()
        self.add(Mark(fixed, self.ink(colour), widths=widths, closed=closed, shown=_listed(shown)))

    def capsule(
        self, start: Array, end: Array, start_radius: npt.ArrayLike, end_radius: npt.ArrayLike, colour: Colour
    ) -> None:
        """Fill a tapered stick with round ends."""
        outline, _ = _capsule(start, end, np.asarray(start_radius), np.asarray(end_radius))
        self.convex(outline, colour)

    def disc(self, centre: npt.ArrayLike, radius: npt.ArrayLike, colour: Colour, shown: Shown | None = None) -> None:
        """Fill a circle."""
        self.ellipse(centre, radius, radius, colour, shown=shown)

    def ellipse(
        self,
        centre: npt.ArrayLike,
        across: npt.ArrayLike,
        down: npt.ArrayLike,
        colour: Colour,
        angle_deg: float = 0.0,
        shown: Shown | None = None,
    ) -> None:
        """Fill an ellipse with half axes ``across`` and ``down``, turned clockwise by an angle."""
        self.convex(ellipse_points(centre, across, down, angle_deg), colour, shown)

    def limb(
        self, start: Array, end: Array, start_radius: npt.ArrayLike, end_radius: npt.ArrayLike, colour: Colour
    ) -> None:
        """Paint a round, tapered limb, lit from one side: a dark rim, the colour, a soft highlight."""
        radii = np.asarray(start_radius), np.asarray(end_radius)
        outline, spine = _capsule(start, end, *radii)
        towards_light = ((radii[0] + radii[1]) / 2)[..., None, None] * np.array([0.30 * self.light_from, -0.22])
        for size, shift, factor in zip(_LAYER_SIZE, _LAYER_SHIFT, _LAYER_SHADE, strict=True):
            self.convex(spine + size * (outline - spine) + shift * towards_light, shaded(colour, factor))


@dataclass(frozen=True, slots=True)
class Reel(Brush):
    """Shapes for all frames of a video, in the order in which they are drawn."""

    marks: list[Mark] = field(default_factory=list)

    def add(self, mark: Mark) -> None:
        """Keep a shape."""
        self.marks.append(mark)

    def draw(self, pixels: Picture, frame: int) -> None:
        """Put all shapes of a frame on a canvas."""
        for mark in self.marks:
            mark.draw(pixels, frame)


@dataclass(frozen=True, slots=True, init=False)
class Canvas(Brush):
    """A picture in the making, SUPERSAMPLING times the final size."""

    pixels: Picture

    def __init__(self, pixels: Picture, visit: Visit) -> None:
        object.__setattr__(self, "visit", visit)
        object.__setattr__(self, "pixels", pixels)

    @classmethod
    def blank(cls, visit: Visit) -> Canvas:
        """Return a black canvas."""
        return cls(np.zeros((HEIGHT * SUPERSAMPLING, WIDTH * SUPERSAMPLING, 3), np.uint8), visit)

    def add(self, mark: Mark) -> None:
        """Draw a shape."""
        mark.draw(self.pixels, 0)

    def picture(self) -> Picture:
        """Return the finished picture, HEIGHT × WIDTH."""
        return np.asarray(cv2.resize(self.pixels, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)

    def shadow(self, centre: npt.ArrayLike, across: float, down: float, strength: float) -> None:
        """Darken a soft ellipse by up to ``strength`` (0 to 1)."""
        x, y = (round(float(v) * SUPERSAMPLING) for v in np.asarray(centre))
        a, b = max(round(across * SUPERSAMPLING), 1), max(round(down * SUPERSAMPLING), 1)
        left, right = max(x - a, 0), min(x + a + 1, self.pixels.shape[1])
        top, bottom = max(y - b, 0), min(y + b + 1, self.pixels.shape[0])
        if left >= right or top >= bottom:
            return
        kept = _shadow(a, b, round(strength * 64))[top - y + b : bottom - y + b, left - x + a : right - x + a]
        patch = self.pixels[top:bottom, left:right]
        cv2.multiply(patch, kept, patch, 1 / 255)


def ellipse_points(centre: npt.ArrayLike, across: npt.ArrayLike, down: npt.ArrayLike, angle_deg: float = 0.0) -> Array:
    """Return points around ellipses, (…, n, 2)."""
    ring = np.stack([np.asarray(across), np.asarray(down)], axis=-1)[..., None, :] * CIRCLE
    if angle_deg:
        cos, sin = np.cos(np.deg2rad(angle_deg)), np.sin(np.deg2rad(angle_deg))
        ring = ring @ np.array([[cos, sin], [-sin, cos]])
    return np.asarray(np.asarray(centre)[..., None, :2] + ring)


def _capsule(start: Array, end: Array, start_radius: Array, end_radius: Array) -> tuple[Array, Array]:
    """Return the convex outline around two circles, `_ROUND` points each, and for each point the circle's centre."""
    way = (end - start)[..., 0] + 1j * (end - start)[..., 1]
    length = np.maximum(np.abs(way), 1e-6)
    tangent = np.arccos(np.clip((start_radius - end_radius) / length, -1, 1))[..., None]
    turns = np.concatenate([np.pi + (np.pi - tangent) * _FAN, tangent * _FAN], axis=-1)
    radii = np.stack([np.broadcast_to(start_radius, length.shape), np.broadcast_to(end_radius, length.shape)], axis=-1)
    rim = np.exp(1j * turns) * (way / length)[..., None] * np.repeat(radii, _ROUND, axis=-1)
    spine = np.repeat(np.stack([start, end], axis=-2), _ROUND, axis=-2)
    return spine + np.stack([rim.real, rim.imag], axis=-1), spine


@lru_cache(maxsize=512)
def _shadow(across: int, down: int, strength: int) -> Picture:
    x = np.linspace(-1, 1, 2 * across + 1)
    y = np.linspace(-1, 1, 2 * down + 1)[:, None]
    kept = 255 * (1 - strength / 64 * np.maximum(1 - x**2 - y**2, 0))
    return np.repeat(np.rint(kept).astype(np.uint8)[..., None], 3, axis=2)


@lru_cache(maxsize=4096)
def _lit(colour: Colour, light: float, warmth: float) -> Colour:
    r, g, b = colour
    red, green, blue = r * light * (1 + 0.04 * warmth), g * light, b * light * (1 - 0.05 * warmth)
    return min(round(red), 255), min(round(green), 255), min(round(blue), 255)


def _fixed(points: npt.ArrayLike) -> npt.NDArray[np.int32]:
    """Convert final pixels to OpenCV's fixed-point canvas pixels, (frames, n, 2); pixel centres stay pixel centres."""
    canvas = np.asarray(points, dtype=np.float64)[..., :2] * _UNIT
    canvas += (_UNIT - (1 << _SHIFT) + 1) / 2
    fixed = canvas.astype(np.int32)
    return fixed[None] if fixed.ndim == 2 else fixed


def _listed(shown: Shown | None) -> list[bool] | None:
    return None if shown is None else np.atleast_1d(shown).tolist()
