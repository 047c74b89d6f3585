"""Camera facts: what a file says about how its pictures are to be shown."""

from __future__ import annotations

import math
from dataclasses import dataclass

import av
import numpy as np
from av.sidedata.sidedata import Type
from av.video.stream import VideoStream


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """How a video was recorded, as far as it changes what is seen and when.

    A stored picture is mirrored first, left to right, and turned then.

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

_ROUNDING = 0.005
"""Share by which a pixel's shape may differ from a square: rounding of who wrote the file."""

_MOST_OBLONG = 4.0
"""Most that a pixel may be longer than wide, or wider than long; beyond it the entry is nonsense."""


@dataclass(frozen=True, slots=True)
class Orientation:
    """How a stored picture is put upright: mirrored left to right or not, then turned counter-clockwise."""

    quarter_turns: int = 0
    mirrored: bool = False


AS_STORED = Orientation()


def orientation_of(frame: av.VideoFrame) -> Orientation | None:
    """Return the orientation by a frame's display matrix, to the nearest quarter turn; None where it has none.

    ISO 14496-12 maps a stored point (x, y), y down, to (a x + c y, b x + d y) on screen.
    """
    try:
        matrix = frame.side_data.get(Type.DISPLAYMATRIX)
    except ValueError:  # side data that PyAV has no name for, as that of spatial video
        return Orientation(quarter_turns(frame.rotation)) if frame.rotation else None
    if matrix is None:
        return None
    a, b, _, c, d = (int(value) for value in np.frombuffer(matrix, np.int32)[:5])
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    return Orientation(quarter_turns(-math.degrees(math.atan2(b, a))), mirrored)


def quarter_turns(degrees: float) -> int:
    """Return the number of counter-clockwise quarter turns (0 to 3) nearest to an angle."""
    return round(degrees / 90) % 4 if math.isfinite(degrees) else 0


def tagged_orientation(stream: VideoStream) -> Orientation:
    """Return the orientation by a stream's ``rotate`` tag, which old files have in place of a display matrix.

    The tag counts clockwise degrees.
    """
    tags = {name.lower(): value for name, value in stream.metadata.items()}
    try:
        return Orientation(quarter_turns(-float(tags.get("rotate", "0"))))
    except ValueError:
        return AS_STORED


def pixel_shape(stream: VideoStream) -> float:
    """Return the width of a stored pixel by its height; 1.0 where the file does not say, or says nonsense."""
    ratio = stream.sample_aspect_ratio or stream.codec_context.sample_aspect_ratio
    if not ratio or ratio <= 0:
        return 1.0
    shape = float(ratio)
    is_square = abs(shape - 1) < _ROUNDING or not 1 / _MOST_OBLONG <= shape <= _MOST_OBLONG
    return 1.0 if is_square else shape


# Colour: the numbers are those of ISO/IEC 23091-2, as FFmpeg and every codec have them.

_MATRICES = {0: "RGB", 1: "BT.709", 4: "FCC", 5: "BT.601", 6: "BT.601", 7: "SMPTE 240M", 9: "BT.2020", 10: "BT.2020"}
_UNTAGGED = 2
_CONVERTED = frozenset({1, 4, 7, 9, 10})
"""Matrices that are neither BT.601 nor read as it."""
_FULL = 2
_COMMON = frozenset(
    {"yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p", "yuva420p", "uyvy422", "yuyv422"}
)
"""Pixel formats with chroma that the scaler converts without resampling."""
_PQ, _HLG = 16, 18


def matrix_of(frame: av.VideoFrame) -> int | None:
    """Return the number of the matrix that a frame's tags name, or None where the frame is read as BT.601.

    So are untagged frames and those of a matrix that FFmpeg's scaler does not know: FFmpeg does the same.
    """
    return frame.colorspace if frame.colorspace in _CONVERTED and has_chroma(frame.format) else None


def fills_range(frame: av.VideoFrame) -> bool:
    """Whether a frame's values use the full range: by its tags, or as its pixel format implies."""
    return frame.color_range == _FULL or not has_chroma(frame.format) or frame.format.name.startswith("yuvj")


def is_plain(frame: av.VideoFrame) -> bool:
    """Whether what FFmpeg's scaler does without being given any tags is what the frame's tags mean."""
    name = frame.format.name
    if not has_chroma(frame.format):
        return True
    return matrix_of(frame) is None and name in _COMMON and fills_range(frame) == name.startswith("yuvj")


def colour_words(frame: av.VideoFrame, transfer: int) -> str:
    """Describe a frame's colours and how they are converted.

    Args:
        frame: a decoded frame.
        transfer: number of the stream's transfer characteristics.
    """
    pixels = frame.format
    bits = max(component.bits for component in pixels.components)
    if not has_chroma(pixels):
        return f"{'RGB' if pixels.is_rgb or pixels.has_palette else 'grey'}, {bits} bit"
    matrix = _MATRICES.get(frame.colorspace)
    if frame.colorspace == _UNTAGGED:
        matrix = "untagged, read as BT.601"
    elif matrix is None or frame.colorspace == 0:
        matrix = f"matrix {frame.colorspace}, read as BT.601"
    curve = {_PQ: "PQ, ", _HLG: "HLG, "}.get(transfer, "")
    unmapped = "; not tone-mapped" if curve else ""
    return f"{curve}{matrix}, {'full' if fills_range(frame) else 'limited'} range, {bits} bit{unmapped}"


def has_chroma(pixels: av.VideoFormat) -> bool:
    """Whether pixels are luma and chroma, not RGB or grey."""
    return not pixels.is_rgb and not pixels.has_palette and len(pixels.components) > 2
