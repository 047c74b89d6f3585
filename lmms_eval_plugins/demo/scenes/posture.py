"""The places of head and trunk when a hand is in front of the body; scripts aim at the face with this.

Positions are in metres, as in :mod:`motion`.
"""

from __future__ import annotations

import numpy as np

from lmms_eval_plugins.demo.scenes.motion import Array, Point, minimum_jerk
from lmms_eval_plugins.demo.scenes.subjects import Subject
from lmms_eval_plugins.domain.vocabulary import Hand

HEAD_WITH_TRUNK = 1.15
"""Movement of the head relative to that of the upper trunk."""

BOW = np.array([0.0, -0.09, 0.08])
"""Offset of the upper trunk of a person who leans fully towards a raised hand, metres."""

WORN_FROM_EYES = (0.098, 0.0, 0.025)
"""Offset from between the eyes to where glasses on the face are taken, metres, x towards the hand's side."""


def side_sign(hand: Hand) -> int:
    """Return the sign of x on a hand's side: 1 for the left hand (on the right of the picture), −1 for the right."""
    return 1 if hand == "left" else -1


def raised(position: Array) -> Array:
    """Return how far (0 to 1) a hand is up in front of trunk or face, (frames, 1) from positions (frames, 3)."""
    up = minimum_jerk((position[:, 1:2] - 0.12) / 0.12)
    close = minimum_jerk((0.25 - position[:, 2:3]) / 0.10)
    return np.asarray(up * close)


def at_head(subject: Subject, across: float, up: float, front: float) -> Point:
    """Return a point relative to the middle of the head, of a subject whose hand is at the face.

    Args:
        subject: whose head.
        across: metres towards the side of the labelled hand.
        up: metres upwards.
        front: metres towards the camera.
    """
    bow = HEAD_WITH_TRUNK * subject.movement.lean * BOW
    x, y, z = np.array([0.0, 0.355 * subject.looks.height + 0.145, -0.03]) + bow
    return (float(x) + side_sign(subject.hand) * across, float(y) + up, float(z) + front)


def at_trunk(subject: Subject, across: float, up: float, front: float) -> Point:
    """Return a point as `at_head`, relative to the point of the table top below the upper trunk."""
    x, y, z = subject.movement.lean * BOW
    return (float(x) + side_sign(subject.hand) * across, float(y) + up * subject.looks.height, float(z) + front)
