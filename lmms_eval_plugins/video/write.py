"""H.264 files written picture by picture."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
from av.video.stream import VideoStream

from lmms_eval_plugins.video.container import VideoError
from lmms_eval_plugins.video.decode import Frames

_CODEC = "libx264"
_AS_FILMED: Mapping[str, str] = {"crf": "20", "preset": "veryfast"}
_BT601, _LIMITED_RANGE = 6, 1


class VideoWriter:
    """A video file that RGB pictures of one size are added to; odd sides lose their last pixel.

    Args:
        path: the file, replaced if it is there.
        fps: pictures per second.
        encoding: settings of the encoder, x264.

    Raises:
        VideoError: the file cannot be written.
    """

    def __init__(self, path: Path, fps: float, encoding: Mapping[str, str] = _AS_FILMED) -> None:
        self._path, self._fps, self._encoding = path, Fraction(fps).limit_denominator(1001), dict(encoding)
        self._stream: VideoStream | None = None

    def __enter__(self) -> VideoWriter:
        try:
            self._container = av.open(f"file:{self._path}", "w", format="mp4")
        except (av.error.FFmpegError, OSError) as error:
            raise VideoError(self._path, f"cannot be written ({error.strerror})") from error
        return self

    def add(self, picture: Frames) -> None:
        """Add a picture, (height, width, 3)."""
        height, width = (side - side % 2 for side in picture.shape[:2])
        if self._stream is None:
            self._stream = self._container.add_stream(_CODEC, rate=self._fps, options=self._encoding)
            self._stream.width, self._stream.height, self._stream.pix_fmt = width, height, "yuv420p"
            # What FFmpeg makes of RGB; without the tags players take large pictures for BT.709.
            self._stream.codec_context.colorspace, self._stream.codec_context.color_range = _BT601, _LIMITED_RANGE
        self._encode(self._stream, av.VideoFrame.from_ndarray(picture[:height, :width].copy(), format="rgb24"))

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None and self._stream is not None:
                self._encode(self._stream, None)
        finally:
            self._close(kind is None)

    def _close(self, is_whole: bool) -> None:
        try:
            self._container.close()
        except (av.error.FFmpegError, OSError) as error:
            if is_whole:
                raise VideoError(self._path, f"cannot be written ({error.strerror})") from error

    def _encode(self, stream: VideoStream, frame: av.VideoFrame | None) -> None:
        try:
            self._container.mux(stream.encode(frame))
        except (av.error.FFmpegError, OSError) as error:
            raise VideoError(self._path, f"cannot be written ({error.strerror})") from error
