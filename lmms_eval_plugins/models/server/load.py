"""The largest of some requests, as a server feels it: so many frames of such a size, such a text, such a reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lmms_eval_plugins.models.answering import Generation, Request, Row
from lmms_eval_plugins.video.container import VideoError
from lmms_eval_plugins.video.probe import probe

_SLIGHTLY = 200
"""Characters by which a text may be longer and still count as covered."""

_SIDE = 28
"""Pixels along the side of a frame whose video cannot be read."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a request asks of a server.

    Attributes:
        n_frames: frames of its window.
        height: of a frame, in pixels.
        width: of a frame, in pixels.
        text: the prompt's words.
        generation: generation settings.
    """

    n_frames: int
    height: int
    width: int
    text: str
    generation: Generation

    @property
    def max_new_tokens(self) -> int:
        """The longest reply, in tokens; 0 where the settings name none."""
        return int(self.generation.get("max_new_tokens") or 0)

    def covers(self, other: Load) -> bool:
        """Return whether a server that takes this takes the other too."""
        return (
            self.n_frames >= other.n_frames
            and self.n_frames * self.height * self.width >= other.n_frames * other.height * other.width
            and len(self.text) + _SLIGHTLY >= len(other.text)
            and self.max_new_tokens >= other.max_new_tokens
        )


def load_of(requests: Sequence[Request]) -> Load:
    """Return the load of some requests: their largest window with their longest text and their longest reply.

    The size of frames is measured in the headers of the videos; a video that cannot be read counts as a small one.
    """
    windows = {(len(row["frames"]), *_frame_size(row)) for row in (request.row for request in requests)}
    n_frames, height, width = max(windows, key=lambda one: (one[0] * one[1] * one[2], one))
    longest = max((request.generation for request in requests), key=lambda one: int(one.get("max_new_tokens") or 0))
    return Load(n_frames, height, width, max((request.text for request in requests), key=len), longest)


def _frame_size(row: Row) -> tuple[int, int]:
    """Return height and width of a row's frames, in pixels; of the first box where the window is cut out."""
    if row["box"]:
        left, top, right, bottom = row["box"][:4]
        return bottom - top, right - left
    return _video_size(row["path"])


@lru_cache(maxsize=65536)
def _video_size(path: str) -> tuple[int, int]:
    try:
        info = probe(Path(path), packets=False)
    except (VideoError, OSError):
        return _SIDE, _SIDE
    return info.height, info.width
