"""The patient among the people of a picture, followed from frame to frame."""

from __future__ import annotations

import numpy as np

from lmms_eval_plugins.video.pose.joints import COCO_JOINTS, Floats
from lmms_eval_plugins.video.windows import Box

_GROWN = 0.3
"""Share of its size by which a patient's box is widened on each side, since arms reach out of it."""

_SAME = 0.1
"""The least overlap (intersection over union) of one person's boxes in neighbouring frames."""

_SEEN = 0.3
"""The least confidence of a joint that counts for a person's box."""


def largest(boxes: Floats) -> Floats:
    """Return the largest of some boxes, (4,) of (boxes, 4), as left, top, right, bottom."""
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    chosen: Floats = boxes[int(np.argmax(area))]
    return chosen


def grown(box: Floats, width: int, height: int) -> Box:
    """Return a box widened on all sides, as far as the frame goes."""
    left, top, right, bottom = box.tolist()
    across, down = _GROWN * (right - left), _GROWN * (bottom - top)
    return Box(
        max(0, round(left - across)),
        max(0, round(top - down)),
        min(width, round(right + across)),
        min(height, round(bottom + down)),
    )


def extent(joints: Floats) -> Floats:
    """Return the box around a person's visible joints, (4,); NaN where none is visible."""
    seen = joints[joints[:, 2] >= _SEEN, :2]
    if not len(seen):
        return np.full(4, np.nan, np.float32)
    around: Floats = np.concatenate([seen.min(axis=0), seen.max(axis=0)])
    return around


def overlap(a: Floats, b: Floats) -> float:
    """Return the intersection over union of two boxes, 0 to 1; 0 where one is unknown."""
    across, down = (min(a[i + 2], b[i + 2]) - max(a[i], b[i]) for i in (0, 1))
    if not (across > 0 and down > 0):
        return 0.0
    areas = sum(float((box[2] - box[0]) * (box[3] - box[1])) for box in (a, b))
    both = float(across * down)
    return both / (areas - both)


class Follower:
    """A follower of the patient: the person of each frame whose box overlaps most with the previous one.

    Args:
        box: of the patient in the first frame; None for the largest person.
    """

    def __init__(self, box: Floats | None) -> None:
        self._last = box

    def pick(self, people: Floats) -> Floats:
        """Return the patient's joints, (17, 3) of (people, 17, 3); NaN with confidence 0 where the patient is lost."""
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
    """Return the joints of an absent person, (17, 3): NaN with confidence 0."""
    joints = np.full((len(COCO_JOINTS), 3), np.nan, np.float32)
    joints[:, 2] = 0
    return joints
