"""The engine: many questions about many short windows, decoded once, asked in batches."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.video.decode import Frames, decode_windows
from lmms_eval_plugins.video.errors import VideoError
from lmms_eval_plugins.video.windows import Box, Window
from lmms_eval_plugins.wrappers.recording import Ask, RecordingModel, Reply

_SAMPLE_BYTES = 65536


@dataclass(frozen=True, slots=True)
class Shown:
    """A question with the frames it is about.

    Attributes:
        ask: the question.
        frames: RGB, (frames, height, width, 3), uint8.
        fps: frames per second at which the frames follow each other.
    """

    ask: Ask
    frames: Frames
    fps: float


class WindowedModel(RecordingModel):
    """A model that sees the frames of a window. A family implements `answer_batch`.

    Args:
        batch_size: questions answered at once.
        answers: see `RecordingModel`.
    """

    def __init__(self, batch_size: int | str = 1, answers: str | Path | None = None) -> None:
        super().__init__(answers)
        self._identities: dict[str, str] = {}
        try:
            self.batch_size = int(batch_size)
        except ValueError:
            self.batch_size = 0
        if self.batch_size < 1:
            raise UserError(f"batch_size: {batch_size!r} is not a whole number from 1 up")

    @abstractmethod
    def answer_batch(self, batch: Sequence[Shown]) -> list[str]:
        """Answer questions whose frames have one shape and whose generation settings agree, in their order."""

    def generate_until(self, requests: Sequence[Any]) -> list[str]:
        """Answer all requests; each video file is looked at once."""
        self._identities.clear()
        return super().generate_until(requests)

    def identify(self, row: Mapping[str, Any]) -> object:
        """The video file's size and a hash of its beginning, middle and end."""
        path = row["path"]
        if path not in self._identities:
            self._identities[path] = file_identity(Path(path))
        return self._identities[path]

    def reply(self, asks: Sequence[Ask]) -> Iterator[list[Reply]]:
        """Decode each video once and answer in batches of equal shape; a video that fails does not stop the others.

        Questions whose batch is not full wait for more of their shape, fewer than two batches of them at a time.
        """
        videos: dict[tuple[str, str, float], list[Ask]] = {}
        for ask in asks:
            videos.setdefault((ask.row["video_id"], ask.row["path"], ask.row["fps"]), []).append(ask)
        waiting: dict[tuple[object, ...], list[Shown]] = {}
        for (video_id, path, fps), of_video in videos.items():
            try:
                for shown in _shown(Path(path), fps, of_video):
                    shape = (shown.frames.shape, str(sorted(shown.ask.generation.items(), key=str)))
                    waiting.setdefault(shape, []).append(shown)
                    if len(waiting[shape]) == self.batch_size:
                        yield self._answer(waiting.pop(shape))
                    elif sum(map(len, waiting.values())) >= 2 * self.batch_size:
                        yield self._answer(waiting.pop(next(iter(waiting))))
            except VideoError as error:
                self._failed(video_id, error)
        for batch in waiting.values():
            yield self._answer(batch)

    def _answer(self, batch: list[Shown]) -> list[Reply]:
        return [Reply(shown.ask, text) for shown, text in zip(batch, self.answer_batch(batch), strict=True)]


def _shown(path: Path, fps: float, asks: Sequence[Ask]) -> Iterator[Shown]:
    windows: dict[Window, list[Ask]] = {}
    for ask in asks:
        windows.setdefault(_window(ask.row), []).append(ask)
    in_order = sorted(windows, key=lambda window: (window.frames[0], window.frames[-1]))
    for window, frames in decode_windows(path, in_order, fps):
        for ask in windows[window]:
            yield Shown(ask, frames, _shown_rate(window, fps))


def _window(row: Mapping[str, Any]) -> Window:
    box = Box(*row["box"]) if row["box"] else None
    return Window(row["video_id"], row["window"], row["start_s"], row["end_s"], tuple(row["frames"]), box)


def _shown_rate(window: Window, fps: float) -> float:
    steps = len(window.frames) - 1
    span = window.frames[-1] - window.frames[0]
    return fps * steps / span if span else fps


def file_identity(path: Path, samples: int = 3) -> str:
    """Size and hash of ``samples`` evenly spaced pieces of 64 KiB of a file; the same wherever the file lies.

    Raises:
        VideoError: the file cannot be read.
    """
    try:
        state = path.stat()
        return _sampled(path, samples, state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise VideoError(path, f"cannot be read ({error.strerror})") from error


@lru_cache(maxsize=65536)
def _sampled(path: Path, samples: int, size: int, changed_ns: int) -> str:
    content = hashlib.blake2b(digest_size=16)
    room = max(0, size - _SAMPLE_BYTES)
    with path.open("rb") as file:
        for start in sorted({room * i // (samples - 1) for i in range(samples)}):
            file.seek(start)
            content.update(file.read(_SAMPLE_BYTES))
    return f"{size}-{content.hexdigest()}"
