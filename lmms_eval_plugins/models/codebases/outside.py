"""Networks that live in an environment of their own: frames and questions go to a process there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import RequestReply
from lmms_eval_plugins.models.codebases.identity import checkpoint_identity, installed
from lmms_eval_plugins.models.codebases.process import Worker
from lmms_eval_plugins.models.codebases.wire import Message
from lmms_eval_plugins.models.engine.batches import TooLarge, Unanswerable
from lmms_eval_plugins.models.engine.family import ProcessorCall
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.windows import Shown, WindowInputs
from lmms_eval_plugins.models.settings import CodeBaseSettings
from lmms_eval_plugins.runs.answers import Reply
from lmms_eval_plugins.video.decode import Frames

_ANY_SHAPE = ("any",)

_FATAL = ("CUDA error", "EngineDeadError")
"""What the reasons have in common after which a process can compute nothing any more."""

_MOST_DEATHS = 3
"""So often in a row a process may end before it has answered."""
_UNTRUSTED = ("RemoteCodeRefused", "trust_remote_code", "UnpicklingError", "Weights only load failed")
"""What the reasons have in common for which a checkpoint that is not trusted is not loaded."""


@dataclass(frozen=True, slots=True)
class CodeBase:
    """A code base, and where it lives.

    Attributes:
        adapter: our module that loads it; see `lmms_eval_plugins.models.codebases.worker.ADAPTERS`.
        environment: the environment that it is installed in.
        packages: packages of that environment that can change an answer, the code base's first.
    """

    adapter: str
    environment: str
    packages: tuple[str, ...]


LLAVA_NEXT = CodeBase("llava_next", "strokerehab_llava", ("llava", "torch", "transformers"))
LONGVA = CodeBase("longva", "strokerehab_longva", ("longva", "torch", "transformers"))
VILA = CodeBase("vila", "strokerehab_vila", ("vila", "torch", "transformers", "flash-attn"))


class ProcessModel(ABC):
    """A network in a process under the Python of another environment, which answers whole batches.

    The process is started for the first request, anew where it ended of a batch, and ends with this object. A prepared
    window is a `ProcessorCall`.

    Args:
        adapter: what is loaded there; see `lmms_eval_plugins.models.codebases.worker.ADAPTERS`.
        environment: the environment's name.
    """

    hidden = None

    def __init__(self, adapter: str, environment: str) -> None:
        self._adapter, self._environment = adapter, environment
        self._worker: Worker | None = None
        self._deaths = 0
        self._told: dict[str, float] = {}

    @property
    @abstractmethod
    def _interpreter(self) -> Path:
        """Return the environment's Python.

        Raises:
            UserError: a run lends none.
        """

    @property
    @abstractmethod
    def _load(self) -> Mapping[str, object]:
        """Return what the adapter is loaded with: its ``settings``, and whether its checkpoint is ``trusted``."""

    @abstractmethod
    def _cannot_load(self, reason: str) -> UserError:
        """Return the error for a checkpoint that the process cannot load."""

    def _spelt(self, text: str, n_frames: int) -> str:
        """Return what the adapter is given of a question about a window of so many frames."""
        return text

    def get_ready(self) -> None:
        """Start the process and load the checkpoint there, unless that is done."""
        if self._worker is not None and self._worker.alive:
            return
        self._worker = Worker(self._interpreter, self._environment)
        loaded = self._worker.request(Message("load", {"adapter": self._adapter, **self._load}))
        if loaded.kind != "loaded":
            reason = self._cause(loaded.values["reason"])
            self._worker.stop()
            raise self._cannot_load(reason)

    def answer_batch(self, batch: Sequence[Shown], at_once: int, watch: Stopwatch) -> list[RequestReply]:
        """Answer the requests of some windows; see `lmms_eval_plugins.models.engine.batches.BatchModel`."""
        calls: list[ProcessorCall] = [shown.prepared.inputs for shown in batch]
        windows = [
            {
                "fps": call.fps,
                "processor": call.arguments,
                "questions": [self._spelt(request.text, len(call.frames)) for request in shown.requests],
                "choices": [list(request.row["choices"]) for request in shown.requests],
            }
            for call, shown in zip(calls, batch, strict=True)
        ]
        generation = {key: value for key, value in batch[0].requests[0].generation.items() if key != "until"}
        asked = Message("answer", {"windows": windows, "generation": generation}, [call.frames for call in calls])
        with watch.phase("generate"):
            reply = self._request(asked)
        if reply.kind == "too large":
            raise TooLarge(reply.values["reason"])
        if reply.kind != "answered":
            reason = self._cause(reply.values["reason"])
            if any(word in reply.values["reason"] for word in _FATAL) and self._worker is not None:
                self._worker.stop()
                self._count_death(reason)
            if "OutOfMemoryError" in reason:
                raise TooLarge(reason)
            raise Unanswerable(f"{self._adapter}: cannot be answered ({reason})")
        self._deaths = 0
        self._told = {name: value for name, value in reply.values.items() if name != "replies"}
        return [
            RequestReply(request, Reply(*given))
            for shown, of_window in zip(batch, reply.values["replies"], strict=True)
            for request, given in zip(shown.requests, of_window, strict=True)
        ]

    def _request(self, message: Message) -> Message:
        """Put a message to the process; where the last one ended of its message, to a new one.

        Raises:
            Unanswerable: the process ended of this message.
            UserError: processes end of one message after the other.
        """
        self.get_ready()
        assert self._worker is not None
        try:
            return self._worker.request(message)
        except UserError as error:
            self._count_death(str(error))
            raise Unanswerable(str(error)) from error

    def _count_death(self, reason: str) -> None:
        self._deaths += 1
        if self._deaths >= _MOST_DEATHS:
            self._deaths = 0
            raise UserError(reason)

    def _cause(self, reason: str) -> str:
        """Return the reason that a process gives, or what it wrote down where it only points there."""
        if self._worker is None or "root cause" not in reason.lower():
            return reason
        return self._worker.last_error() or reason

    def make_watch(self) -> Stopwatch:
        """Return a stopwatch on the processor's clock."""
        return Stopwatch()

    def peak_memory(self) -> dict[str, float]:
        """Return the peak memory of the GPUs, and what else the process last told of its answers."""
        return self._told


