"""A window's frames as parts of a chat message."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np

from lmms_eval_plugins.models.server.settings import ServerSettings
from lmms_eval_plugins.video.decode import Frames

_PNG_EFFORT = 1
"""Of 0 to 9: more costs much time and saves little."""

_MP4 = {"crf": "12", "preset": "veryfast", "bf": "0"}
"""x264's settings: next to no loss beyond that of the colours, which have half the resolution in every mp4."""

_USUAL_LEAST = 128
"""Visual tokens: a frame with fewer is enlarged, as in `QwenSettings`."""

_LONGEST = 200
"""Times its other side: a longer frame is taken by no model that takes frames of any size."""

Part = Mapping[str, Any]  # JSON
"""A part of a chat message."""


@dataclass(frozen=True, slots=True)
class WindowPayload:
    """Frames as a server takes them.

    Attributes:
        parts: of the message.
        request: further fields of the request.
    """

    parts: tuple[Part, ...]
    request: Mapping[str, object] = field(default_factory=dict)

    @property
    def n_bytes(self) -> int:
        """The bytes of memory that it takes, about."""
        return sum(len(part[part["type"]]["url"]) for part in self.parts)


def payload_of(frames: Frames, fps: float, settings: ServerSettings) -> WindowPayload:
    """Make of a window's frames parts of a message.

    Args:
        frames: RGB, (frames, height, width, 3), uint8.
        fps: frames per second at which they follow each other.
        settings: how they are sent.
    """
    rate = settings.declared_fps or fps
    small = sized(frames, settings)
    if settings.frames_as == "mp4":
        return WindowPayload((_video_part("video/mp4", _base64(mp4_of(small, rate))),))
    images = [_base64(_image_of(frame, settings)) for frame in small]
    if settings.frames_as != "video":
        kind = f"data:image/{settings.image_format};base64,"
        return WindowPayload(tuple({"type": "image_url", "image_url": {"url": kind + image}} for image in images))
    count = len(images)
    clock = {
        "num_frames": count,
        "fps": rate,
        "total_num_frames": count,
        "frames_indices": list(range(count)),
        "duration": count / rate,
        "do_sample_frames": False,
    }
    # vLLM's name for a list of pictures, of whatever format: it looks at each to see what it is.
    return WindowPayload((_video_part("video/jpeg", ",".join(images)),), {"media_io_kwargs": {"video": clock}})


def grey_payload(n_frames: int, height: int, width: int, fps: float, settings: ServerSettings) -> WindowPayload:
    """Make parts of a message of grey frames, as a window of that size has them."""
    frame = np.full((height, width, 3), 128, dtype=np.uint8)
    return payload_of(np.broadcast_to(frame, (n_frames, height, width, 3)), fps, settings)


def sized(frames: Frames, settings: ServerSettings) -> Sequence[Frames]:
    """Return frames in the size in which they are sent.

    Where the side of the model's visual token is known, this is the size in which the model takes them, by the sums of
    its own processor; else they are at most reduced.
    """
    side, (height, width) = settings.token_side, frames.shape[1:3]
    if side is None or max(height, width) > _LONGEST * min(height, width):
        return [reduced(frame, settings.max_pixels) for frame in frames]
    size = token_size(height, width, side, settings)
    if size == (height, width):
        return list(frames)
    # Not at the top: both take seconds, and most servers get frames as they are.
    import torch
    from torchvision.transforms.v2 import InterpolationMode, functional

    pictures = torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2)
    resized = functional.resize(pictures, list(size), InterpolationMode.BICUBIC, antialias=True)
    return list(resized.permute(0, 2, 3, 1).contiguous().numpy())


def token_size(height: int, width: int, side: int, settings: ServerSettings) -> tuple[int, int]:
    """Return the height and width, whole visual tokens, in which a model takes a frame.

    Args:
        height: of the frame, in pixels.
        width: of the frame, in pixels.
        side: of a visual token, in pixels.
        settings: the limits of a frame's pixels.
    """
    from transformers.models.qwen2_vl.image_processing_qwen2_vl import smart_resize

    least, most = settings.min_pixels, settings.max_pixels
    if least is None:
        least = _USUAL_LEAST * side**2 if most >= _USUAL_LEAST * side**2 else most // 4
    made: tuple[int, int] = smart_resize(height, width, side, least, most)
    return made


def reduced(frame: Frames, max_pixels: int) -> Frames:
    """Reduce a frame, (height, width, 3), to at most so many pixels and about the same shape."""
    height, width = frame.shape[:2]
    size = reduced_size(width, height, max_pixels)
    if size == (width, height):
        return frame
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def reduced_size(width: int, height: int, max_pixels: int) -> tuple[int, int]:
    """Return the width and height of a frame that is reduced to at most so many pixels."""
    scale = math.sqrt(max_pixels / (height * width))
    if scale >= 1:
        return width, height
    return max(1, math.floor(width * scale)), max(1, math.floor(height * scale))


def mp4_of(frames: Sequence[Frames], fps: float) -> bytes:
    """Encode frames of one size as an H.264 file; a last odd row or column is left out, as the format has none."""
    height, width = (side - side % 2 or side for side in frames[0].shape[:2])
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000), options=_MP4)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for frame in frames:
            picture = np.ascontiguousarray(frame[:height, :width])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return file.getvalue()


def _image_of(frame: Frames, settings: ServerSettings) -> bytes:
    if settings.image_format == "png":
        ending, options = ".png", [cv2.IMWRITE_PNG_COMPRESSION, _PNG_EFFORT]
    else:
        ending, options = ".jpg", [cv2.IMWRITE_JPEG_QUALITY, settings.quality]
    _, encoded = cv2.imencode(ending, cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), options)
    return bytes(encoded)


def _video_part(kind: str, data: str) -> Part:
    return {"type": "video_url", "video_url": {"url": f"data:{kind};base64,{data}"}}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
