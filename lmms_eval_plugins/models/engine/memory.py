"""How much memory the weights of a model take, and whether the GPUs that are to hold them have it."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import torch
from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.settings import BitsAndBytes

QUANTIZATIONS: tuple[BitsAndBytes, ...] = get_args(BitsAndBytes)

_BYTES: dict[BitsAndBytes, float] = {"8bit": 1.0, "4bit": 0.5 + 4 / 64}
"""Of a quantized parameter; four-bit ones come in blocks of 64 with a scale in float32 each."""

_SPREADING = ("auto", "balanced", "balanced_low_0", "sequential")
_GIB, _MIB = 1 << 30, 1 << 20


@dataclass(frozen=True, slots=True)
class Parameters:
    """How many parameters a model has.

    Attributes:
        linear: in linear layers but the last one: what bitsandbytes quantizes.
        other: elsewhere; the experts of a mixture are among them.
    """

    linear: int
    other: int

    def n_bytes(self, dtype_bytes: int, quantization: BitsAndBytes | None) -> int:
        """Return the bytes that the weights take, of ``dtype_bytes`` each where they are not quantized."""
        return round(self.linear * (_BYTES[quantization] if quantization else dtype_bytes) + self.other * dtype_bytes)


def parameters_of(model_class: type[PreTrainedModel], config: PreTrainedConfig) -> Parameters:
    """Count the parameters of a model by its configuration; nothing is loaded."""
    with torch.device("meta"):
        model = model_class(config)
    last = model.get_output_embeddings()
    linear = sum(part.weight.numel() for part in model.modules() if type(part) is nn.Linear and part is not last)
    return Parameters(linear, sum(weights.numel() for weights in model.parameters()) - linear)


def peak_memory() -> dict[str, float]:
    """Return the peak memory of this process in MiB, and of the GPUs where there are some."""
    peak = {"peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    if torch.cuda.is_available():
        devices = range(torch.cuda.device_count())
        peak["peak_gpu_memory_mib"] = sum(torch.cuda.max_memory_allocated(device) for device in devices) / _MIB
    return peak


def free_bytes(device: str, device_map: str | None) -> list[int]:
    """Return the free memory of each GPU that a model may be put on; none where it is put on none that is there."""
    if not torch.cuda.is_available():
        return []
    if device_map in _SPREADING:
        return [torch.cuda.mem_get_info(number)[0] for number in range(torch.cuda.device_count())]
    try:
        place = torch.device(device_map or device)
        return [torch.cuda.mem_get_info(place)[0]] if place.type == "cuda" else []
    except RuntimeError:  # there is no such device, which loading reports better
        return []


def check_room(
    name: str, parameters: Parameters, dtype: torch.dtype, quantization: BitsAndBytes | None, free: Sequence[int]
) -> None:
    """Check that weights fit; for what is computed from them there must be some more.

    Args:
        name: the checkpoint's.
        parameters: how many there are.
        dtype: of those that are not quantized.
        quantization: of those that are.
        free: bytes of each GPU; none at all: nothing is checked.

    Raises:
        UserError: they do not; how much there is, how much they take, and what may help.
    """
    needed = parameters.n_bytes(dtype.itemsize, quantization)
    if not free or needed <= sum(free):
        return
    gpus = "the GPU has" if len(free) == 1 else f"the {len(free)} GPUs have"
    smaller = [
        f"quantization={choice} ({_gib(taken)})"
        for choice in QUANTIZATIONS
        if (taken := parameters.n_bytes(dtype.itemsize, choice)) <= min(sum(free), needed - 1)
    ]
    helps = [*smaller, "device_map=auto over more GPUs", "a smaller model"]
    raise UserError(
        f"{name}: its weights take {_gib(needed)} in {quantization or str(dtype).removeprefix('torch.')}, and {gpus}"
        f" {_gib(sum(free))} free; take {', '.join(helps[:-1])} or {helps[-1]}"
    )


def _gib(n_bytes: int) -> str:
    return f"{n_bytes / _GIB:.1f} GiB"
