"""The recording of pictures: the sensor's noise and the H.264 encoder."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH
from lmms_eval_plugins.demo.scenes.painting.brush import Picture

_CODEC = "libx264"
# mbtree=0: x264's macroblock tree reads memory that nothing has written, so that equal pictures became unequal files.
_ENCODER = {"preset": "veryfast", "crf": "26", "bf": "0", "x264-params": "ref=1:subme=1:me=dia:trellis=0:mbtree=0"}


class Grain:
    """The sensor's noise, which turns an RGB picture into planar YUV 4:2:0 with grain in its brightness."""

    def __init__(self, deviation: float, rng: np.random.Generator) -> None:
        self._noise = np.rint(rng.normal(0, deviation, (2 * HEIGHT, 2 * WIDTH))).astype(np.int16)
        self._rng = rng

    def __call__(self, picture: Picture) -> Picture:
        """Return the picture as the sensor records it."""
        yuv = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420)
        top, left = int(self._rng.integers(HEIGHT)), int(self._rng.integers(WIDTH))
        yuv[:HEIGHT] = cv2.add(yuv[:HEIGHT], self._noise[top : top + HEIGHT, left : left + WIDTH], dtype=cv2.CV_8U)
        return np.asarray(yuv, np.uint8)


class PictureRecorder:
    """An H.264 file that planar YUV pictures are written to; FFmpeg's errors become OSErrors with the file's name."""

    def __init__(self, path: Path, fps: int) -> None:
        if _CODEC not in av.codecs_available:
            raise UserError(f"this PyAV has no {_CODEC} encoder, so no video can be made; install av from PyPI")
        self._path, self._fps = path, fps

    def __enter__(self) -> PictureRecorder:
        options = {**_ENCODER, "g": str(2 * self._fps)}
        try:
            self._container = av.open(str(self._path), "w")
            self._stream = self._container.add_stream(_CODEC, rate=self._fps, options=options)
        except av.FFmpegError as error:
            raise self._readable(error) from None
        self._stream.width, self._stream.height, self._stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        self._stream.codec_context.thread_count = 1
        return self

    def write(self, yuv: Picture) -> None:
        """Add a picture."""
        self._encode(av.VideoFrame.from_ndarray(yuv, format="yuv420p"))

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self._encode(None)
            self._container.close()
        except av.FFmpegError as error:
            raise self._readable(error) from None

    def _encode(self, frame: object) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except av.FFmpegError as error:
            raise self._readable(error) from None

    def _readable(self, error: av.FFmpegError) -> OSError:
        return OSError(error.errno, error.strerror, str(self._path))
