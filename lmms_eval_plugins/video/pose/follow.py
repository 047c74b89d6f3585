"""Which of the people in a picture is the patient, and where the patient is from frame to frame."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.video.pose.joints import COCO_JOINTS
from lmms_eval_plugins.video.windows import Box

Floats = npt.NDArray[np.float32]

_GROWN = 0.3
"""Share of its size by which a patient's box is widened on each side: arms reach out of it."""

_SAME = 0.1
"""Overlap of two boxes, intersection over union, from which on they may be one person's in neighbouring frames."""

_SEEN = 0.3
"""Confidence of a joint from which on it tells where a person is."""


def largest(boxes: Floats) -> Floats:
    """The largest of some boxes, (4,) of (boxes, 4), as left, top, right, bottom."""
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    chosen: Floats = boxes[int(np.argmax(area))]
    return chosen


def grown(box: Floats, width: int, height: int) -> Box:
    """A box with room around it, as far as the frame goes."""
    left, top, right, bottom = box.tolist()
    across, down = _GROWN * (right - left), _GROWN * (bottom - top)
    return Box(
        max(0, round(left - across)),
        max(0, round(top - down)),
        min(width, round(right + across)),
        min(height, round(bottom + down)),
    )


def extent(joints: Floats) -> Floats:
    """The box around a person's joints that are seen, (4,); NaN where none is."""
    seen = joints[joints[:, 2] >= _SEEN, :2]
    if not len(seen):
        return np.full(4, np.nan, np.float32)
    around: Floats = np.concatenate([seen.min(axis=0), seen.max(axis=0)])
    return around


def overlap(a: Floats, b: Floats) -> float:
    """Intersection over union of two boxes, 0 to 1; 0 where one is unknown."""
    across, down = (min(a[i + 2], b[i + 2]) - max(a[i], b[i]) for i in (0, 1))
    if not (across > 0 and down > 0):
        return 0.0
    areas = sum(float((box[2] - box[0]) * (box[3] - box[1])) for box in (a, b))
    both = float(across * down)
    return both / (areas - both)


class Follower:
    """Picks the patient among the people of each frame: whose box overlaps most with the last one's.

    Args:
        box: where the patient is at first; None for whoever is largest.
    """

    def __init__(self, box: Floats | None) -> None:
        self._last = box

    def pick(self, people: Floats) -> Floats:
        """The patient's joints, (17, 3) of (people, 17, 3); NaN with confidence 0 where the patient is not seen."""
        extents = np.array([extent(joints) for joints in people], np.float32).reshape(-1, 4)
        known = np.flatnonzero(np.isfinite(extents).all(axis=1))
        if len(known):
            if self._last is None:
                self._last = largest(extents[known])
            overlaps = [overlap(extents[i], self._last) for i in known]
            best = int(np.argmax(overlaps))
            if overlaps[best] >= _SAME:
                self._last = extents[known[best]]
                chosen: Floats = people[known[best]]
                return chosen
        return nobody()


def nobody() -> Floats:
    """The joints of nobody, (17, 3)."""
    joints = np.full((len(COCO_JOINTS), 3), np.nan, np.float32)
    joints[:, 2] = 0
    return joints
