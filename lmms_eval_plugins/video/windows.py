"""Windows and sampling: a video cut into windows, as pure functions of its clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.numbers import Real, Whole
from lmms_eval_plugins.video.pose.joints import PoseStatus

MAX_FPS = 1_000_000.0
"""Highest rate of a manifest's video that is believed, in frames per second."""

MIN_FPS = 0.000_001
"""Lowest rate of a manifest's video, and of frames shown, that is believed, in frames per second."""

MAX_FRAMES = 10_000_000
"""Most frames of a video that are believed: 46 hours at 60 frames per second."""

_MAX_WINDOWS = 1_000_000
_MAX_SHOWN = 100_000


class Dense(BaseModel):
    """Consecutive windows of ``frames`` frames taken at ``fps`` frames per second, ``overlap`` frames shared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strategy: Literal["dense"] = "dense"
    fps: Real = Field(ge=MIN_FPS, allow_inf_nan=False)
    frames: Whole = Field(ge=1, le=_MAX_SHOWN)
    overlap: Whole = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _windows_advance(self) -> Dense:
        if self.overlap >= self.frames:
            raise ValueError(f"overlap ({self.overlap}) must be smaller than frames ({self.frames})")
        return self


class Uniform(BaseModel):
    """One window over the whole video: ``frames`` frames evenly spaced, first and last frame included."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strategy: Literal["uniform"]
    frames: Whole = Field(ge=1, le=_MAX_SHOWN)


Sampling = Annotated[Dense | Uniform, Field(discriminator="strategy")]
SAMPLING: TypeAdapter[Dense | Uniform] = TypeAdapter(Sampling)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in native pixels; ``right`` and ``bottom`` are exclusive."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of one video that is shown at once.

    Attributes:
        video_id: the video.
        index: position among the video's windows, from 0.
        start_s: time of the first frame in seconds, rounded to milliseconds.
        end_s: exclusive end in seconds, rounded to milliseconds.
        frames: native frame indices shown, in order.
        boxes: what to crop: one box for all frames, or one for each in turn, all of one size; none for whole frames.
        pose: status of the labelled hand in the window by its positions; None where they were not used.
        hand: where the hand is, a box for each frame in turn; empty where nothing is to be done to it, or where it is
            not located.
    """

    video_id: str
    index: int
    start_s: float
    end_s: float
    frames: tuple[int, ...]
    boxes: tuple[Box, ...] = ()
    pose: PoseStatus | None = None
    hand: tuple[Box, ...] = ()


def stride_of(fps: float, sampling: Dense) -> int:
    """Return every how many frames of a video at ``fps`` frames per second one is shown, at least 1.

    Raises:
        ValueError: ``fps`` is not positive.
    """
    if not fps > 0:
        raise ValueError(f"a video needs a clock, not {fps} frames per second")
    return max(1, round(fps / sampling.fps))


def windows(n_frames: int, fps: float, sampling: Dense | Uniform, video_id: str = "") -> tuple[Window, ...]:
    """Cut a video of ``n_frames`` frames at ``fps`` frames per second into windows.

    Dense: every ``round(fps / sampling.fps)``-th frame (at least every one), in chunks of ``sampling.frames``; the next
    chunk starts ``sampling.frames - sampling.overlap`` such frames later, as long as the video lasts; the last ones may
    be short. Uniform: one window with ``sampling.frames`` indices from the first to the last frame.

    Raises:
        ValueError: ``n_frames`` or ``fps`` is not positive.
        UserError: they are higher than any video's, or there would be more than a million windows.
    """
    if n_frames < 1 or fps <= 0:
        raise ValueError(f"a video needs frames and a clock, not {n_frames} frames at {fps} per second")
    of_video = f"{video_id}: " if video_id else ""
    if n_frames > MAX_FRAMES or not fps <= MAX_FPS:
        raise UserError(
            f"{of_video}{n_frames:,} frames at {fps:g} per second are more than any video has"
            f" (at most {MAX_FRAMES:,} at {MAX_FPS:,.0f}); measure it anew with `strokerehab index`"
        )
    if isinstance(sampling, Uniform):
        # linspace rounds down wrongly at some counts (15, 64); the published runs were cut with it.
        evenly_spaced = tuple(np.linspace(0, n_frames - 1, sampling.frames, dtype=int).tolist())
        return (Window(video_id, 0, 0.0, round(n_frames / fps, 3), evenly_spaced),)
    stride = stride_of(fps, sampling)
    span = sampling.frames * stride
    step = (sampling.frames - sampling.overlap) * stride
    if n_frames > step * _MAX_WINDOWS:
        raise UserError(
            f"{of_video}its {n_frames:,} frames make {n_frames / step:,.0f} windows, more than a million;"
            " take fewer frames per second or a smaller overlap"
        )
    return tuple(
        Window(
            video_id,
            index,
            round(start / fps, 3),
            round(min(start + span, n_frames) / fps, 3),
            tuple(range(start, min(start + span, n_frames), stride)),
        )
        for index, start in enumerate(range(0, n_frames, step))
    )