class OutsideModel(ProcessModel):
    """A network of a code base, in a process under the Python of that code base's environment.

    The process is started for the first request and ends with this object. It answers question by question, so that
    the size of a batch changes nothing but how much is sent at once.

    Args:
        code_base: the code base.
        settings: which checkpoint, where it runs, and what the code base gets besides.
        python: the interpreter of the environment, which a run lends.
        trusted: whether the checkpoint may run Python of its own there.

    Attributes:
        device: where the network runs, for people.

    Raises:
        UserError: there is no such checkpoint.
    """

    def __init__(
        self, code_base: CodeBase, settings: CodeBaseSettings, python: Path | None, trusted: bool = False
    ) -> None:
        super().__init__(code_base.adapter, code_base.environment)
        self._code_base, self._python, self._trusted = code_base, python, trusted
        self._checkpoint = checkpoint = checkpoint_identity(settings.pretrained, settings.revision)
        self._changing = settings.changing_answers
        device, device_map = settings.device, settings.device_map
        self._settings = {
            **self._changing,
            "pretrained": checkpoint.name,
            "revision": checkpoint.revision,
            "device": None if device_map else device,
            "device_map": device_map,
        }
        self.device = str(device_map or device or "auto")

    @property
    def weights(self) -> Mapping[str, object]:
        """Checkpoint, settings, and the versions of the environment's packages."""
        loaded = {"pretrained": self._checkpoint.name, "revision": self._checkpoint.revision}
        trust = {"trust_remote_code": True} if self._trusted else {}
        return {**loaded, **trust, **self._changing, **self._versions}

    @cached_property
    def fingerprint(self) -> str:
        """Hash of code base, its commit, its packages, checkpoint, revision and settings."""
        trust = ["trust_remote_code"] if self._trusted else []
        return digest(self._code_base.adapter, self._versions, self._checkpoint.marks, self._changing, *trust)

    @cached_property
    def _versions(self) -> dict[str, str | None]:
        return installed(self._interpreter, self._code_base.packages)

    @property
    def _interpreter(self) -> Path:
        if self._python is None:
            name, environment = self._code_base.adapter, self._code_base.environment
            raise UserError(f"the code base of {name} lives in the environment {environment}; run it by evaluate.sh")
        return self._python

    @property
    def _load(self) -> Mapping[str, object]:
        return {"settings": self._settings, "trusted": self._trusted}

    def _cannot_load(self, reason: str) -> UserError:
        if not self._trusted and any(mark in reason for mark in _UNTRUSTED):
            return UserError(
                f"{self._checkpoint.name}: it wants to run code of its own ({reason}); a card for it that says"
                " `trust_remote_code: true` lets it, if you trust who published it"
            )
        return UserError(
            f"{self._checkpoint.name}: cannot be loaded in {self._environment} ({reason});"
            f" `bash setup_envs.sh {self._environment} --check` looks after the environment"
        )

    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        """Leave frames as they are: the code base prepares them."""
        return WindowInputs(_ANY_SHAPE, ProcessorCall(frames, fps), frames.nbytes)
