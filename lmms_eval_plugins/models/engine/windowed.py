"""The engine: many questions about many short windows, decoded once, encoded once, asked in batches."""

from __future__ import annotations

import hashlib
import os
from abc import abstractmethod
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.engine.ahead import Beat, Stalled, ahead
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.recording import RecordingModel, Request, RequestReply
from lmms_eval_plugins.runs.answers import Reply
from lmms_eval_plugins.video.container import VideoError
from lmms_eval_plugins.video.decode import Frames, cut, decode_frames
from lmms_eval_plugins.video.frame_cache import FrameCache
from lmms_eval_plugins.video.windows import Box, Window

_SAMPLE_BYTES = 65536
_NETWORK = ("vision", "prefill", "choices", "generate")
"""Phases in which the network is at work."""


@dataclass(frozen=True, slots=True)
class WindowInputs:
    """A window's frames as a family's network takes them.

    Attributes:
        shape: windows of one shape may share a batch.
        inputs: what the family made of them.
        n_bytes: their size in memory.
    """

    shape: Hashable
    inputs: Any
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A window, ready for the network, with its questions; their generation settings agree."""

    asks: tuple[Request, ...]
    prepared: WindowInputs


class TooLarge(Exception):
    """A batch does not fit into the memory of the device."""


@dataclass(frozen=True, slots=True)
class _Video:
    video_id: str
    path: str
    fps: float
    asks: tuple[Request, ...]


class FramesModel(RecordingModel):
    """A model that sees the frames of a window: each video is decoded once, ahead of the asking, in other threads.

    Args:
        answers: see `RecordingModel`.

    Attributes:
        frame_cache: decoded frames are looked up and kept there; None decodes every time.
        patience_s: seconds after which a video whose decoder gives no frame is given up.
        ready_bytes: what may be decoded and prepared ahead of the asking.
    """

    frame_cache: FrameCache | None = None
    patience_s = 120.0
    ready_bytes = 1 << 30

    def __init__(self, answers: str | Path | None = None) -> None:
        super().__init__(answers)
        self._identities: dict[str, str] = {}
        self.watch, self._frames_before = Stopwatch(), 0

    @abstractmethod
    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        """Make of frames what the network takes; called in background threads.

        Args:
            frames: RGB, (frames, height, width, 3), uint8.
            fps: frames per second at which they follow each other.
        """

    def generate_until(self, requests: Sequence[Any]) -> list[str]:
        """Answer all requests; each video file is looked at once."""
        self._identities.clear()
        self.watch, self._frames_before = self.make_watch(), self._frames_reused()
        return super().generate_until(requests)

    def make_watch(self) -> Stopwatch:
        """A stopwatch for one call."""
        return Stopwatch()

    def peak_memory(self) -> dict[str, float]:
        """Peak memory by name in MiB, of the device where it has its own."""
        return {}

    def speed(self) -> dict[str, Any]:
        """How the last call went: see `RecordingModel.speed`, and where the time went, in seconds.

        ``frames_reused`` counts frames that came from the frame cache.
        """
        return {
            **super().speed(),
            "phase_seconds": {name: round(value, 3) for name, value in sorted(self.watch.seconds().items())},
            "frames_reused": self._frames_reused() - self._frames_before,
            **self.peak_memory(),
        }

    def _frames_reused(self) -> int:
        return self.frame_cache.n_reused if self.frame_cache else 0

    def identify(self, row: Mapping[str, Any]) -> object:
        """The video file's size and a hash of its beginning, middle and end."""
        path = row["path"]
        if path not in self._identities:
            self._identities[path] = file_identity(Path(path))
        return self._identities[path]

    def shown(self, asks: Sequence[Request]) -> Iterator[Shown]:
        """The windows asked about, video by video and in order; a video that fails does not stop the others."""
        by_video: dict[tuple[str, str, float], list[Request]] = {}
        for ask in asks:
            by_video.setdefault((ask.row["video_id"], ask.row["path"], ask.row["fps"]), []).append(ask)
        videos = [_Video(*video, tuple(of_video)) for video, of_video in by_video.items()]
        for place, made in ahead(
            [partial(self._shown, video) for video in videos],
            lambda made: made.prepared.n_bytes if isinstance(made, Shown) else 0,
            threads=_threads(),
            budget_bytes=self.ready_bytes,
            patience_s=self.patience_s,
        ):
            if isinstance(made, Shown):
                yield made
            else:
                self._failed(videos[place].video_id, _reason(made, videos[place]))

    def _shown(self, video: _Video, beat: Beat) -> Iterator[Shown | VideoError]:
        """A video's windows, ready for the network; last of all what went wrong with it, if anything did."""
        windows: dict[Window, dict[str, list[Request]]] = {}
        for ask in video.asks:
            windows.setdefault(_window(ask.row), {}).setdefault(_settings(ask), []).append(ask)
        path, in_order = Path(video.path), sorted(windows, key=lambda window: (window.frames[0], window.frames[-1]))
        wanted = {index for window in in_order for index in window.frames}
        decode = partial(decode_frames, path, wanted, video.fps, beat)
        try:
            identity = str(self.identify(video.asks[0].row))
            frames = self.frame_cache.frames(identity, video.fps, wanted, decode) if self.frame_cache else decode()
            made = cut(path, in_order, frames)
            while True:
                with self.watch.background("decode"):
                    window, stacked = next(made, (None, None))
                if window is None or stacked is None:
                    return
                beat()
                with self.watch.background("preprocess"):
                    prepared = self.prepare(stacked, _shown_rate(window, video.fps))
                for asks in windows[window].values():
                    yield Shown(tuple(asks), prepared)
        except VideoError as error:
            yield error


