"""What vLLM cannot do of what can be asked of a model; known without loading anything."""

from __future__ import annotations

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.settings import TransformersSettings

ENVIRONMENT = "strokerehab_vllm"
CPU_ENVIRONMENT = "strokerehab_vllm_cpu"

VLLM_QUANTIZATIONS = {"fp8": "fp8", "4bit": "bitsandbytes"}
"""What vLLM calls a way to make weights smaller while they are loaded."""


def check_vllm_takes(settings: TransformersSettings) -> None:
    """Check that vLLM does what a model's settings ask for, as our own engine does it.

    Raises:
        UserError: it does not; with the setting's name.
    """
    own = "; leave it out, or take engine=transformers"
    if settings.record:
        raise UserError(f"record={settings.record}: vLLM gives no hidden states{own}")
    if settings.mode != "auto":
        raise UserError(f"mode={settings.mode}: vLLM has one way to answer{own}")
    if settings.untrained:
        raise UserError(f"untrained: vLLM would draw other random weights{own}")
    if settings.attn_implementation:
        raise UserError(f"attn_implementation={settings.attn_implementation}: vLLM chooses its own attention{own}")
    if settings.device_map not in (None, "auto") and not str(settings.device_map).startswith(("cuda", "cpu")):
        raise UserError(f"device_map={settings.device_map}: vLLM spreads every layer over all GPUs{own}")
    if settings.quantization and settings.quantization not in VLLM_QUANTIZATIONS:
        known = " or ".join(VLLM_QUANTIZATIONS)
        raise UserError(f"quantization={settings.quantization}: vLLM takes {known} of what can be asked for here{own}")


def check_vllm_device(settings: TransformersSettings, on_cpu: bool) -> None:
    """Check that a build of vLLM runs on the device that is asked for.

    Args:
        settings: of the model.
        on_cpu: whether it is the build for processors.

    Raises:
        UserError: it does not.
    """
    device = settings.device_map or settings.device
    if device is None or device == "auto":
        return
    if on_cpu and device != "cpu":
        raise UserError(
            f"device: {device!r}: the vLLM in {CPU_ENVIRONMENT} is the build for processors; for GPUs make"
            f" {ENVIRONMENT}: bash setup_envs.sh {ENVIRONMENT}"
        )
    if not on_cpu and not device.startswith("cuda"):
        raise UserError(
            f"device: {device!r}: the vLLM in {ENVIRONMENT} is the build for NVIDIA GPUs; take engine=transformers, or"
            f" make {CPU_ENVIRONMENT}: bash setup_envs.sh {CPU_ENVIRONMENT}"
        )
