"""Pictures: decoded frames as everybody sees them, upright, with square pixels, in the colours that their tags mean."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.video.stream import VideoStream

from lmms_eval_plugins.video.camera import (
    AS_STORED,
    Orientation,
    fills_range,
    has_chroma,
    is_plain,
    matrix_of,
    orientation_of,
    pixel_shape,
    tagged_orientation,
)
from lmms_eval_plugins.video.container import VideoError, open_video

Frames = npt.NDArray[np.uint8]
"""RGB frames of one window: (frames, height, width, 3), uint8."""

_BT709, _BT601, _LIMITED_RANGE, _FULL_RANGE = 1, 5, 1, 2


@dataclass(frozen=True, slots=True)
class StreamPicture:
    """What a stream says about its pictures, beside what every frame says itself.

    Attributes:
        pixel_shape: width of a stored pixel by its height.
        orientation: for frames without a display matrix.
    """

    pixel_shape: float = 1.0
    orientation: Orientation = AS_STORED

    def width(self, stored: int) -> int:
        """Return the width of a picture with square pixels, from its stored width; the height stays."""
        return stored if self.pixel_shape == 1.0 else max(1, round(stored * self.pixel_shape))


_CONVERSION = "camera-1"
"""Version of what is done to videos whose pixels are not FFmpeg's plain conversion; part of their frames' keys."""

PLAIN = StreamPicture()
"""A stream that says nothing."""


def stream_picture(stream: VideoStream) -> StreamPicture:
    """Return what a stream says about its pictures."""
    return StreamPicture(pixel_shape(stream), tagged_orientation(stream))


def conversion_of(path: Path) -> str:
    """Return the version of the conversion that changes a video's pixels; empty where nothing has to be put right.

    Empty is also every upright or turned, square, progressive video that is untagged or BT.601: its pixels are those
    of earlier releases, and so are the keys of its frames and answers. A stream may change on its way, so that it is
    looked at in three places. A file that cannot be opened is left to who decodes it.
    """
    try:
        with open_video(path) as (container, stream):
            stream.thread_type = "NONE"
            picture = stream_picture(stream)
            as_ever = all(_is_as_ever(frame, picture) for frame in _samples(container, stream))
    except VideoError:
        return ""
    return "" if as_ever else _CONVERSION


def _is_as_ever(frame: av.VideoFrame, stream: StreamPicture) -> bool:
    """Whether nothing has to be put right in a frame that earlier releases left as it was."""
    orientation = orientation_of(frame)
    return (
        stream.pixel_shape == 1.0
        and not (stream.orientation.quarter_turns if orientation is None else orientation.mirrored)
        and not frame.interlaced_frame
        and is_plain(frame)
    )


def _samples(container: InputContainer, stream: VideoStream) -> Iterator[av.VideoFrame]:
    """Yield a stream's first frame, and a key frame at two and at four fifths of its length, if it can be decoded."""
    yield from islice((frame for packet in container.demux(stream) for frame in stream.decode(packet)), 1)
    if container.duration is None:
        return
    for fifths in (2, 4):
        with suppress(av.error.FFmpegError, OSError):
            container.seek((container.start_time or 0) + container.duration * fifths // 5)
            key = next((packet for packet in container.demux(stream) if packet.is_keyframe), None)
            if key is not None:
                yield from islice(chain(stream.decode(key), stream.decode(None)), 1)


def to_rgb(frame: av.VideoFrame, stream: StreamPicture = PLAIN) -> Frames:
    """Convert a decoded frame to an upright RGB array (height, width, 3), without a copy where it is upright."""
    if stream.pixel_shape == 1.0 and is_plain(frame):
        rgb = frame.reformat(format="rgb24")
    else:
        matrix = matrix_of(frame) or _BT601
        # The result's matrix is not used, but PyAV passes the tags on only where it differs: not for RGB and grey.
        unused = (_BT709 if matrix == _BT601 else _BT601) if has_chroma(frame.format) else matrix
        rgb = frame.reformat(
            width=stream.width(frame.width),
            format="rgb24",
            src_colorspace=matrix,
            dst_colorspace=unused,
            interpolation="BICUBIC",
            src_color_range=_FULL_RANGE if fills_range(frame) else _LIMITED_RANGE,
            dst_color_range=_FULL_RANGE,
        )
    plane = rgb.planes[0]
    lines = np.frombuffer(plane, np.uint8).reshape(rgb.height, plane.line_size)
    image: Frames = lines[:, : rgb.width * 3].reshape(rgb.height, rgb.width, 3)
    return upright(image, orientation_of(frame) or stream.orientation)


def upright(image: Frames, orientation: Orientation) -> Frames:
    """Return a view of a stored image as it is to be seen."""
    if orientation.mirrored:
        image = image[:, ::-1]
    return np.rot90(image, orientation.quarter_turns) if orientation.quarter_turns else image
