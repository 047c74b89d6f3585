"""Hands: five fingers and a palm, at rest, open, or closed around an object, and the strap on the wrist.

A hand is a set of points on its own axes, from the wrist: the first towards the middle finger, the second towards the
thumb, in metres times `HAND_SIZE`. The shape in a frame is a blend of three drawn ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.demo.scenes.motion import Array
from lmms_eval_plugins.demo.scenes.painting.brush import Brush, shaded
from lmms_eval_plugins.demo.scenes.subjects import Colour

HAND_SIZE = 1.14
"""Size of hands relative to life, so that they are clear in small pictures."""

_GRIP_CENTRE = 0.105 * HAND_SIZE
"""Metres along the hand, from the wrist to the middle of its grip."""

# Palm: wrist (little-finger side, thumb side), knuckles (thumb side, little-finger side).
_PALMS = np.array(
    [
        [(0.000, -0.026), (0.000, 0.026), (0.100, 0.040), (0.092, -0.042)],
        [(0.000, -0.026), (0.000, 0.026), (0.100, 0.042), (0.090, -0.044)],
        [(0.000, -0.028), (0.000, 0.024), (0.066, -0.022), (0.130, -0.060)],
    ]
)
# Fingers: thumb, index, middle, ring, little; each root, middle, tip.
_FINGERS = np.array(
    [
        [
            [(0.026, 0.024), (0.060, 0.056), (0.092, 0.060)],
            [(0.098, 0.032), (0.134, 0.036), (0.158, 0.034)],
            [(0.103, 0.011), (0.142, 0.013), (0.168, 0.011)],
            [(0.101, -0.011), (0.138, -0.012), (0.163, -0.013)],
            [(0.093, -0.032), (0.122, -0.036), (0.143, -0.037)],
        ],
        [
            [(0.026, 0.024), (0.056, 0.068), (0.082, 0.100)],
            [(0.098, 0.034), (0.140, 0.056), (0.176, 0.072)],
            [(0.103, 0.012), (0.152, 0.020), (0.194, 0.026)],
            [(0.101, -0.012), (0.148, -0.020), (0.188, -0.030)],
            [(0.092, -0.034), (0.128, -0.056), (0.158, -0.074)],
        ],
        [
            [(0.022, 0.016), (0.046, 0.036), (0.060, 0.062)],
            [(0.070, -0.044), (0.084, 0.002), (0.096, 0.034)],
            [(0.090, -0.050), (0.104, 0.002), (0.117, 0.038)],
            [(0.110, -0.052), (0.124, 0.000), (0.136, 0.034)],
            [(0.129, -0.050), (0.142, -0.004), (0.152, 0.022)],
        ],
    ]
)
_FINGER_RADIUS_M = np.array([0.0135, 0.0118, 0.0122, 0.0118, 0.0104])


_POINTS = np.concatenate([_PALMS.reshape(3, -1), _FINGERS.reshape(3, -1)], axis=1)


@dataclass(frozen=True, slots=True)
class PlacedHand:
    """A hand in the picture: its palm's corners (…, 4, 2), its fingers' joints (…, 5, 3, 2), pixels per metre of a
    hand (…)."""

    palm: Array
    fingers: Array
    unit: npt.ArrayLike


def place_hand(wrist: Array, grip: Array, scale: npt.ArrayLike, shape: Array, thumb: int) -> PlacedHand:
    """Lay a hand from the wrist towards the centre of its grip (both in pixels; ``scale`` in pixels per metre).

    ``shape`` (…, 3) weighs rest, open and grip. ``thumb`` is 1 where the thumb lies clockwise of the fingers in the
    picture (a left hand), −1 where counter-clockwise.
    """
    scale = np.asarray(scale)
    local = (shape @ _POINTS).reshape(*shape.shape[:-1], -1, 2)
    along = grip - wrist
    length = np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-6)
    along = along / length[..., None]
    stretch = np.clip(length / (_GRIP_CENTRE * scale), 0.75, 1.15)
    unit = HAND_SIZE * scale
    across = thumb * np.stack([-along[..., 1], along[..., 0]], axis=-1)
    axes = unit[..., None, None] * np.stack([stretch[..., None] * along, across], axis=-2)
    points = wrist[..., None, :] + local @ axes
    return PlacedHand(points[..., :4, :], points[..., 4:, :].reshape(*shape.shape[:-1], 5, 3, 2), unit)


def paint_palm(brush: Brush, hand: PlacedHand, skin: Colour) -> None:
    """Paint the back of the hand and the thumb, which lie behind a held object."""
    unit = np.asarray(hand.unit)
    _finger(brush, hand.fingers[..., 0, :, :], _FINGER_RADIUS_M[0] * unit, skin)
    middle = hand.palm.mean(axis=-2, keepdims=True)
    light = unit[..., None, None] * np.array([0.005 * brush.light_from, -0.004])
    for part, radius, factor in ((1.0, 0.0155, 0.66), (1.0, 0.012, 0.92), (0.7, 0.010, 1.0)):
        corners = middle + part * (hand.palm - middle) + (1 - part) * 3 * light
        brush.convex(corners, shaded(skin, factor))
        brush.line(corners, 2 * radius * unit, shaded(skin, factor), closed=True)


def paint_fingers(brush: Brush, hand: PlacedHand, skin: Colour) -> None:
    """Paint the four fingers, which lie in front of a held object."""
    for i in (4, 3, 2, 1):
        _finger(brush, hand.fingers[..., i, :, :], _FINGER_RADIUS_M[i] * np.asarray(hand.unit), skin)


def paint_strap(brush: Brush, elbow: Array, wrist: Array, radius: npt.ArrayLike, colour: Colour) -> None:
    """Paint the sensor's strap around the end of the forearm; positions and ``radius`` in pixels."""
    radius = np.asarray(radius)
    along = elbow - wrist
    along = along / np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-6)[..., None]
    near, far = (wrist + along * part * radius[..., None] for part in (0.15, 1.35))
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1) * (1.16 * radius)[..., None]
    for inner, tone in ((0.0, shaded(colour, 0.7)), (0.12, colour)):
        start, end = near + inner * (far - near), far - inner * (far - near)
        brush.convex(np.stack([start - across, start + across, end + across, end - across], axis=-2), tone)
    box = (near + far) / 2
    brush.disc(box, radius * 0.46, shaded(colour, 0.45))
    brush.disc(box, radius * 0.28, shaded(colour, 1.5))


def _finger(brush: Brush, joints: Array, radius: Array, skin: Colour) -> None:
    brush.line(joints, 2.5 * radius, shaded(skin, 0.66))
    brush.line(joints, 1.9 * radius, shaded(skin, 0.95))
    light = radius[..., None, None] * np.array([0.22 * brush.light_from, -0.22])
    brush.line(joints[..., 1:, :] + light, 0.9 * radius, shaded(skin, 1.12))
