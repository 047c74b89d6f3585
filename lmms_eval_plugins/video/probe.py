"""Frames, clock and size of a video file, measured instead of taken from its header."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from lmms_eval_plugins.video.camera import UPRIGHT, CameraFacts, colour_words, orientation_of
from lmms_eval_plugins.video.clock import (
    Times,
    check_clock,
    contradicts_header,
    declared_s,
    header_rate,
    rate,
    start_s,
    varies,
    varies_by_header,
)
from lmms_eval_plugins.video.container import MISSING_TAIL_S, TruncatedVideo, VideoError, open_video, packet_s
from lmms_eval_plugins.video.picture import stream_picture

__all__ = ["CameraFacts", "VideoError", "VideoInfo", "probe"]

_MAX_FPS = 1000.0
"""Highest rate of a video that is believed, in frames per second."""

_HEADER_PACKETS = 90
"""Packets that a probe of the header reads, for the clock of the first frames."""

_REORDERED = 17
"""Frames at the end of those that may have neighbours not yet read: H.264 puts no frame further out of order."""


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """The measures of a video file.

    Attributes:
        fps: frames per second of the clock of frame indices; the mean rate where it varies.
        n_frames: number of frames on that clock.
        width: pixels across, as shown (square, after the rotation that a phone may have recorded).
        height: pixels down, as shown.
        camera: how it was recorded; two measures that differ in it alone are equal.
    """

    fps: float
    n_frames: int
    width: int
    height: int
    camera: CameraFacts = field(default=UPRIGHT, compare=False)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_frames / self.fps


def probe(path: Path, *, packets: bool = True) -> VideoInfo:
    """Measure a video, reading its packets once and decoding one frame.

    Args:
        path: the video file.
        packets: read all packets; otherwise the first ones alone, and rate and number of frames are what the header
            says, in milliseconds per file; all are read where it says no length, or another rate than they have.

    Raises:
        TruncatedVideo: the file breaks off, or is shorter than its header says.
        VideoError: it is missing, empty, damaged, holds no frame, or its clock is broken.
    """
    with open_video(path) as (container, stream):
        read = _read(path, container, stream, None if packets else _HEADER_PACKETS)
        check_clock(path, read.times)
        times, lead_s = read.times.since(read.first_s)
        length_s = declared_s(container, stream)
        # A header as a browser records it knows no length.
        says_no_length = not read.is_whole and not (length_s or stream.frames)
        if not packets and (says_no_length or contradicts_header(sorted(times.shown_s)[:-_REORDERED], stream)):
            return probe(path)
        packets = packets or read.is_whole
        if packets and read.times.shown_s and length_s - read.ends_s > MISSING_TAIL_S:
            raise TruncatedVideo(path, f"ends {length_s - read.ends_s:.1f} s before its header says; it is truncated")
        ordered = sorted(times.shown_s)
        fps = rate(ordered, stream) if packets else header_rate(stream) or rate(ordered, stream)
        if fps is None:
            raise VideoError(path, "its frames carry no times and no frame rate; convert it first")
        if fps > _MAX_FPS:
            raise VideoError(path, f"has {fps:,.0f} frames per second, which no camera has; write its times anew")
        if not ordered:
            n_frames = read.n_packets if packets else stream.frames or read.n_packets
        elif packets or not length_s:
            n_frames = round((ordered[-1] - ordered[0]) * fps) + 1
        else:
            n_frames = max(1, round((length_s - (lead_s if stream.duration else ordered[0])) * fps))
        camera = _camera(container, stream, read, times, fps)
        width, height = stream_picture(stream).width(read.first.width), read.first.height
    if camera.quarter_turns % 2:
        width, height = height, width
    return VideoInfo(fps=fps, n_frames=n_frames, width=width, height=height, camera=camera)


@dataclass(frozen=True, slots=True)
class _Read:
    """What was read of a file: its first frame with its time, the times of its packets, their end, their number."""

    first: av.VideoFrame
    first_s: float | None
    times: Times
    ends_s: float
    n_packets: int
    is_whole: bool


def _read(path: Path, container: InputContainer, stream: VideoStream, most: int | None) -> _Read:
    first: av.VideoFrame | None = None
    n_packets, ends_s, is_whole = 0, 0.0, True
    shown: list[float] = []
    decoded: list[float | None] = []
    if most is not None:
        stream.thread_type = "NONE"
    for packet in container.demux(stream):
        if first is None:
            first = next(iter(stream.decode(packet)), None)
        if packet.is_corrupt:
            raise TruncatedVideo(path, f"its data breaks off after frame {n_packets - 1}; it is truncated")
        time_s = packet_s(container, packet)
        if time_s is not None:
            ends_s = max(ends_s, time_s + float((packet.duration or 0) * packet.time_base))
        # Empty packets repeat a frame (or mark the end); discarded ones lie before a trimmed video's start.
        if packet.size and not packet.is_discard:
            n_packets += 1
            if time_s is not None:
                shown.append(time_s)
                decoded.append(None if packet.dts is None else float(packet.dts * packet.time_base))
        if most is not None and n_packets >= most and first is not None:
            is_whole = False
            break
    if first is None:
        raise VideoError(path, "holds no frame that can be decoded")
    # AVI stores no times: those of its frames are FFmpeg's guess.
    first_s = None if container.format.name == "avi" else first.time
    return _Read(first, first_s, Times(shown, decoded), ends_s, n_packets, is_whole)


def _camera(container: InputContainer, stream: VideoStream, read: _Read, times: Times, fps: float) -> CameraFacts:
    ordered = sorted(times.shown_s)
    picture = stream_picture(stream)
    orientation = orientation_of(read.first) or picture.orientation
    return CameraFacts(
        quarter_turns=orientation.quarter_turns,
        mirrored=orientation.mirrored,
        pixel_shape=picture.pixel_shape,
        interlaced=read.first.interlaced_frame,
        colour=colour_words(read.first, stream.codec_context.color_trc),
        start_s=start_s(container, times, ordered[0], fps) if ordered else 0.0,
        rate_varies=varies(ordered) if read.is_whole else varies(ordered[:-_REORDERED]) or varies_by_header(stream),
    )
