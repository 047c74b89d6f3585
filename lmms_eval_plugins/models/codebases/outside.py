"""Models whose code base lives in an environment of its own: their frames and questions go to a process there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal, get_args

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.codebases.identity import checkpoint_identity, installed
from lmms_eval_plugins.models.codebases.process import Worker
from lmms_eval_plugins.models.codebases.wire import Message
from lmms_eval_plugins.models.engine.windowed import Shown, TooLarge, WindowedModel, WindowInputs
from lmms_eval_plugins.models.recording import digest
from lmms_eval_plugins.runs.answers import Reply
from lmms_eval_plugins.video.decode import Frames

Mode = Literal["auto", "generate"]
Quantization = Literal["8bit", "4bit"]
CodeBaseDtype = Literal["float16", "bfloat16"]

_ANY_SHAPE = ("any",)


class OutsideModel(WindowedModel):
    """A model of a code base, in a process under the Python of that code base's environment.

    The process is started for the first question and ends with this object. It answers question by question, so that
    the size of a batch changes nothing but how much is sent at once.

    Args:
        pretrained: folder of a checkpoint, or its name on the hub.
        revision: branch, tag or commit on the hub.
        device: ``cuda``, ``cuda:1``, …; None is for the code base to choose, a GPU where there is one.
        device_map: as transformers takes it, ``auto`` to spread a big model; replaces ``device``.
        mode: ``auto`` reads a window once for all its questions and scores the allowed answers of closed ones;
            ``generate`` leaves each question to the code base's own function, which gives no log-probabilities.
        batch_size: see `WindowedModel`.
        answers: see `RecordingModel`.
        settings: of the code base: what the adapter gets besides.

    Attributes:
        python: the interpreter of the environment; set by the run.

    Raises:
        UserError: there is no such checkpoint, or an argument is not valid.
    """

    adapter: ClassVar[str]
    environment: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]
    """Packages of the environment that can change an answer, the code base's first."""

    def __init__(
        self,
        pretrained: str | None,
        revision: str | None,
        device: str | None,
        device_map: str | None,
        mode: Mode,
        batch_size: int | str,
        answers: str | Path | None,
        settings: Mapping[str, Any],
    ) -> None:
        super().__init__(batch_size, answers)
        if mode not in get_args(Mode):
            raise UserError(f"mode: {mode!r} is none of {', '.join(get_args(Mode))}")
        if device is not None and not str(device).startswith("cuda"):
            raise UserError(
                f"device: {device!r} is no GPU (cuda, cuda:0, ...), which the code base of this model wants"
            )
        if not pretrained:
            raise UserError("which checkpoint? give it with --model_args pretrained=FOLDER-OR-HUB-NAME")
        checkpoint = checkpoint_identity(str(pretrained), revision)
        self.python: Path | None = None
        self._changing = {**settings, "mode": mode}
        self._checkpoint = checkpoint
        self._settings = {
            **self._changing,
            "pretrained": checkpoint.name,
            "revision": checkpoint.revision,
            "device": None if device_map else device,
            "device_map": device_map,
        }
        self._worker: Worker | None = None
        self.device_name = str(device_map or device or "auto")
        self._memory: dict[str, float] = {}

    @property
    def fingerprint(self) -> str:
        """Hash of code base, its commit, its packages, checkpoint, revision and settings."""
        return self._fingerprint

    @property
    def weights(self) -> dict[str, Any]:
        """What is loaded, for people."""
        loaded = {"pretrained": self._checkpoint.name, "revision": self._checkpoint.revision}
        return {**loaded, **self._changing, **self._versions}

    @cached_property
    def _fingerprint(self) -> str:
        return digest(self.adapter, self._versions, self._checkpoint.marks, self._changing)

    @cached_property
    def _versions(self) -> dict[str, str | None]:
        return installed(self._interpreter, self.packages)

    @property
    def _interpreter(self) -> Path:
        if self.python is None:
            raise UserError(f"{type(self).__name__} lives in the environment {self.environment}; run it by evaluate.sh")
        return self.python

    def get_ready(self) -> None:
        """Start the process and load the checkpoint there, unless that is done."""
        if self._worker is not None and self._worker.alive:
            return
        self._worker = Worker(self._interpreter, self.environment)
        loaded = self._worker.ask(Message("load", {"adapter": self.adapter, "settings": self._settings}))
        if loaded.kind != "loaded":
            self._worker.stop()
            raise UserError(
                f"{self._checkpoint.name}: cannot be loaded in {self.environment} ({loaded.values['reason']});"
                f" `bash setup_envs.sh {self.environment} --check` looks after the environment"
            )

    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        """Frames go to the code base as they are."""
        return WindowInputs(_ANY_SHAPE, (frames, fps), frames.nbytes)

    def answer_batch(self, batch: Sequence[Shown]) -> list[list[Reply]]:
        """Have some windows' questions answered; see `WindowedModel.answer_batch`."""
        assert self._worker is not None
        windows = [
            {
                "fps": shown.prepared.inputs[1],
                "questions": [ask.text for ask in shown.asks],
                "choices": [list(ask.row["choices"]) for ask in shown.asks],
            }
            for shown in batch
        ]
        generation = {key: value for key, value in batch[0].asks[0].generation.items() if key != "until"}
        frames = [shown.prepared.inputs[0] for shown in batch]
        with self.watch.phase("generate"):
            reply = self._worker.ask(Message("ask", {"windows": windows, "generation": generation}, frames))
        if reply.kind == "too large":
            raise TooLarge(reply.values["reason"])
        if reply.kind != "said":
            raise UserError(f"{self.adapter}: a question could not be answered ({reply.values['reason']})")
        self._memory = {name: value for name, value in reply.values.items() if name != "said"}
        return [[Reply(text, scores) for text, scores in of_window] for of_window in reply.values["said"]]

    def peak_memory(self) -> dict[str, float]:
        """Peak memory of the GPUs, as the process last said."""
        return self._memory
