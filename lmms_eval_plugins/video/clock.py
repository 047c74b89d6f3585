"""The clock of a video: rate, start and regularity of its frames, by the times of its packets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.format import Flags
from av.video.stream import VideoStream

from lmms_eval_plugins.video.container import TimedFrame, VideoError

_LONG_GAP_S, _STRAYS = 10.0, 0.01
"""A gap that parts stray times from the others is at least so long; at most this share of all frames are strays."""

_ODD_SHARE, _ODD_GAP, _ROUNDED_S = 0.01, 0.15, 0.002
"""The rate varies where gaps that differ from the median by this share (and by more than containers round) are off by
more than this share of the video's length, taken together."""

_SAME_S = 0.001
"""Times of one frame and of its packet that differ by less are the same."""

_BACK_S = 1.0
"""A clock that goes back by more has jumped."""

_MEND = "write its times anew (ffmpeg -i IN -vf setpts=N/FRAME_RATE/TB -an OUT), or cut the file there"

_FIRST = 32
"""Packets that the decoder's delay is taken from where the file has no decoding times."""

_ONE_LENGTH = ("asf", "flv")
"""Formats whose header has one length for picture and sound together."""


@dataclass(frozen=True, slots=True)
class Times:
    """Presentation times of a video's packets.

    Attributes:
        shown_s: times in seconds, in the order of the file; of packets that are shown.
        decoded_s: times at which the decoder takes them, where the file has them.
    """

    shown_s: Sequence[float]
    decoded_s: Sequence[float | None]

    def since(self, first_s: float | None) -> tuple[Times, float]:
        """Return the times from the first decoded frame on, and how many seconds earlier the first packet is.

        Packets before it have no picture: a recording that was cut anywhere begins in the middle of a group of frames.
        """
        if first_s is None or not self.shown_s or min(self.shown_s) > first_s - _SAME_S:
            return self, 0.0
        kept = [pair for pair in zip(self.shown_s, self.decoded_s, strict=True) if pair[0] > first_s - _SAME_S]
        return Times([shown for shown, _ in kept], [decoded for _, decoded in kept]), first_s - min(self.shown_s)


def check_clock(path: Path, times: Times) -> None:
    """Refuse a clock on which a few times are broken, that jumps back, or that stands still.

    Raises:
        VideoError: names the frame and what to do.
    """
    shown = np.asarray(times.shown_s)
    if len(shown) < 2:
        return
    if shown.max() == shown.min():
        raise VideoError(path, f"all its {len(shown)} frames have the same time; {_MEND}")
    if (stray := _stray(shown)) is not None:
        raise VideoError(
            path,
            f"the time of frame {stray} is broken: {shown[stray]:,.1f} s, where the others lie around"
            f" {np.median(shown):,.1f} s; {_MEND}",
        )
    decoded = np.asarray([np.nan if one is None else one for one in times.decoded_s])
    back = np.flatnonzero(np.diff(decoded) < -_BACK_S)
    if len(back):
        raise VideoError(
            path, f"its clock jumps back by {-np.diff(decoded)[back[0]]:.1f} s at frame {back[0] + 1}; {_MEND}"
        )


def steady(path: Path, frames: Iterator[TimedFrame]) -> Iterator[TimedFrame]:
    """Yield frames in display order with their times, as long as these do not jump back.

    After a long gap the next frame is looked at first: a single time far ahead of it is broken.

    Raises:
        VideoError: the clock jumps back.
    """
    before: float | None = None
    for time_s, frame in frames:
        if before is not None and time_s is not None:
            if time_s < before - _BACK_S:
                raise VideoError(path, f"its clock jumps back from {before:,.1f} to {time_s:,.1f} s; {_MEND}")
            if time_s > before + _LONG_GAP_S and (following := next(frames, None)) is not None:
                next_s = following[0]
                if next_s is not None and next_s < time_s - _BACK_S:
                    raise VideoError(path, f"its clock jumps back from {time_s:,.1f} to {next_s:,.1f} s; {_MEND}")
                yield time_s, frame
                time_s, frame = following
        before = before if time_s is None else time_s
        yield time_s, frame


