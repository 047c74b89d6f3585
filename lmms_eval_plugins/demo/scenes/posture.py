"""Where the head is, and what a hand in front of the body does to it; scripts aim at the face with this.

Positions are in metres, as in :mod:`motion`.
"""

from __future__ import annotations

import numpy as np

from lmms_eval_plugins.demo.scenes.motion import Array, Point, minimum_jerk
from lmms_eval_plugins.demo.scenes.subjects import Subject
from lmms_eval_plugins.domain.vocabulary import Hand

HEAD_WITH_TRUNK = 1.15
"""How far the head moves when the upper trunk moves by one."""

BOW = np.array([0.0, -0.09, 0.08])
"""Where the upper trunk of somebody who leans fully goes to meet a raised hand."""

WORN_FROM_EYES = (0.098, 0.0, 0.025)
"""From between the eyes to where glasses on the face are taken, x towards the hand's side."""


def side_sign(hand: Hand) -> int:
    """The sign of x on a hand's side: 1 for the left hand, which is on the right of the picture, −1 for the right."""
    return 1 if hand == "left" else -1


def raised(position: Array) -> Array:
    """How much (0 to 1) a hand is up in front of the trunk or face, (frames, 1) from positions (frames, 3)."""
    up = minimum_jerk((position[:, 1:2] - 0.12) / 0.12)
    close = minimum_jerk((0.25 - position[:, 2:3]) / 0.10)
    return np.asarray(up * close)


def at_head(subject: Subject, across: float, up: float, front: float) -> Point:
    """A point beside the middle of the head of somebody whose hand is at the face.

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
    """As `at_head`, from the point of the table top below the upper trunk."""
    x, y, z = subject.movement.lean * BOW
    return (float(x) + side_sign(subject.hand) * across, float(y) + up * subject.looks.height, float(z) + front)
