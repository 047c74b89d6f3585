"""The process in which a code base lives: loads a model, then answers what comes through a pipe.

Runs under the Python of the code base's environment, where nothing of ours is installed: this package's other modules
that are imported here need the standard library and numpy, an adapter besides them torch and its code base.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import BinaryIO, Protocol

from lmms_eval_plugins.models.codebases.wire import Array, Generation, LoadSettings, Message, receive, send
from lmms_eval_plugins.models.remote_code import set_trust

ADAPTERS = {"llava_next": "llava_next", "longva": "llava_next", "vila": "vila"}
"""Adapter → its module, which has a function ``load_ADAPTER``."""


WorkerReply = tuple[str, "Mapping[str, float] | None", "str | None"]
"""A reply, with the log-probabilities of allowed answers, and why it ended (see `lmms_eval_plugins.runs.answers`)."""


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
    model: Adapter | None = None
    while (message := receive(requests)) is not None:
        try:
            if message.kind == "load":
                model = _load(**message.values)
                reply = Message("loaded")
            else:
                reply = Message("answered", {"replies": _answer(model, message), **_memory()})
        except Exception as error:
            traceback.print_exc()
            reply = Message("too large" if _is_out_of_memory(error) else "failed", {"reason": _in_one_line(error)})
            _free_memory()
        send(replies, reply)


def _load(adapter: str, settings: LoadSettings, trusted: bool) -> Adapter:
    if adapter not in ADAPTERS:
        raise ValueError(f"no adapter {adapter!r}")
    set_trust(trusted)
    module = importlib.import_module(f"lmms_eval_plugins.models.codebases.{ADAPTERS[adapter]}")
    loaded: Adapter = getattr(module, f"load_{adapter}")(settings)
    return loaded


def _answer(model: Adapter | None, message: Message) -> list[Sequence[WorkerReply]]:
    assert model is not None
    windows = zip(message.values["windows"], message.arrays, strict=True)
    generation = message.values["generation"]
    return [
        model.answer(frames, window["fps"], window["questions"], window["choices"], generation)
        for window, frames in windows
    ]


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
