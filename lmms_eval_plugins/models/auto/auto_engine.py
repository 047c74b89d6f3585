"""The engine around a checkpoint of any architecture: it looks at what is to be shown before anything is decoded."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from lmms_eval_plugins.core.console import say_all
from lmms_eval_plugins.models.answering import Row
from lmms_eval_plugins.models.auto.path import AnsweringPath
from lmms_eval_plugins.models.engine.batches import BatchModel, Engine
from lmms_eval_plugins.video.container import VideoError
from lmms_eval_plugins.video.frame_cache import FrameCache
from lmms_eval_plugins.video.probe import probe


class AutoNetwork(BatchModel, Protocol):
    """A checkpoint of any architecture, in transformers or in vLLM.

    Attributes:
        faster_wrapper: that a wrapper made for its family is faster; None where none is.
        path: how it answers, where that is tried out, once it is known.
    """

    faster_wrapper: str | None
    path: AnsweringPath | None

    def check_fits(self, n_frames: int, height: int, width: int, text: str) -> None:
        """Check that the checkpoint can be asked about a window of so many frames.

        Raises:
            UserError: it cannot.
        """


class AutoEngine(Engine):
    """Answers batches of windows by a checkpoint of any architecture.

    Args:
        model: the checkpoint.
        batch_size, frame_cache, notes: see `Engine`.
    """

    def __init__(
        self, model: AutoNetwork, batch_size: int, frame_cache: FrameCache | None = None, notes: tuple[str, ...] = ()
    ) -> None:
        super().__init__(model, batch_size, frame_cache, notes)
        self._auto = model
        self._rows: Sequence[Row] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """As given; whether a wrapper of ours is faster; and where nothing is shared, that and why."""
        path, faster = self._auto.path, self._auto.faster_wrapper
        plain = None if path is None or path.shares_prefix else str(path)
        return (*super().notes, *filter(None, (faster, plain)))

    def begin(self, rows: Sequence[Row]) -> None:
        """Look at each video file anew, and remember what is to be shown."""
        super().begin(rows)
        self._rows = rows

    def get_ready(self) -> None:
        """Load the network, unless its processor, or its context, is too small for the windows.

        Raises:
            UserError: it is, or the checkpoint cannot be loaded.
        """
        longest = max(self._rows, key=lambda row: len(row["frames"]), default=None)
        if longest is not None:
            self._auto.check_fits(len(longest["frames"]), *_size(longest), longest["text"])
        if self._auto.faster_wrapper:
            say_all("note", [self._auto.faster_wrapper])
        super().get_ready()


def _size(row: Row) -> tuple[int, int]:
    """Return height and width of a row's frames; those of a usual video where its own cannot be read."""
    if row["box"]:
        left, top, right, bottom = row["box"][:4]
        return bottom - top, right - left
    try:
        video = probe(Path(row["path"]), packets=False)
    except VideoError:  # named when it is decoded
        return _USUAL
    return video.height, video.width


_USUAL = (480, 640)
