"""Frames, clock and size of a video file, measured instead of taken from its header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from lmms_eval_plugins.video.container import MISSING_TAIL_S, VideoError, open_video, packet_s, quarter_turns

__all__ = ["VideoError", "VideoInfo", "probe"]


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """How a video was recorded, as far as it changes what is seen and when.

    Attributes:
        quarter_turns: counter-clockwise quarter turns that put a stored frame upright, 0 to 3.
        mirrored: whether the display matrix also flips the picture.
        pixel_shape: width of a stored pixel by its height; 1.0 is square.
        interlaced: whether frames hold two fields.
        colour: the stream's colour tags in words, as ``BT.709, limited range, 8 bit``.
        start_s: time of the first frame on the container's clock, in seconds.
        rate_varies: whether the time between frames varies by more than rounding explains.
    """

    quarter_turns: int = 0
    mirrored: bool = False
    pixel_shape: float = 1.0
    interlaced: bool = False
    colour: str = ""
    start_s: float = 0.0
    rate_varies: bool = False


UPRIGHT = CameraFacts()
"""A camera that needs nothing put right."""


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """The measures of a video file.

    Attributes:
        fps: frames per second of the clock of frame indices; the mean rate where it varies.
        n_frames: number of frames on that clock.
        width: pixels across, as shown (after the rotation that a phone may have recorded).
        height: pixels down, as shown.
        camera: how it was recorded.
    """

    fps: float
    n_frames: int
    width: int
    height: int
    camera: CameraFacts = UPRIGHT

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_frames / self.fps


def probe(path: Path) -> VideoInfo:
    """Measure a video, reading its packets once and decoding one frame.

    Raises:
        VideoError: the file is missing, empty, damaged, shorter than its header says, or holds no frame.
    """
    first: av.VideoFrame | None = None
    n_packets = 0
    times: list[float] = []
    end_s = 0.0
    with open_video(path) as (container, stream):
        for packet in container.demux(stream):
            if first is None:
                first = next(iter(stream.decode(packet)), None)
            if packet.is_corrupt:
                raise VideoError(path, f"its data breaks off after frame {n_packets - 1}; it is truncated")
            time_s = packet_s(container, packet)
            if time_s is not None:
                end_s = max(end_s, time_s + float((packet.duration or 0) * packet.time_base))
            # Empty packets repeat a frame (or mark the end); discarded ones lie before a trimmed video's start.
            if packet.size and not packet.is_discard:
                n_packets += 1
                if time_s is not None:
                    times.append(time_s)
        if first is None:
            raise VideoError(path, "holds no frame that can be decoded")
        times.sort()
        declared_s = _declared_s(container, stream)
        if times and declared_s - end_s > MISSING_TAIL_S:
            raise VideoError(path, f"ends {declared_s - end_s:.1f} s before its header says; it is truncated")
        fps = _rate(times, stream)
        if fps is None:
            raise VideoError(path, "its frames carry no times and no frame rate; convert it first")
    n_frames = round((times[-1] - times[0]) * fps) + 1 if times else n_packets
    width, height = first.width, first.height
    if quarter_turns(first.rotation) % 2:
        width, height = height, width
    return VideoInfo(fps=fps, n_frames=n_frames, width=width, height=height)


def _declared_s(container: InputContainer, stream: VideoStream) -> float:
    """Return the length of the video stream by its header, in seconds; 0 where the header has none."""
    time_base = stream.time_base or Fraction(0)
    if container.format.name == "avi":
        return float(stream.frames * time_base)
    if stream.duration:
        return float(stream.duration * time_base)
    # Matroska: the file's own length counts the sound too; the tag is the stream's, but may be left from before a cut.
    tag = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    if tag is None or container.duration is None:
        return 0.0
    hours, minutes, seconds = map(float, tag.groups())
    return min(hours * 3600 + minutes * 60 + seconds, float(container.duration / av.time_base))


def _rate(times: list[float], stream: VideoStream) -> float | None:
    declared = stream.average_rate or stream.guessed_rate
    if len(times) > 1 and times[-1] > times[0]:
        measured = (len(times) - 1) / (times[-1] - times[0])
        # Containers round frame times, to a millisecond in Matroska; a declared rate that explains them is exact.
        if declared and abs(float(declared) / measured - 1) * len(times) < 0.5:
            return round(float(declared), 6)
        return round(measured, 6)
    return round(float(declared), 6) if declared else None
