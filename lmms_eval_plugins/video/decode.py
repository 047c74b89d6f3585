"""Decoding of frames: one pass over a video serves all its windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import av
import numpy as np

from lmms_eval_plugins.video.clock import steady
from lmms_eval_plugins.video.container import MISSING_TAIL_S, VideoError, open_video, timed_frames
from lmms_eval_plugins.video.deinterlace import deinterlaced
from lmms_eval_plugins.video.picture import Frames as Frames
from lmms_eval_plugins.video.picture import StreamPicture, stream_picture
from lmms_eval_plugins.video.picture import to_rgb as to_rgb
from lmms_eval_plugins.video.windows import Box, Window

_JITTER = 0.75
"""Ticks by which a frame's recorded time may be off before the clock counts a frame as repeated or dropped."""


def decode_windows(path: Path, windows: Sequence[Window], fps: float) -> Iterator[tuple[Window, Frames]]:
    """Decode a video once, front to back, and yield every window as soon as its last frame is decoded.

    Memory holds only the frames that windows still need.

    Args:
        path: the video file.
        windows: windows of this video, in any order.
        fps: the clock of frame indices, frames per second.

    Raises:
        VideoError: as `decode_frames`; or the frames change size, or a box lies outside them. Windows yielded before
            are valid.
    """
    if windows:
        yield from cut(path, windows, decode_frames(path, {i for window in windows for i in window.frames}, fps))


def decode_frames(
    path: Path, indices: Collection[int], fps: float, beat: Callable[[], None] = lambda: None
) -> Iterator[tuple[int, Frames]]:
    """Decode some frames of a video in order, and yield them with their indices; stop after the last one.

    Frame ``i`` is the one on screen ``i / fps`` seconds after the first frame, so that windows keep true time when the
    frame rate varies; at a constant rate it is the ``i``-th frame. The last frame stays on screen for half a second,
    for files that are slightly shorter than their manifest says.

    Args:
        path: the video file.
        indices: of the frames.
        fps: their clock, frames per second.
        beat: called for every decoded frame, wanted or not.

    Raises:
        VideoError: the file is damaged or ends too early; frames yielded before are valid.
    """
    wanted = set(indices)
    with closing(_on_clock(path, fps, max(wanted), beat)) as ticks:
        for index, frame, stream in ticks:
            if index in wanted:
                yield index, to_rgb(frame, stream)


def cut(path: Path, windows: Sequence[Window], frames: Iterator[tuple[int, Frames]]) -> Iterator[tuple[Window, Frames]]:
    """Put the frames of a video together into windows, and yield each as soon as its last frame has come.

    Args:
        path: the video file, for messages.
        windows: windows of this video, in any order.
        frames: at least all frames of the windows, in order.

    Raises:
        VideoError: the frames change size, or a box lies outside them.
    """
    complete_at: dict[int, list[Window]] = {}
    uses: Counter[int] = Counter()
    for window in windows:
        complete_at.setdefault(max(window.frames), []).append(window)
        uses.update(set(window.frames))
    held: dict[int, Frames] = {}
    for index, frame in frames:
        held[index] = frame
        for window in complete_at.get(index, ()):
            stacked = _stack(path, window, held)
            for used in set(window.frames):
                uses[used] -= 1
                if not uses[used]:
                    del held[used]
            yield window, stacked


def _on_clock(
    path: Path, fps: float, last: int, beat: Callable[[], None]
) -> Generator[tuple[int, av.VideoFrame, StreamPicture], None, None]:
    """Yield the frame on screen at every tick of the clock up to ``last``; frames repeat where a tick has none.

    With each frame comes what its stream says about all its pictures.
    """
    shown: av.VideoFrame | None = None
    first_s: float | None = None
    tick = 0
    try:
        with open_video(path) as (container, stream):
            picture = stream_picture(stream)
            for time_s, frame in deinterlaced(steady(path, timed_frames(path, container, stream))):
                beat()
                position = tick + (shown is not None) if first_s is None or time_s is None else (time_s - first_s) * fps
                if first_s is None and time_s is not None:
                    first_s = time_s - position / fps
                # A frame that the next one follows too soon is left out; one that it follows late stays.
                if shown is not None and position > tick + 1 - _JITTER:
                    yield tick, shown, picture
                    tick += 1
                    while tick <= last and position > tick + _JITTER:
                        yield tick, shown, picture
                        tick += 1
                    if tick > last:
                        return
                shown = frame
    except VideoError as error:
        raise VideoError(path, f"{error.reason}, after frame {tick - 1}" if tick else error.reason) from error
    if shown is None:
        raise VideoError(path, "holds no frame that can be decoded")
    missing_s = (last - tick) / fps
    if missing_s > MISSING_TAIL_S:
        raise VideoError(path, f"ends at frame {tick}, {missing_s:.1f} s before its last window; it is truncated")
    for remaining in range(tick, last + 1):
        yield remaining, shown, picture


def _stack(path: Path, window: Window, held: Mapping[int, Frames]) -> Frames:
    images = [held[index] for index in window.frames]
    if len({image.shape for image in images}) > 1:
        raise VideoError(path, f"the size of its frames changes before frame {window.frames[-1]}; convert it first")
    if window.boxes:
        boxes = window.boxes * len(images) if len(window.boxes) == 1 else window.boxes
        images = [_crop(path, image, box) for image, box in zip(images, boxes, strict=True)]
        if len({image.shape for image in images}) > 1:
            height, width = held[window.frames[0]].shape[:2]
            raise VideoError(path, f"its boxes lie partly outside its frames, which are {width}x{height}")
    return np.stack(images)


def _crop(path: Path, image: Frames, box: Box) -> Frames:
    """Crop an image to the part of a box that lies in it."""
    cropped = image[max(0, box.top) : max(0, box.bottom), max(0, box.left) : max(0, box.right)]
    if not cropped.size:
        height, width = image.shape[:2]
        raise VideoError(path, f"{box} lies outside its frames, which are {width}x{height}")
    return cropped
