"""Video files opened with PyAV: their frames with times, and errors in plain words."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import av.logging
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from lmms_eval_plugins.core.errors import UserError


class VideoError(UserError):
    """An error about one video; ``path`` is its file, ``reason`` what is wrong. Other videos are not affected."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = Path(path)
        self.reason = reason


class TruncatedVideo(VideoError):
    """A video that breaks off: what comes before can be shown."""


MISSING_TAIL_S = 0.5
"""Seconds that a file may be shorter than its header or a manifest says: rounded durations, not damage."""


TimedFrame = tuple[float | None, av.VideoFrame]
"""A decoded frame with its time in seconds, where it has one."""


@contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a video file, and yield its container and its video stream; both are closed afterwards.

    Raises:
        VideoError: the file is missing, empty, no video, or damaged; also where reading fails while it is open.
    """
    # Any other level passes FFmpeg's messages to Python: a decoding thread that reports damage then waits for the
    # interpreter while the interpreter waits for the thread, a deadlock. Libraries set it, torchvision on import.
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


def _video_stream(path: Path, container: InputContainer) -> VideoStream:
    """Return the first video stream that is not a cover picture, set to decode in threads."""
    stream = next((s for s in container.streams.video if not s.disposition & Disposition.attached_pic), None)
    if stream is None:
        raise VideoError(path, "the file has no video stream")
    if stream.codec_context is None:
        raise VideoError(path, "its video codec is not known; convert it to H.264 first")
    stream.thread_type = "AUTO"
    return stream


def packet_s(container: InputContainer, packet: av.Packet) -> float | None:
    """Return the presentation time of a packet in seconds, or None where the file has none.

    AVI stores no times, only one chunk per frame: the times that FFmpeg derives for H.264 with B-frames are not in
    order. The chunks' decoding times, which are in the order of the file, are the display times once sorted.
    """
    ticks = packet.dts if container.format.name == "avi" else packet.pts
    return None if ticks is None else float(ticks * packet.time_base)


def timed_frames(path: Path, container: InputContainer, stream: VideoStream) -> Iterator[TimedFrame]:
    """Yield decoded frames in display order, with their times in seconds where the file has any.

    Raises:
        VideoError: a frame is damaged; the decoder would conceal it, also in the frames that depend on it.
    """
    is_avi = container.format.name == "avi"
    chunks: deque[float | None] = deque()
    for packet in container.demux(stream):
        if is_avi and packet.size:
            chunks.append(packet_s(container, packet))
        for frame in stream.decode(packet):
            if frame.is_corrupt:
                raise VideoError(path, "a frame is damaged")
            if is_avi:
                yield chunks.popleft() if chunks else None, frame
            else:
                yield frame.time, frame
