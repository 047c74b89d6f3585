"""The patient's joints in every frame of a video."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from lmms_eval_plugins.video.container import VideoError
from lmms_eval_plugins.video.decode import Frames, decode_frames
from lmms_eval_plugins.video.pose.follow import Follower, grown, largest
from lmms_eval_plugins.video.pose.joints import Floats, Keypoints
from lmms_eval_plugins.video.windows import Box

NOBODY = "nobody was found in it"
"""The remark about a video in which the detector found no person."""


class Finder(Protocol):
    """A detector of people; see `lmms_eval_plugins.video.pose.people.PeopleFinder`."""

    one_person: bool

    def start(self) -> None:
        """Begin a new video."""

    def boxes(self, image: Frames) -> Floats:
        """Return the boxes of people."""

    def show(self, image: Frames) -> None:
        """Send a picture."""

    def seen(self) -> Floats:
        """Return the joints of all people in the oldest picture that is not answered."""


@dataclass(frozen=True, slots=True)
class Located:
    """The keypoints of a video.

    Attributes:
        keypoints: of the patient.
        n_found: frames in which the patient was found.
        remarks: messages for the user about what to check.
    """

    keypoints: Keypoints
    n_found: int
    remarks: tuple[str, ...]


def locate_patient(path: Path, n_frames: int, fps: float, finder: Finder, box: Box | None = None) -> Located:
    """Find the patient in every frame of a video, decoding it once.

    Without a box the patient is the largest person of the first frame.

    Args:
        path: the video file.
        n_frames: its length in frames.
        fps: the clock of its frames, frames per second.
        finder: the detector of people.
        box: around the patient in the first frame.

    Raises:
        VideoError: the video cannot be decoded, or the box does not lie in its frames.
    """
    finder.start()
    remarks: list[str] = []
    found: list[Floats] = []
    region: Box | None = None
    follower: Follower | None = None
    for _, frame in decode_frames(path, range(n_frames), fps):
        is_first = follower is None
        if follower is None:
            patient = _given(path, box, frame) if box else _largest(finder, frame, remarks)
            if patient is not None and finder.one_person and (box or remarks):
                region = grown(patient, frame.shape[1], frame.shape[0])
            follower = Follower(patient)
        finder.show(frame[region.top : region.bottom, region.left : region.right] if region else frame)
        if not is_first:  # of the previous picture, so that the finder works while the next frame is decoded
            found.append(_patient(finder, follower, region))
    assert follower is not None
    found.append(_patient(finder, follower, region))
    keypoints = np.stack(found)
    n_found = int((keypoints[..., 2] > 0).any(axis=1).sum())
    if not n_found:
        remarks.append(NOBODY)
    return Located(keypoints, n_found, tuple(remarks))


def _given(path: Path, box: Box, frame: Frames) -> Floats:
    height, width = frame.shape[:2]
    if not (0 <= box.left < box.right <= width and 0 <= box.top < box.bottom <= height):
        raise VideoError(path, f"the patient's {box} does not lie in its frames, which are {width}x{height}")
    return np.array([box.left, box.top, box.right, box.bottom], np.float32)


def _largest(finder: Finder, frame: Frames, remarks: list[str]) -> Floats | None:
    boxes = finder.boxes(frame)
    if len(boxes) > 1:
        remarks.append(f"{len(boxes)} people at its beginning: the largest is taken for the patient")
    return largest(boxes) if len(boxes) else None


def _patient(finder: Finder, follower: Follower, region: Box | None) -> Floats:
    joints = finder.seen()
    if finder.one_person:
        follower = Follower(None)  # places are relative to the region, and there is nobody to confuse the patient with
    chosen: Floats = follower.pick(joints).copy()
    if region:
        chosen[:, :2] += (region.left, region.top)
    return chosen