class WindowedModel(FramesModel):
    """A model that answers batches of windows. A family implements `prepare` and `answer_batch`.

    Args:
        batch_size: questions answered at once; a window's questions stay together, and where the device's memory is
            too small the number is halved until they fit.
        answers: see `RecordingModel`.
    """

    def __init__(self, batch_size: int | str = 1, answers: str | Path | None = None) -> None:
        super().__init__(answers)
        try:
            self.batch_size = int(batch_size)
        except ValueError:
            self.batch_size = 0
        if self.batch_size < 1:
            raise UserError(f"batch_size: {batch_size!r} is not a whole number from 1 up")

    @abstractmethod
    def answer_batch(self, batch: Sequence[Shown]) -> list[list[Reply]]:
        """Answer the questions of windows of one shape and with one generation settings, in their order.

        At most `batch_size` questions go through the network at once.

        Raises:
            TooLarge: the device's memory is too small.
        """

    def speed(self) -> dict[str, Any]:
        """See `FramesModel.speed`; ``device_busy`` is the share of the time in which the network was at work."""
        total = super().speed()
        busy = sum(total["phase_seconds"].get(name, 0.0) for name in _NETWORK)
        return {
            **total,
            "device_busy": round(busy / total["seconds"], 3) if total["seconds"] else None,
            "batch_size": self.batch_size,
        }

    def reply(self, asks: Sequence[Request]) -> Iterator[list[RequestReply]]:
        """Answer in batches of equal shape.

        Windows whose batch is not full wait for more of their shape, fewer than two batches of them at a time.
        """
        waiting: dict[Hashable, list[Shown]] = {}
        for made in self.shown(asks):
            shape = (made.prepared.shape, _settings(made.asks[0]))
            batch = waiting.setdefault(shape, [])
            if batch and _questions(batch) + len(made.asks) > self.batch_size:
                yield from self._answered(waiting.pop(shape))
                batch = waiting.setdefault(shape, [])
            batch.append(made)
            if _questions(batch) >= self.batch_size:
                yield from self._answered(waiting.pop(shape))
            elif sum(map(_questions, waiting.values())) >= 2 * self.batch_size:
                yield from self._answered(waiting.pop(next(iter(waiting))))
        for batch in waiting.values():
            yield from self._answered(batch)

    def _answered(self, batch: Sequence[Shown]) -> Iterator[list[RequestReply]]:
        try:
            said = self.answer_batch(batch)
        except TooLarge as error:
            at_once = min(self.batch_size, _questions(batch))
            if at_once == 1 and len(batch) == 1:
                raise UserError(
                    f"one question about one window does not fit into the device's memory ({error});"
                    " run again with fewer frames or pixels or on a larger device, what was answered is kept"
                ) from error
            self.batch_size = max(1, at_once // 2)
            half = max(1, len(batch) // 2)
        else:
            asked = (ask for shown in batch for ask in shown.asks)
            yield [RequestReply(ask, one) for ask, one in zip(asked, (one for of in said for one in of), strict=True)]
            return
        for part in (batch[:half], batch[half:]):
            if part:
                yield from self._answered(part)


def _threads() -> int:
    """Videos that are decoded at once: the network needs a processor too."""
    return max(1, min(8, (os.cpu_count() or 1) - 1))


def _questions(batch: Sequence[Shown]) -> int:
    return sum(len(shown.asks) for shown in batch)


def _settings(ask: Request) -> str:
    return str(sorted(ask.generation.items(), key=str))


def _reason(made: VideoError | Stalled, video: _Video) -> VideoError:
    if isinstance(made, VideoError):
        return made
    return VideoError(Path(video.path), f"its decoder hangs: no frame for {made.seconds:.0f} s; convert the file")


def _window(row: Mapping[str, Any]) -> Window:
    edges = row["box"]
    boxes = tuple(Box(*edges[i : i + 4]) for i in range(0, len(edges), 4))
    return Window(row["video_id"], row["window"], row["start_s"], row["end_s"], tuple(row["frames"]), boxes)


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
