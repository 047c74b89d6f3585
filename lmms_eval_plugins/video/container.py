"""Open a video file with PyAV, and say in words what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import av.logging

from lmms_eval_plugins.video.errors import VideoError

av.logging.set_level(av.logging.PANIC)


@contextmanager
def open_video(path: Path) -> Iterator[tuple[Any, Any]]:
    """The container and its video stream, closed afterwards.

    Raises:
        VideoError: the file is missing, empty, no video, or damaged; also for what goes wrong while it is open.
    """
    if not path.is_file():
        raise VideoError(path, "no such video file")
    if path.stat().st_size == 0:
        raise VideoError(path, "the file is empty (0 bytes); copy it again")
    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise VideoError(path, "the file has no video stream")
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            yield container, stream
    except (av.error.FFmpegError, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise VideoError(path, f"cannot be decoded ({reason}); the file is truncated or damaged") from error


def quarter_turns(rotation_degrees: float) -> int:
    """How many counter-clockwise quarter turns (0 to 3) show a frame upright, from its display rotation."""
    return round(rotation_degrees / 90) % 4 if math.isfinite(rotation_degrees) else 0
