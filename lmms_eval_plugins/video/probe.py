"""Frames, clock and size of a video file, measured, not taken from its header."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmms_eval_plugins.video.container import open_video, quarter_turns
from lmms_eval_plugins.video.errors import VideoError

__all__ = ["VideoError", "VideoInfo", "probe"]


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a video file holds.

    Attributes:
        fps: frames per second of the clock that frame indices count on; the mean rate where it varies.
        n_frames: number of frames on that clock.
        width: pixels across, as shown (after the rotation that a phone may have recorded).
        height: pixels down, as shown.
    """

    fps: float
    n_frames: int
    width: int
    height: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.n_frames / self.fps


def probe(path: Path) -> VideoInfo:
    """Measure a video: its packets are read once, one frame is decoded.

    Raises:
        VideoError: the file is missing, empty, damaged or holds no frame.
    """
    with open_video(path) as (container, stream):
        first = next(container.decode(stream), None)
        if first is None:
            raise VideoError(path, "holds no frame that can be decoded")
        width, height = first.width, first.height
        if quarter_turns(first.rotation) % 2:
            width, height = height, width
        container.seek(0, stream=stream)
        times = sorted(
            float(packet.pts * packet.time_base)
            for packet in container.demux(stream)
            if packet.pts is not None and packet.size
        )
        fps = _rate(times, stream)
        if fps is None:
            raise VideoError(path, "its frames carry no times and no frame rate; convert it first")
    n_frames = round((times[-1] - times[0]) * fps) + 1 if times else stream.frames
    return VideoInfo(fps=fps, n_frames=n_frames, width=width, height=height)


def _rate(times: list[float], stream: Any) -> float | None:
    declared = stream.average_rate or stream.guessed_rate
    if len(times) > 1 and times[-1] > times[0]:
        measured = (len(times) - 1) / (times[-1] - times[0])
        # Containers round frame times, to a millisecond in Matroska; a declared rate that explains them is exact.
        if declared and abs(float(declared) / measured - 1) * len(times) < 0.5:
            return round(float(declared), 6)
        return round(measured, 6)
    return round(float(declared), 6) if declared else None
