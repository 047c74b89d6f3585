"""A hand in the windows of a video by the study's rules: where it is, how fast it moves, and the boxes around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from lmms_eval_plugins.video.pose.joints import COCO_JOINTS, Keypoints, PoseStatus
from lmms_eval_plugins.video.windows import Box, Window

FEWEST_FOLLOWED = 4
"""The least number of frames of a window whose boxes follow a fast hand."""

Points = npt.NDArray[np.float64]
"""(points, 2), x and y in pixels."""


class HandSettings(BaseModel):
    """The settings of locating a hand and cutting it out.

    Attributes:
        keypoints: file or folder of keypoints, relative to the dataset's folder; None for the dataset's own.
        reach: distance of the hand beyond the wrist, as a share of the forearm.
        confidence: the least confidence of wrist and elbow in a window's first and last frame, 0 to 1; below it the
            hand is not located.
        still_px: pixels per shown frame; a slower hand does not move.
        fast_px: pixels per shown frame; a hand at least as fast moves fast.
        box_px: side of a box, in pixels.
        reference_px: the shorter side of the frames that these pixel numbers refer to; they are scaled to the frames
            of the video. None uses them unscaled.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    keypoints: Path | None = None
    reach: float = Field(default=0.75, ge=0)
    confidence: float = Field(default=0.9, ge=0, le=1)
    still_px: float = Field(default=3.0, ge=0)
    fast_px: float = Field(default=15.0, ge=0)
    box_px: int = Field(default=224, ge=1)
    reference_px: int | None = Field(default=None, ge=1)


@dataclass(frozen=True, slots=True)
class HandTrack:
    """The track of a hand over a video.

    Attributes:
        places: (frames, 2) in pixels, NaN where the place is not known.
        confidence: (frames,), the lower one of wrist and elbow; 0 where the place is not known.
    """

    places: Points
    confidence: npt.NDArray[np.float64]


def hand_track(keypoints: Keypoints, side: str, settings: HandSettings, width: int, height: int) -> HandTrack:
    """Return the track of a hand: ``wrist + reach · (wrist − elbow)``, clipped to the frame.

    Args:
        keypoints: of the person.
        side: ``left`` or ``right``, the person's.
        settings: of the hand.
        width: of the frames, in pixels.
        height: of the frames, in pixels.
    """
    elbow, wrist = (keypoints[:, COCO_JOINTS.index(f"{side}_{part}")].astype(float) for part in ("elbow", "wrist"))
    places = wrist[:, :2] + settings.reach * (wrist[:, :2] - elbow[:, :2])
    confidence = np.minimum(wrist[:, 2], elbow[:, 2])
    known = np.isfinite(places).all(axis=1) & np.isfinite(confidence) & (confidence > 0)
    inside = np.clip(places, 0, (width - 1, height - 1))
    return HandTrack(np.where(known[:, None], inside, np.nan), np.where(known, confidence, 0.0))


def pose_status(track: HandTrack, frames: Sequence[int], settings: HandSettings, scale: float = 1.0) -> PoseStatus:
    """Return the status of a hand in a window, from the window's first and last frame.

    The speed is the larger of its two directions (L∞), averaged over the steps from one shown frame to the next; in a
    window of one frame there is none, and the hand counts as moving.

    Args:
        track: of the hand.
        frames: native indices of the shown frames.
        settings: the limits.
        scale: factor on the limits.
    """
    first, last = frames[0], frames[-1]
    if min(track.confidence[first], track.confidence[last]) < max(settings.confidence, np.finfo(float).tiny):
        return "abstain"
    if len(frames) == 1:
        return "moving"
    speed = np.abs(track.places[last] - track.places[first]).max() / (len(frames) - 1)
    if speed < settings.still_px * scale:
        return "still"
    return "fast" if speed >= settings.fast_px * scale else "moving"


def boxes_around(centres: Points, size: int, width: int, height: int) -> tuple[Box, ...]:
    """Return square boxes of one size around points, moved into the frame where they would stick out of it.

    Where the frame is smaller than the box, the box has the frame's size.
    """
    across, down = min(size, width), min(size, height)
    left = np.clip(np.rint(centres[:, 0] - (across - 1) / 2), 0, width - across).astype(int)
    top = np.clip(np.rint(centres[:, 1] - (down - 1) / 2), 0, height - down).astype(int)
    return tuple(Box(x, y, x + across, y + down) for x, y in zip(left.tolist(), top.tolist(), strict=True))


def locate(
    windows: Sequence[Window], track: HandTrack, settings: HandSettings, width: int, height: int, *, crop: bool
) -> tuple[Window, ...]:
    """Return windows with the status of a hand and, if they are to be cropped, the boxes around it.

    The box lies around the middle between the hand's first and last place; where it moves fast, and the window has at
    least four frames, one box for each frame goes from the first place to the last. A hand that is not located has no
    box: the whole frame is shown.

    Args:
        windows: of one video.
        track: of the hand.
        settings: of the hand.
        width: of the frames, in pixels.
        height: of the frames, in pixels.
        crop: whether to add boxes.
    """
    scale = min(width, height) / settings.reference_px if settings.reference_px else 1.0
    size = max(1, round(settings.box_px * scale))
    located = []
    for window in windows:
        pose = pose_status(track, window.frames, settings, scale)
        boxes: tuple[Box, ...] = ()
        if crop and pose != "abstain":
            first, last = track.places[window.frames[0]], track.places[window.frames[-1]]
            follows = pose == "fast" and len(window.frames) >= FEWEST_FOLLOWED
            way = np.linspace(0, 1, len(window.frames)) if follows else np.array([0.5])
            boxes = boxes_around(first + way[:, None] * (last - first), size, width, height)
        located.append(replace(window, boxes=boxes, pose=pose))
    return tuple(located)
