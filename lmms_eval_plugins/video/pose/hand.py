"""A hand in the windows of a video by the study's rules: where it is, how fast it moves, and the boxes around it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from lmms_eval_plugins.core.numbers import Real, Whole
from lmms_eval_plugins.video.pose.joints import COCO_JOINTS, Keypoints, PoseStatus
from lmms_eval_plugins.video.windows import Box, Window

FEWEST_FOLLOWED = 4
"""The least number of frames of a window whose boxes follow a fast hand."""

LEAST_BOX_PX = 48
"""The smallest side of a box that is measured in forearms, in pixels: of less, a model sees next to nothing."""

LEAST_SHARE, MOST_SHARE = 0.23, 0.44
"""What a fixed box may be of a picture's shorter side: 1.4 times less or more than the study's 224 of 704 pixels.

A smaller one cuts the hand off, a larger one holds half the person, face included."""

COVERED_FOREARMS, COVERED_REACH = 1.5, 0.25
"""Side of the box that covers a hand, in lengths of the forearm, and how far beyond the wrist its middle lies.

A hand is as long as three quarters of the forearm: so the box holds it and the wrist, however the hand is bent.
"""

_LONGEST = 90
"""The percentile of a forearm's lengths in the picture that is its length: in most frames it is foreshortened."""

MOST_OUTSIDE = 0.5
"""Share of the joints outside the picture above which keypoints are not of this picture."""

Points = npt.NDArray[np.float64]
"""(points, 2), x and y in pixels."""

Values = npt.NDArray[np.float64]
"""(frames,), a number for each frame."""


class HandSettings(BaseModel):
    """The settings of locating a hand and cutting it out.

    Attributes:
        keypoints: file or folder of keypoints, relative to the dataset's folder; None for the dataset's own.
        reach: distance of the hand beyond the wrist, as a share of the forearm.
        confidence: the least confidence of wrist and elbow in a window's first and last frame, 0 to 1; below it the
            hand is not located.
        still_px: pixels per shown frame; a slower hand does not move.
        fast_px: pixels per shown frame; a hand at least as fast moves fast.
        box_px: side of a box, in pixels; not used where ``box_forearms`` is given.
        box_forearms: side of a box, in lengths of the forearm: its median over the video, between elbow and wrist as
            they are seen. So a box holds the hand whatever the size of the picture and the distance of the camera.
        reference_px: the shorter side of the frames that these pixel numbers refer to; they are scaled to the frames
            of the video. None uses them unscaled.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    keypoints: Path | None = None
    reach: Real = Field(default=0.75, ge=0)
    confidence: Real = Field(default=0.9, ge=0, le=1)
    still_px: Real = Field(default=3.0, ge=0)
    fast_px: Real = Field(default=15.0, ge=0)
    box_px: Whole = Field(default=224, ge=1)
    box_forearms: Real | None = Field(default=None, gt=0, le=20)
    reference_px: Whole | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _one_way(self) -> HandSettings:
        if self.box_forearms is not None and "box_px" in self.model_fields_set:
            raise ValueError("box_px and box_forearms are two ways to say how large a box is; give one of them")
        return self

    @model_serializer(mode="wrap")
    def _without_the_other_way(self, dump: SerializerFunctionWrapHandler) -> dict[str, object]:
        """Leave the way out that is not used: settings without ``box_forearms`` are recorded as before there was it."""
        values: dict[str, object] = dump(self)
        return {name: value for name, value in values.items() if name != self.unused_way}

    @property
    def unused_way(self) -> str:
        """The one of the two fields on the size of a box that has no effect."""
        return "box_forearms" if self.box_forearms is None else "box_px"


@dataclass(frozen=True, slots=True)
class HandTrack:
    """The track of a hand over a video.

    Attributes:
        places: (frames, 2) in pixels, NaN where the place is not known.
        confidence: (frames,), the lower one of wrist and elbow; 0 where the place is not known.
        forearm_px: median length of the forearm over the frames in which the hand is located, in pixels; NaN without.
    """

    places: Points
    confidence: Values
    forearm_px: float


def hand_track(keypoints: Keypoints, side: str, settings: HandSettings, width: int, height: int) -> HandTrack:
    """Return the track of a hand: ``wrist + reach · (wrist − elbow)``, clipped to the frame.

    Args:
        keypoints: of the person.
        side: ``left`` or ``right``, the person's.
        settings: of the hand.
        width: of the frames, in pixels.
        height: of the frames, in pixels.
    """
    places, confidence, forearms = _unclipped(keypoints, side, settings)
    known = confidence > 0
    inside = np.clip(places, 0, (width - 1, height - 1))
    located = confidence >= _least_confidence(settings)
    forearm_px = float(np.median(forearms[located])) if located.any() else math.nan
    return HandTrack(np.where(known[:, None], inside, np.nan), confidence, forearm_px)


def share_outside(keypoints: Keypoints, side: str, settings: HandSettings, width: int, height: int) -> float:
    """Return the share of frames in which the hand is not in the picture or is not located, 0 to 1.

    Args:
        keypoints: of the person; (frames, 17, 3), at least one frame.
        side: ``left`` or ``right``, the person's.
        settings: of the hand; below their confidence it is not located.
        width: of the frames, in pixels.
        height: of the frames, in pixels.
    """
    places, confidence, _ = _unclipped(keypoints, side, settings)
    with np.errstate(invalid="ignore"):
        seen = ((places > -0.5) & (places < (width - 0.5, height - 0.5))).all(axis=1)
    return float(1 - np.mean(seen & (confidence >= _least_confidence(settings))))


def share_of_joints_outside(keypoints: Keypoints, confidence: float, width: int, height: int) -> float:
    """Return the share of the joints of at least a confidence that lie outside the picture, 0 to 1; 0 of no joints."""
    sure = keypoints[keypoints[..., 2] >= max(confidence, np.finfo(float).tiny)]
    if not len(sure):
        return 0.0
    inside = ((sure[:, :2] > -0.5) & (sure[:, :2] < (width - 0.5, height - 0.5))).all(axis=1)
    return float(1 - np.mean(inside))


def _unclipped(keypoints: Keypoints, side: str, settings: HandSettings) -> tuple[Points, Values, Values]:
    """Return where the hand is in each frame, inside the picture or not; its confidence, 0 if unknown; the forearm."""
    elbow, wrist = (keypoints[:, COCO_JOINTS.index(f"{side}_{part}")].astype(float) for part in ("elbow", "wrist"))
    forearms = wrist[:, :2] - elbow[:, :2]
    places = wrist[:, :2] + settings.reach * forearms
    confidence = np.minimum(wrist[:, 2], elbow[:, 2])
    known = np.isfinite(places).all(axis=1) & np.isfinite(confidence) & (confidence > 0)
    return places, np.where(known, confidence, 0.0), np.hypot(forearms[:, 0], forearms[:, 1])


def _least_confidence(settings: HandSettings) -> float:
    """Return the confidence from which a hand is located: the settings', and more than none."""
    return max(settings.confidence, float(np.finfo(float).tiny))


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
    if min(track.confidence[first], track.confidence[last]) < _least_confidence(settings):
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


