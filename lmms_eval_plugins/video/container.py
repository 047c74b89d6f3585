"""Open a video file with PyAV, read its frames and their times, and say in words what is wrong with it."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import av.logging
from av.stream import Disposition

from lmms_eval_plugins.core.errors import UserError


class VideoError(UserError):
    """One video cannot be used; ``path`` is its file, ``reason`` what is wrong. Other videos are not affected."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = Path(path)
        self.reason = reason


MISSING_TAIL_S = 0.5
"""Seconds that a file may be shorter than its header or a manifest says: rounded durations, not damage."""


@contextmanager
def open_video(path: Path) -> Iterator[tuple[Any, Any]]:
    """The container and its video stream, closed afterwards.

    Raises:
        VideoError: the file is missing, empty, no video, or damaged; also for what goes wrong while it is open.
    """
    # Any other level hands FFmpeg's messages to Python: a decoding thread that reports damage then waits for the
    # interpreter while the interpreter waits for the thread, for ever. Libraries set it, torchvision on import.
    av.logging.set_level(None)
    try:
        if not path.is_file():
            raise VideoError(path, "not a file" if path.exists() else "no such video file")
        if path.stat().st_size == 0:
            raise VideoError(path, "the file is empty (0 bytes); copy it again")
        # The prefix keeps a colon in a name from being read as a protocol.
        with av.open(f"file:{path}", metadata_errors="replace") as container:
            yield container, _video_stream(path, container)
    except (av.error.FFmpegError, OSError) as error:
        reason = error.strerror or str(error)
        if isinstance(error, av.error.FFmpegError) and not isinstance(error, PermissionError):
            reason = f"cannot be decoded ({reason}); the file is truncated or damaged"
        raise VideoError(path, reason) from error


def _video_stream(path: Path, container: Any) -> Any:
    """The first video stream that is not a cover picture, decoding in threads."""
    stream = next((s for s in container.streams.video if not s.disposition & Disposition.attached_pic), None)
    if stream is None:
        raise VideoError(path, "the file has no video stream")
    if stream.codec_context is None:
        raise VideoError(path, "its video codec is not known; convert it to H.264 first")
    stream.thread_type = "AUTO"
    return stream


def packet_s(container: Any, packet: Any) -> float | None:
    """When a packet is shown, in seconds, or None where the file does not say.

    AVI holds no times, only one chunk per frame: what FFmpeg derives for H.264 with B-frames is not even in order.
    The chunks' own times, which are in the order of the file, are the display times once they are sorted.
    """
    ticks = packet.dts if container.format.name == "avi" else packet.pts
    return None if ticks is None else float(ticks * packet.time_base)


def timed_frames(path: Path, container: Any, stream: Any) -> Iterator[tuple[float | None, Any]]:
    """Decoded frames in display order, with their times in seconds where the file has any.

    Raises:
        VideoError: a frame is damaged; the decoder would cover it up, in it and in those that build on it.
    """
    is_avi = container.format.name == "avi"
    chunks: deque[float | None] = deque()
    for packet in container.demux(stream):
        if is_avi and packet.size:
            chunks.append(packet_s(container, packet))
        for frame in packet.decode():
            if frame.is_corrupt:
                raise VideoError(path, "a frame is damaged")
            if is_avi:
                yield chunks.popleft() if chunks else None, frame
            else:
                yield frame.time, frame


def quarter_turns(rotation_degrees: float) -> int:
    """How many counter-clockwise quarter turns (0 to 3) show a frame upright, from its display rotation."""
    return round(rotation_degrees / 90) % 4 if math.isfinite(rotation_degrees) else 0
