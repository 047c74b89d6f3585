"""The process in which a code base, or vLLM, lives: loads a model, then answers what comes through a pipe.

Runs under the Python of that environment, where nothing of ours is installed: this package's other modules that are
imported here need the standard library and numpy, an adapter besides them torch and its code base.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol, runtime_checkable

from lmms_eval_plugins.models.codebases.wire import Array, Generation, LoadSettings, Message, receive, send
from lmms_eval_plugins.models.remote_code import set_trust

ADAPTERS = {
    "llava_next": "codebases.llava_next",
    "longva": "codebases.llava_next",
    "vila": "codebases.vila",
    "vllm": "vllm.offline",
}
"""Adapter → its module, which has a function ``load_ADAPTER``."""


WorkerReply = tuple[str, "Mapping[str, float] | None", "str | None"]
"""A reply, with the log-probabilities of allowed answers, and why it ended (see `lmms_eval_plugins.runs.answers`)."""


@dataclass(frozen=True)
class AskedWindow:
    """A window, and what is asked about it.

    Attributes:
        frames: RGB, (frames, height, width, 3), uint8.
        fps: frames per second at which they follow each other.
        questions: the prompts' words; for vLLM the whole prompts, with a placeholder for the video or for each image.
        choices: the allowed answers of each; none where it is open.
        processor: arguments of the checkpoint's processor, where a family has some of its own.
    """

    frames: Array
    fps: float
    questions: Sequence[str]
    choices: Sequence[Sequence[str]]
    processor: Mapping[str, Any] = field(default_factory=dict)  # a processor's own


@runtime_checkable
class BatchAdapter(Protocol):
    """A loaded model that answers about many windows at once."""

    def answer_windows(self, windows: Sequence[AskedWindow], generation: Generation) -> Sequence[Sequence[WorkerReply]]:
        """Answer questions about windows.

        Args:
            windows: the windows and the questions.
            generation: settings as lmms-eval gives them.
        """

    def told(self) -> Mapping[str, float]:
        """Return what a run's record should say of the answers so far, by name."""


class Adapter(Protocol):
    """A loaded model of a code base."""

    def answer(
        self,
        frames: Array,
        fps: float,
        questions: Sequence[str],
        choices: Sequence[Sequence[str]],
        generation: Generation,
    ) -> Sequence[WorkerReply]:
        """Answer questions about a window.

        Args:
            frames: RGB, (frames, height, width, 3), uint8.
            fps: frames per second at which they follow each other.
            questions: the prompts' words.
            choices: the allowed answers of each; none where it is open.
            generation: settings as lmms-eval gives them.
        """


def serve_codebase() -> None:
    """Serve until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes of a terminal: ours decides
    requests, replies = _private_pipes()
    model: Adapter | BatchAdapter | None = None
    while (message := receive(requests)) is not None:
        try:
            if message.kind == "load":
                model = _load(**message.values)
                reply = Message("loaded")
            else:
                reply = Message("answered", {"replies": _answer(model, message), **_memory(), **_told(model)})
        except Exception as error:
            traceback.print_exc()
            reply = Message("too large" if _is_out_of_memory(error) else "failed", {"reason": _in_one_line(error)})
            _free_memory()
        send(replies, reply)


def _load(adapter: str, settings: LoadSettings, trusted: bool) -> Adapter | BatchAdapter:
    if adapter not in ADAPTERS:
        raise ValueError(f"no adapter {adapter!r}")
    set_trust(trusted)
    module = importlib.import_module(f"lmms_eval_plugins.models.{ADAPTERS[adapter]}")
    loaded: Adapter | BatchAdapter = getattr(module, f"load_{adapter}")(settings)
    return loaded


def _answer(model: Adapter | BatchAdapter | None, message: Message) -> Sequence[Sequence[WorkerReply]]:
    assert model is not None
    generation = message.values["generation"]
    windows = [
        AskedWindow(frames, **values) for values, frames in zip(message.values["windows"], message.arrays, strict=True)
    ]
    if isinstance(model, BatchAdapter):
        return model.answer_windows(windows, generation)
    return [model.answer(one.frames, one.fps, one.questions, one.choices, generation) for one in windows]


def _told(model: Adapter | BatchAdapter | None) -> Mapping[str, float]:
    return model.told() if isinstance(model, BatchAdapter) else {}


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the two ends of the pipe; what a code base prints goes to standard error, what it reads is empty."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdout.flush()
    os.dup2(2, 1)
    return requests, replies


def _is_out_of_memory(error: BaseException) -> bool:
    """Return whether it is torch's exception, which has had several places."""
    return any(kind.__name__ == "OutOfMemoryError" for kind in type(error).__mro__)


def _in_one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if not text:  # a bare assertion
        frames = traceback.extract_tb(error.__traceback__)
        text = f"{frames[-1].line} in {frames[-1].filename}" if frames else ""
    return f"{type(error).__name__}: {text}"[:500]


def _free_memory() -> None:
    if (torch := sys.modules.get("torch")) is not None and torch.cuda.is_available():
        torch.cuda.empty_cache()


def _memory() -> dict[str, float]:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return {}
    peaks = [torch.cuda.max_memory_allocated(device) for device in range(torch.cuda.device_count())]
    return {"peak_gpu_memory_mib": sum(peaks) / (1 << 20)}