def box_side(track: HandTrack, settings: HandSettings, width: int, height: int) -> int:
    """Return the side of the boxes around a hand, in pixels: one for the whole video.

    A fixed one is scaled where the settings have a reference. One in forearms is at least `LEAST_BOX_PX`, and at most
    the picture's shorter side; it is that where no forearm was measured, since then no hand is located either.
    """
    shorter = min(width, height)
    if settings.box_forearms is None:
        return max(1, round(settings.box_px * _scale(settings, width, height)))
    if math.isnan(track.forearm_px):
        return shorter
    return min(max(round(settings.box_forearms * track.forearm_px), LEAST_BOX_PX), shorter)


def doubt_about_box(settings: HandSettings, width: int, height: int) -> str | None:
    """Return what is doubtful about a box of fixed pixels in pictures of a size; None where it fits or is scaled."""
    if settings.box_forearms is not None or settings.reference_px is not None:
        return None
    share = settings.box_px / min(width, height)
    if LEAST_SHARE <= share <= MOST_SHARE:
        return None
    holds = "may cut the hand off" if share < LEAST_SHARE else "holds much more than the hand"
    return (
        f"a box of {settings.box_px} pixels is {100 * share:.0f} % of the shorter side of {width} × {height} and"
        f" {holds}: give box_forearms, or reference_px"
    )


def _scale(settings: HandSettings, width: int, height: int) -> float:
    return min(width, height) / settings.reference_px if settings.reference_px else 1.0


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
    scale = _scale(settings, width, height)
    size = box_side(track, settings, width, height)
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


def with_hand(
    windows: Sequence[Window], keypoints: Keypoints, side: str, settings: HandSettings, width: int, height: int
) -> tuple[Window, ...]:
    """Return windows with the box around a hand in each of their frames, for what is to be done to the hand.

    A hand that is not located in a window's first and last frame has no boxes there. In frames between these in which
    it is not, it is taken to go straight from where it was to where it is next. The box has one size in the whole
    video, `COVERED_FOREARMS` of the forearm where it is seen at its longest, and lies `COVERED_REACH` of the forearm
    beyond the wrist.

    Args:
        windows: of one video.
        keypoints: of the person.
        side: ``left`` or ``right``, the person's.
        settings: of the hand: the confidence from which it is located.
        width: of the frames, in pixels.
        height: of the frames, in pixels.
    """
    places, confidence, forearms = _unclipped(keypoints, side, settings.model_copy(update={"reach": COVERED_REACH}))
    located = confidence >= _least_confidence(settings)
    longest = np.percentile(forearms[located], _LONGEST) if located.any() else 0.0
    size = max(round(COVERED_FOREARMS * longest), LEAST_BOX_PX)
    found = []
    for window in windows:
        frames = np.array(window.frames)
        sure = frames[located[frames]]
        boxes: tuple[Box, ...] = ()
        if located[frames[[0, -1]]].all():
            centres = np.stack([np.interp(frames, sure, places[sure, axis]) for axis in (0, 1)], axis=1)
            boxes = boxes_around(centres, size, width, height)
        found.append(replace(window, hand=boxes))
    return tuple(found)
