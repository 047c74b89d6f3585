"""Any vision-language checkpoint in vLLM: shown what its own processor takes, as one video or as images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from transformers import PreTrainedConfig, ProcessorMixin

from lmms_eval_plugins.models.auto.path import AnsweringPath
from lmms_eval_plugins.models.auto.spelling import FramesShape, Spelling, check_fits
from lmms_eval_plugins.models.auto.suitable import class_of
from lmms_eval_plugins.models.engine.checkpoint import Checkpoint
from lmms_eval_plugins.models.engine.family import ProcessorCall
from lmms_eval_plugins.models.engine.windows import WindowInputs
from lmms_eval_plugins.models.settings import AutoSettings, FramesAs
from lmms_eval_plugins.models.vllm.vllm_model import VllmModel
from lmms_eval_plugins.video.decode import Frames


@dataclass(frozen=True, slots=True)
class AnyFamily:
    """The family of a checkpoint of which nothing is known but its own processor.

    Attributes:
        model_type: the family's name in the checkpoint's configuration.
        frames: how a window is to be shown; None is a video where the processor takes one.
    """

    model_type: str
    frames: FramesAs | None

    @property
    def changing_answers(self) -> tuple[object, float | None]:
        """How a window is to be shown; no rate is declared."""
        return ("auto", self.frames), None

    def processor_call(
        self, config: PreTrainedConfig, processor: ProcessorMixin, frames: Frames, fps: float
    ) -> ProcessorCall:
        """Return a window's frames with their true rate: the processor's own settings hold."""
        return ProcessorCall(frames, fps)


class AutoInVllm(VllmModel):
    """A checkpoint of any architecture in vLLM, as `lmms_eval_plugins.models.auto.auto_engine.AutoNetwork`.

    Args:
        settings: which checkpoint, where it runs, and how.
        python: the interpreter of vLLM's environment, which a run lends.

    Attributes:
        faster_wrapper: None: in vLLM no wrapper is faster than another.
        path: None: vLLM has one way to answer.

    Raises:
        UserError: there is no such checkpoint, it cannot be asked about pictures, vLLM is not there, or cannot do what
            is asked.
    """

    def __init__(self, settings: AutoSettings, python: Path | None) -> None:
        config = Checkpoint(settings).config()
        class_of(settings.pretrained, config)
        super().__init__(AnyFamily(config.model_type, settings.frames), settings, python)
        self._name, self._frames = settings.pretrained, settings.frames
        self._most_frames = 1
        self.faster_wrapper: str | None = None
        self.path: AnsweringPath | None = None

    @property
    def weights(self) -> Mapping[str, object]:
        """As of every checkpoint in vLLM; and how windows are shown, once that is known."""
        return {**super().weights, **({"frames": self._spelling.frames} if "_spelling" in vars(self) else {})}

    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling(self._name, self._processor, self._frames, self._thinking)

    @property
    def _images(self) -> int:
        return self._most_frames if self._spelling.frames == "images" else 0

    def check_fits(self, n_frames: int, height: int, width: int, text: str) -> None:
        """Check that the checkpoint can be asked about a window of so many frames; no network is loaded.

        A process that was started for windows of fewer images ends.

        Raises:
            UserError: its processor takes one frame only, or its context is shorter than the prompt.
        """
        check_fits(self._name, self._spelling, self._config, FramesShape((n_frames, height, width), 1.0), text)
        if n_frames > self._most_frames:
            self._most_frames = n_frames
            if self._images and self._worker is not None:
                self._worker.stop()

    def _spelt(self, text: str, n_frames: int) -> str:
        return self._spelling.prompt(text, n_frames)

    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        """Leave frames as they are, but for those of a video that are fewer than make a patch."""
        return super().prepare(self._spelling.completed(frames), fps)
