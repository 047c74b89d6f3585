"""The families that run in their code bases, as lmms-eval's registry names them."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.codebases.outside import CodeBaseDtype, Mode, OutsideModel, Quantization


class LlavaNext(OutsideModel):
    """lmms-lab's original checkpoints of LLaVA-OneVision and LLaVA-Video (LLaVA-NeXT-Video on Qwen2).

    Args:
        dtype: of the weights.
        attn_implementation: as transformers takes it.
        quantization: ``8bit`` or ``4bit`` makes linear layers smaller when they are loaded, by bitsandbytes.
        conv_template: name of the prompt's template in the code base.
        mm_spatial_pool_mode: how a frame's tokens are thinned; None as the checkpoint says.
        mm_newline_position: where tokens that separate frames or their rows go; None as the checkpoint says.
        pretrained: see `OutsideModel`, as the others.
    """

    adapter = "llava_next"
    environment = "strokerehab_llava"
    packages = ("llava", "torch", "transformers")

    def __init__(
        self,
        pretrained: str | None = None,
        revision: str | None = None,
        device: str | None = None,
        device_map: str | None = None,
        dtype: CodeBaseDtype = "float16",
        attn_implementation: str = "sdpa",
        quantization: Quantization | None = None,
        conv_template: str = "qwen_1_5",
        mm_spatial_pool_mode: str | None = None,
        mm_newline_position: str | None = None,
        mode: Mode = "auto",
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        answers: str | Path | None = None,
    ) -> None:
        settings = {
            "dtype": _one_of("dtype", dtype, get_args(CodeBaseDtype)),
            "attn_implementation": attn_implementation,
            "quantization": _one_of("quantization", quantization, (None, *get_args(Quantization))),
            "conv_template": conv_template,
            "mm_spatial_pool_mode": mm_spatial_pool_mode,
            "mm_newline_position": mm_newline_position,
        }
        super().__init__(pretrained, revision, device, device_map, mode, batch_size, answers, settings)


class LongVA(OutsideModel):
    """LongVA; its code base computes in float16.

    Args:
        attn_implementation: see `LlavaNext`, as ``quantization`` and ``conv_template``.
        mm_spatial_pool_mode: how a frame's tokens are thinned; None as the checkpoint says.
        mm_spatial_pool_stride: how much, along each side; None as the checkpoint says.
        pretrained: see `OutsideModel`, as the others.
    """

    adapter = "longva"
    environment = "strokerehab_longva"
    packages = ("longva", "torch", "transformers")

    def __init__(
        self,
        pretrained: str | None = None,
        revision: str | None = None,
        device: str | None = None,
        device_map: str | None = None,
        attn_implementation: str = "sdpa",
        quantization: Quantization | None = None,
        conv_template: str = "qwen_1_5",
        mm_spatial_pool_mode: str | None = None,
        mm_spatial_pool_stride: int | None = None,
        mode: Mode = "auto",
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        answers: str | Path | None = None,
    ) -> None:
        settings = {
            "attn_implementation": attn_implementation,
            "quantization": _one_of("quantization", quantization, (None, *get_args(Quantization))),
            "conv_template": conv_template,
            "mm_spatial_pool_mode": mm_spatial_pool_mode,
            "mm_spatial_pool_stride": mm_spatial_pool_stride,
        }
        super().__init__(pretrained, revision, device, device_map, mode, batch_size, answers, settings)


class Vila(OutsideModel):
    """NVILA, VILA and LongVILA; the code base computes in float16 and loads no quantized weights.

    Args:
        attn_implementation: of the language model, as transformers takes it.
        pretrained: see `OutsideModel`, as the others.
    """

    adapter = "vila"
    environment = "strokerehab_vila"
    packages = ("vila", "torch", "transformers", "flash-attn")

    def __init__(
        self,
        pretrained: str | None = None,
        revision: str | None = None,
        device: str | None = None,
        device_map: str | None = None,
        attn_implementation: str = "sdpa",
        mode: Mode = "auto",
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        answers: str | Path | None = None,
    ) -> None:
        settings = {"attn_implementation": attn_implementation}
        super().__init__(pretrained, revision, device, device_map, mode, batch_size, answers, settings)


def _one_of(name: str, given: str | None, known: tuple[str | None, ...]) -> str | None:
    if given not in known:
        raise UserError(f"{name}: {given!r} is none of {', '.join(filter(None, known))}")
    return given
