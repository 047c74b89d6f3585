"""The engine: many requests about many short windows, decoded once, encoded once, answered in batches."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Protocol

import torch

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Answerer, Failure, HiddenPlaces, Request, RequestReply, Row
from lmms_eval_plugins.models.engine.processor.units import bfloat16_units
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.windows import Shown, WindowInputs, WindowSource, settings_key
from lmms_eval_plugins.models.failures import failure_of
from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.frame_cache import FrameCache

_NETWORK = ("vision", "prefill", "choices", "generate")
"""Phases in which the network is at work."""


class TooLarge(Exception):
    """A batch does not fit into the memory of the device."""


@contextmanager
def raising_too_large() -> Iterator[None]:
    """Raise `TooLarge` where the device has too little memory for what is done within."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise TooLarge(str(error).splitlines()[0]) from error


class Unanswerable(Exception):
    """The network fails on a batch, not on others; the message is how."""


class BatchModel(Protocol):
    """A network that answers batches of windows: in transformers, or in a process of its own code base."""

    @property
    def fingerprint(self) -> str:
        """Hash of weights and settings."""

    @property
    def device(self) -> str:
        """Where the network runs, for people."""

    @property
    def weights(self) -> Mapping[str, object]:
        """Which weights answer, for people."""

    def get_ready(self) -> None:
        """Load the checkpoint, unless that is done."""

    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        """Make of frames what the network takes; see `lmms_eval_plugins.models.engine.windows.Prepare`."""

    @property
    def hidden(self) -> HiddenPlaces | None:
        """Which hidden states replies come with; None where there are none."""

    def answer_batch(self, batch: Sequence[Shown], at_once: int, watch: Stopwatch) -> list[RequestReply]:
        """Answer the requests of windows of one shape and with one generation settings.

        Args:
            batch: the windows.
            at_once: requests that may go through the network together.
            watch: takes the seconds of the network's phases.

        Raises:
            TooLarge: the device's memory is too small.
            Unanswerable: it fails on this batch; so is any other error taken, but as a bug.
            UserError: it can answer nothing any more.
        """

    def make_watch(self) -> Stopwatch:
        """Return a stopwatch on the network's clock."""

    def peak_memory(self) -> Mapping[str, float]:
        """Return peak memory by name in MiB, of the device where it has its own."""


