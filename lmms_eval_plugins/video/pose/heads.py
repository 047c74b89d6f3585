"""The heads in a video, and pictures in which they are blurred."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from lmms_eval_plugins.video.decode import Frames, decode_frames
from lmms_eval_plugins.video.pose.joints import Floats
from lmms_eval_plugins.video.windows import Box

LOOKS_PER_S = 15.0
"""So many times in a second of video are heads looked for, or in every frame where there are fewer."""

HOLD_S = 2.0
"""So long before and after it was found is a head taken to be there still, in seconds."""

_GROWTH_PER_S, _MOST_GROWTH = 0.5, 0.75
"""Share of its size by which a head's box is widened on each side, per second since it was found, and at most."""

_ROUNDING = 1e-6
"""Share of a look by which times of looks may be off."""

_BLOCKS = 6
"""A blurred head keeps the mean colours of so many parts across and down."""


class HeadFinder(Protocol):
    """A detector of heads; see `lmms_eval_plugins.video.pose.people.PeopleFinder`."""

    def start(self) -> None:
        """Begin a new video."""

    def heads(self, image: Frames) -> Floats:
        """Return the boxes of heads: (heads, 4) as left, top, right, bottom in pixels."""


@dataclass(frozen=True, slots=True)
class HeadTrack:
    """The heads of a video.

    Attributes:
        step_s: seconds from one look to the next, the first at 0.
        looks: for every look, the boxes of the heads that were found, (heads, 4) as left, top, right, bottom.
    """

    step_s: float
    looks: tuple[Floats, ...]

    def at(self, time_s: float) -> list[Box]:
        """Return boxes around the heads at a time, in pixels; they may reach out of the picture.

        Each is the one found nearest in time, before or after. One that was found up to `HOLD_S` away, and near which
        no head was found since, is there still, in a box that is wider the longer ago that was.
        """
        around: list[Box] = []
        first = max(0, math.ceil((time_s - HOLD_S) / self.step_s - _ROUNDING))
        last = min(len(self.looks) - 1, math.floor((time_s + HOLD_S) / self.step_s + _ROUNDING))
        ages_s = {look: round(abs(look * self.step_s - time_s), 6) for look in range(first, last + 1)}
        for look, age_s in sorted(ages_s.items(), key=lambda one: one[1]):
            # Heads of one look are not compared with each other: where two are close, both are there.
            around += [
                _widened(box, age_s) for box in self.looks[look] if not any(_holds(kept, box) for kept in around)
            ]
        return around

    @property
    def lost_share(self) -> float:
        """The share of the looks, 0 to 1, at which no head is known: none was found within `HOLD_S`."""
        return sum(not self.at(look * self.step_s) for look in range(len(self.looks))) / max(1, len(self.looks))


def find_heads(path: Path, n_frames: int, fps: float, finder: HeadFinder) -> HeadTrack:
    """Find the heads in a video, decoding it once.

    Args:
        path: the video file.
        n_frames: its length in frames.
        fps: the clock of its frames, frames per second.
        finder: the detector of heads.

    Raises:
        VideoError: the video cannot be decoded.
    """
    finder.start()
    stride = max(1, round(fps / LOOKS_PER_S))
    frames = decode_frames(path, range(0, n_frames, stride), fps)
    return HeadTrack(stride / fps, tuple(finder.heads(frame) for _, frame in frames))


def blurred(image: Frames, boxes: Iterable[Box]) -> Frames:
    """Return a picture (height, width, 3) of which the boxes show mean colours only; what they held is not in it."""
    copy: Frames = image.copy()
    height, width = image.shape[:2]
    for box in boxes:
        part = copy[max(0, box.top) : min(height, box.bottom), max(0, box.left) : min(width, box.right)]
        if box.bottom > 0 and box.right > 0 and part.size:
            blocks = min(_BLOCKS, part.shape[1]), min(_BLOCKS, part.shape[0])
            means = cv2.resize(part, blocks, interpolation=cv2.INTER_AREA)
            part[:] = cv2.resize(means, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_LINEAR)
    return copy


def _widened(box: Floats, age_s: float) -> Box:
    left, top, right, bottom = box.tolist()
    growth = min(_MOST_GROWTH, _GROWTH_PER_S * age_s)
    across, down = growth * (right - left), growth * (bottom - top)
    return Box(math.floor(left - across), math.floor(top - down), math.ceil(right + across), math.ceil(bottom + down))


def _holds(kept: Box, box: Floats) -> bool:
    """Whether the middle of a box lies in one that is kept."""
    x, y = float(np.mean(box[0::2])), float(np.mean(box[1::2]))
    return kept.left <= x < kept.right and kept.top <= y < kept.bottom
