"""From file to frames: one pass over a video feeds all its windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.video.container import open_video, quarter_turns
from lmms_eval_plugins.video.errors import VideoError
from lmms_eval_plugins.video.windows import Box, Window

Frames = npt.NDArray[np.uint8]
"""RGB frames of one window: (frames, height, width, 3), uint8."""

_JITTER = 0.75
"""Ticks by which a frame's recorded time may be off before the clock counts a frame as repeated or dropped."""

_MISSING_TAIL_S = 0.5
"""Seconds that a file may be shorter than its manifest says: rounded durations, not damage."""


def decode_windows(path: Path, windows: Sequence[Window], fps: float) -> Iterator[tuple[Window, Frames]]:
    """Decode a video once, front to back, and hand out every window as soon as its last frame is there.

    Frame ``i`` is what is on screen at ``i / fps`` seconds after the first frame, so that windows keep true time when
    the frame rate varies; at a constant rate it is the ``i``-th frame. Memory holds only the frames of windows that
    are still open. A window at the very end whose last frames the file lacks (up to half a second) gets the frames
    that are there.

    Args:
        path: the video file.
        windows: windows of this video, ordered by first frame.
        fps: the clock that frame indices count on.

    Raises:
        VideoError: the file is damaged or ends too early; windows handed out before are good.
    """
    if not windows:
        return
    wanted = {index for window in windows for index in window.frames}
    last_needed = max(wanted)
    open_windows = list(windows)
    held: dict[int, Frames] = {}
    reached = -1
    try:
        for index, image in _on_clock(path, fps, wanted):
            reached = index
            held[index] = image
            ready = [w for w in open_windows if w.frames[-1] <= index]
            if ready:
                for window in ready:
                    yield window, _stack(window, held)
                open_windows = [w for w in open_windows if w.frames[-1] > index]
                first_open = min((w.frames[0] for w in open_windows), default=last_needed + 1)
                held = {i: image for i, image in held.items() if i >= first_open}
            if index >= last_needed:
                return
    except VideoError as error:
        raise VideoError(path, f"{error.reason}, after frame {reached}") from error
    missing_s = (last_needed - reached) / fps
    if missing_s > _MISSING_TAIL_S:
        raise VideoError(path, f"ends at frame {reached}, {missing_s:.1f} s before its last window; it is truncated")
    for window in open_windows:
        if any(i in held for i in window.frames):
            yield window, _stack(window, held)


def _on_clock(path: Path, fps: float, wanted: set[int]) -> Iterator[tuple[int, Frames]]:
    """Frames by clock index, in order, only those wanted: repeated where the file has none, dropped where too many."""
    shown: Any = None
    tick = 0
    with open_video(path) as (container, stream):
        first_s: float | None = None
        for frame in container.decode(stream):
            if first_s is None:
                first_s = frame.time or 0.0
            position = tick if frame.time is None else (frame.time - first_s) * fps
            if position < tick - _JITTER:
                shown = frame
                continue
            while shown is not None and position > tick + _JITTER:
                if tick in wanted:
                    yield tick, to_rgb(shown)
                tick += 1
            if tick in wanted:
                yield tick, to_rgb(frame)
            tick += 1
            shown = frame


def to_rgb(frame: Any) -> Frames:
    """A decoded frame as an upright RGB array (height, width, 3)."""
    image: Frames = frame.to_ndarray(format="rgb24")
    turns = quarter_turns(frame.rotation)
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image


def _stack(window: Window, held: dict[int, Frames]) -> Frames:
    images = [held[i] for i in window.frames if i in held]
    if window.box:
        images = [_crop(image, window.box) for image in images]
    return np.stack(images)


def _crop(image: Frames, box: Box) -> Frames:
    return image[box.top : box.bottom, box.left : box.right]