class Engine(Answerer):
    """Answers batches of windows by a network.

    Args:
        model: the network.
        batch_size: requests answered at once; a window's requests stay together.
        frame_cache: see `WindowSource`.
        notes: what a reader of the network's answers should know.

    Attributes:
        source: the windows.
        batch_size: as given; halved where the device's memory is too small.
    """

    def __init__(
        self,
        model: BatchModel,
        batch_size: int,
        frame_cache: FrameCache | None = None,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.model, self.batch_size, self._notes = model, batch_size, notes
        self.source = WindowSource(model.prepare, frame_cache)

    @property
    def fingerprint(self) -> str:
        """The network's."""
        return self.model.fingerprint

    @property
    def device(self) -> str:
        """The network's; of a processor that computes in bfloat16 with the units by which it does."""
        device = self.model.device
        if device != "cpu" or self.model.weights.get("dtype") != "bfloat16":
            return device
        return f"cpu (bfloat16 by {', '.join(bfloat16_units() or ()) or 'no unit of its own'})"

    @property
    def weights(self) -> Mapping[str, object]:
        """The network's."""
        return self.model.weights

    @property
    def hidden(self) -> HiddenPlaces | None:
        """The network's."""
        return self.model.hidden

    @property
    def notes(self) -> tuple[str, ...]:
        """As given."""
        return self._notes

    @property
    def numerics(self) -> Mapping[str, object]:
        """The size of batches, the device with the GPU's name, and the versions of what computes."""
        device = self.device
        if torch.cuda.is_available() and self.model.device != "cpu":
            device = f"{device} ({torch.cuda.get_device_name()})"
        versions = {"torch": torch.__version__, "transformers": version("transformers")}
        return {"batch_size": self.batch_size, "device": device, "versions": versions}

    def begin(self, rows: Sequence[Row]) -> None:
        """Look at each video file anew, and start a stopwatch."""
        self.source.begin(self.model.make_watch())

    def identify(self, row: Row) -> str:
        """Return what tells the video file from others; the frames' indices are part of every key."""
        return self.source.identify(row)

    def get_ready(self) -> None:
        """Load the network."""
        self.model.get_ready()

    def speed(self, seconds: float) -> dict[str, object]:
        """Return where the time went, peak memory, and the share of the time in which the network was at work."""
        spent = self.source.watch.seconds()
        busy = sum(round(spent.get(name, 0.0), 3) for name in _NETWORK)
        return {
            **self.source.speed(),
            **self.model.peak_memory(),
            "device_busy": round(busy / seconds, 3) if seconds else None,
            "batch_size": self.batch_size,
        }

    def answer(self, requests: Sequence[Request]) -> Iterator[list[RequestReply] | Failure]:
        """Answer in batches of equal shape.

        Windows whose batch is not full wait for more of their shape, fewer than two batches of them at a time. A window
        that does not fit into memory alone, or on which the network fails alone, is left without a reply, and named.
        """
        waiting: dict[Hashable, list[Shown]] = {}
        for made in self.source.shown(requests):
            if isinstance(made, Failure):
                yield made
                continue
            shape = (made.prepared.shape, settings_key(made.requests[0]))
            batch = waiting.setdefault(shape, [])
            if batch and _count(batch) + len(made.requests) > self.batch_size:
                yield from self._answered(waiting.pop(shape))
                batch = waiting.setdefault(shape, [])
            batch.append(made)
            if _count(batch) >= self.batch_size:
                yield from self._answered(waiting.pop(shape))
            elif sum(map(_count, waiting.values())) >= 2 * self.batch_size:
                yield from self._answered(waiting.pop(next(iter(waiting))))
        for batch in waiting.values():
            yield from self._answered(batch)

    def _answered(self, batch: Sequence[Shown]) -> Iterator[list[RequestReply] | Failure]:
        """Answer a batch; where it is too large, or fails, in smaller ones: a window that fails alone is named."""
        try:
            replies = self.model.answer_batch(batch, self.batch_size, self.source.watch)
        except TooLarge as error:
            at_once = min(self.batch_size, _count(batch))
            if at_once == 1 and len(batch) == 1:
                yield _failed(
                    batch[0],
                    f"one question about one window does not fit into the device's memory ({error});"
                    " run again with fewer frames or pixels or on a larger device, what was answered is kept",
                )
                return
            self.batch_size = max(1, at_once // 2)
            half = max(1, len(batch) // 2)
        except UserError:
            raise
        except Exception as error:
            if _breaks_device(error):
                raise
            if len(batch) == 1:
                yield _failed(batch[0], error)
                return
            half = len(batch) // 2
        else:
            yield replies
            return
        for part in (batch[:half], batch[half:]):
            if part:
                yield from self._answered(part)


def _failed(shown: Shown, reason: str | Exception) -> Failure:
    """Name a window that the network alone could not answer about."""
    row, count = shown.requests[0].row, len(shown.requests)
    if isinstance(reason, Unanswerable):
        reason = str(reason)
    if isinstance(reason, str):
        return Failure(row["video_id"], reason, row["window"], count, cause="network")
    return failure_of(reason, row["video_id"], row["window"], count)


def _breaks_device(error: Exception) -> bool:
    """Return whether nothing can be computed on the device any more, in this process."""
    if isinstance(error, Unanswerable):
        return False
    return type(error).__name__ == "AcceleratorError" or "CUDA error" in str(error)


def _count(batch: Sequence[Shown]) -> int:
    return sum(len(shown.requests) for shown in batch)