def _stray(shown: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int | None:
    """Return the place of the first time that lies far from all others, or None.

    Strays are few, and further away from the rest than the rest is long: a pause of the camera is neither.
    """
    order = np.argsort(shown, kind="stable")
    ordered = shown[order]
    breaks = np.flatnonzero(np.diff(ordered) > _LONG_GAP_S) + 1
    groups = np.split(np.arange(len(ordered)), breaks)
    most = max(groups, key=len)
    length_s = ordered[most[-1]] - ordered[most[0]]
    strays: list[int] = []
    for group in groups:
        if group is most:
            continue
        away_s = max(ordered[group[0]] - ordered[most[-1]], ordered[most[0]] - ordered[group[-1]])
        if away_s > max(_LONG_GAP_S, length_s):
            strays += [int(place) for place in order[group]]
    return min(strays) if 0 < len(strays) <= max(1, _STRAYS * len(shown)) else None


def varies(shown_s: Sequence[float]) -> bool:
    """Whether the time between frames varies by more than rounding and a single dropped frame in a hundred explain."""
    gaps = np.diff(np.sort(shown_s))
    if len(gaps) < 2:
        return False
    middle = float(np.median(gaps))
    off = np.abs(gaps - middle)
    odd = off > max(_ODD_GAP * middle, _ROUNDED_S)
    return bool(off[odd].sum() > _ODD_SHARE * gaps.sum())


def rate(times: Sequence[float], stream: VideoStream) -> float | None:
    """Return frames per second by sorted times and the stream's declared rate; None where it has neither."""
    declared = stream.average_rate or stream.guessed_rate
    if len(times) > 1 and times[-1] > times[0]:
        measured = (len(times) - 1) / (times[-1] - times[0])
        # Containers round frame times, to a millisecond in Matroska; a declared rate that explains them is exact.
        if declared and abs(float(declared) / measured - 1) * len(times) < 0.5:
            return round(float(declared), 6)
        return round(measured, 6)
    return round(float(declared), 6) if declared else None


def header_rate(stream: VideoStream) -> float | None:
    """Return frames per second by a stream's header, or None where it has none."""
    declared = stream.average_rate or stream.guessed_rate
    return round(float(declared), 6) if declared else None


def contradicts_header(times: Sequence[float], stream: VideoStream) -> bool:
    """Whether sorted times of a video's beginning have a steady rate that its header does not: H.264 in AVI may."""
    declared = header_rate(stream)
    if declared is None or len(times) < _FIRST or times[-1] <= times[0] or varies(times):
        return False
    return abs(declared * (times[-1] - times[0]) / (len(times) - 1) - 1) > _ODD_SHARE


def varies_by_header(stream: VideoStream) -> bool:
    """Whether a stream's mean rate is no part of the rate that all its times fit, as where frames are missing."""
    if not stream.average_rate or not stream.base_rate:
        return False
    ratio = float(stream.base_rate / stream.average_rate)
    return abs(ratio - round(ratio)) > _ODD_SHARE


def declared_s(container: InputContainer, stream: VideoStream) -> float:
    """Return the length of the video stream by its header, in seconds; 0 where the header has none."""
    time_base = stream.time_base or Fraction(0)
    if container.format.name == "avi":
        return float(stream.frames * time_base)
    if container.format.name in _ONE_LENGTH and len(container.streams) > 1:
        return 0.0
    if stream.duration:
        return float(stream.duration * time_base)
    # Matroska: the file's own length counts the sound too; the tag is the stream's, but may be left from before a cut.
    tag = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    if tag is None or container.duration is None:
        return 0.0
    hours, minutes, seconds = map(float, tag.groups())
    return min(hours * 3600 + minutes * 60 + seconds, float(container.duration / av.time_base))


def start_s(container: InputContainer, times: Times, first_s: float, fps: float) -> float:
    """Return the time of the first shown frame on the clock that a player shows, in seconds.

    It counts from the container's zero; in formats without one (transport and program streams) from the earliest of
    its streams. A start that is no later than the decoder's delay is no offset: a file without an edit list, or one
    whose times were moved so that none is negative, begins with it.

    Args:
        container: the file.
        times: of the first packets at least.
        first_s: time of the first shown frame, as its container has it.
        fps: frames per second.
    """
    has_zero = Flags.ts_discont not in Flags(container.format.flags)
    zero_s = 0.0 if has_zero or container.start_time is None else container.start_time / av.time_base
    start = first_s - zero_s
    if abs(start) <= (_delay_frames(times, fps, zero_s) + 0.5) / fps:
        return 0.0
    return round(start, 6)


def _delay_frames(times: Times, fps: float, zero_s: float) -> int:
    """Return by how many frames the first frame is held back where the decoder starts at zero; else 0."""
    first_decoded = next(iter(times.decoded_s), None)
    if first_decoded is not None:
        waits = abs(first_decoded - zero_s) < 0.5 / fps
        return round((times.shown_s[0] - first_decoded) * fps) if waits else 0
    first = times.shown_s[:_FIRST]
    return max((sum(earlier > one for earlier in first[:place]) for place, one in enumerate(first)), default=0)
