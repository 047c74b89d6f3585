"""Damage: which stretches of a video cannot be decoded whole, found by decoding every frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from lmms_eval_plugins.video.clock import declared_s, rate
from lmms_eval_plugins.video.container import MISSING_TAIL_S, VideoError, open_video, packet_s

_JOINED_S = 0.5
"""Damaged frames that lie no further apart are one stretch."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a video, in seconds from its first frame."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Resized:
    """A change of the frames' size: when, in seconds from the first frame, and to how many stored pixels."""

    at_s: float
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class FrameReport:
    """What a video's frames are like.

    Attributes:
        n_frames: number of decoded frames, damaged ones included.
        duration_s: length of the video, missing parts at its end included, in seconds.
        damaged: stretches whose frames are missing or damaged, in order.
        resized: changes of the frames' size, in order.
        n_interlaced: number of frames that hold two fields.
    """

    n_frames: int
    duration_s: float
    damaged: tuple[Stretch, ...]
    resized: tuple[Resized, ...] = ()
    n_interlaced: int = 0

    @property
    def damaged_share(self) -> float:
        """Damaged part of the duration, 0 to 1."""
        damaged_s = sum(one.end_s - one.start_s for one in self.damaged)
        return min(1.0, damaged_s / self.duration_s) if self.duration_s else 0.0


def look_at_frames(path: Path, beat: Callable[[], None] = lambda: None) -> FrameReport:
    """Decode a video from front to back, over damage, and report its stretches.

    A stretch lasts from a damaged frame to the next key frame: what lies between builds on it, and the decoder conceals
    the damage there without saying so. A run refuses a video from its first damaged frame on.

    Args:
        path: the video file.
        beat: called for every decoded frame.

    Raises:
        VideoError: the file cannot be opened, or no frame can be decoded.
    """
    frames: list[_Seen] = []
    broken_s: list[float] = []
    ends_early = False
    try:
        with open_video(path) as (container, stream):
            length_s, fps = declared_s(container, stream), rate([], stream) or 25.0
            for seen in _decoded(container, stream, broken_s):
                beat()
                frames.append(seen)
    except VideoError:
        if not frames:
            raise
        ends_early = True
    if not frames:
        raise VideoError(path, "holds no frame that can be decoded")
    return _report(frames, broken_s, length_s, fps, ends_early)


@dataclass(frozen=True, slots=True)
class _Seen:
    time_s: float | None
    size: tuple[int, int]
    is_key: bool
    is_damaged: bool
    is_interlaced: bool


def _decoded(container: InputContainer, stream: VideoStream, broken_s: list[float]) -> Iterator[_Seen]:
    """Yield the frames that come, and append the times of packets that none comes of."""
    for packet in container.demux(stream):
        time_s = packet_s(container, packet)
        try:
            decoded = stream.decode(packet)
        except av.error.FFmpegError:
            if time_s is not None:
                broken_s.append(time_s)
            continue
        if packet.is_corrupt and time_s is not None:
            broken_s.append(time_s)
        for frame in decoded:
            yield _Seen(
                frame.time, (frame.width, frame.height), frame.key_frame, frame.is_corrupt, frame.interlaced_frame
            )


def _report(
    frames: Sequence[_Seen], broken_s: Sequence[float], length_s: float, fps: float, ends_early: bool
) -> FrameReport:
    timed: list[float] = []
    for place, seen in enumerate(frames):
        timed.append(seen.time_s if seen.time_s is not None else (timed[-1] + 1 / fps if place else 0.0))
    first_s = timed[0]
    bad = sorted([*broken_s, *(time for time, seen in zip(timed, frames, strict=True) if seen.is_damaged)])
    ends_s = max(timed) + 1 / fps
    keys = [time for time, seen in zip(timed, frames, strict=True) if seen.is_key and not seen.is_damaged]
    spans = [(time, next((key for key in keys if key > time), ends_s)) for time in bad]
    if length_s - ends_s > MISSING_TAIL_S:
        spans.append((ends_s, length_s))
        ends_s = length_s
    elif ends_early:
        spans.append((ends_s, ends_s + 1 / fps))
    joined: list[tuple[float, float]] = []
    for start, end in spans:
        if joined and start - joined[-1][1] <= _JOINED_S:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    resized = (i for i in range(1, len(frames)) if frames[i].size != frames[i - 1].size)
    return FrameReport(
        n_frames=len(frames),
        duration_s=round(ends_s - first_s, 3),
        damaged=tuple(Stretch(round(max(0.0, a - first_s), 3), round(b - first_s, 3)) for a, b in joined),
        resized=tuple(Resized(round(timed[i] - first_s, 3), *frames[i].size) for i in resized),
        n_interlaced=sum(seen.is_interlaced for seen in frames),
    )
