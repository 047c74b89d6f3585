"""Check that a model fits this machine, before it is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.machine.engines import environment_of, runs_in_vllm
from lmms_eval_plugins.machine.environments import MAIN, check_environment
from lmms_eval_plugins.machine.hardware import Machine
from lmms_eval_plugins.models.cards import ModelCard, all_cards

_QUANTIZED = {"fp8": 0.55, "8bit": 0.55, "int8": 0.55, "4bit": 0.32}
"""Share of its memory that a quantized model takes: norms, embeddings and activations stay as they are."""

_FULL_PRECISION = 2.0
"""Factor of memory on a processor, where weights are 32 bits wide unless ``dtype`` is given."""

_SUGGESTED = 3


def memory_needed_gb(card: ModelCard, given: Mapping[str, object], machine: Machine) -> float | None:
    """Return the memory that a model needs on this machine, in 10⁹ bytes; None where it is not known.

    Args:
        card: the model.
        given: the command line's arguments for its wrapper.
        machine: where it is to run.
    """
    args = {**card.args, **given}
    if card.memory_wanted_gb is None or "pretrained" in given:
        return None
    quantization = str(args.get("quantization"))
    bulky = card.mixture_of_experts and quantization != "fp8"  # bitsandbytes leaves experts as they are
    share = 1.0 if bulky else _QUANTIZED.get(quantization, 1.0)
    wide = _on_cpu(args, machine) and args.get("dtype", "float32") == "float32"
    return card.memory_wanted_gb * share * (_FULL_PRECISION if wide else 1.0)


def fits(card: ModelCard, given: Mapping[str, object], machine: Machine) -> bool:
    """Return whether a model fits: on one GPU, on all of them (``device_map``, or in vLLM), or in main memory."""
    needed = memory_needed_gb(card, given, machine)
    return needed is None or needed <= _memory_there_gb(card, given, machine)


def too_large(
    card: ModelCard,
    given: Mapping[str, object],
    machine: Machine,
    others: Iterable[ModelCard],
    who: str = "this machine",
) -> str:
    """Describe what a model that does not fit needs, what there is, and which smaller ones fit.

    Args:
        card: the model.
        given: the command line's arguments for its wrapper.
        machine: where it is to run.
        others: models to suggest.
        who: what has the memory, in words.
    """
    size = card.parameters_b or float("inf")
    smaller = [other for other in others if other.parameters_b and other.parameters_b < size]
    fitting = sorted((other for other in smaller if fits(other, {}, machine)), key=lambda one: -(one.parameters_b or 0))
    names = ", ".join(other.name for other in fitting[:_SUGGESTED])
    quantized = ""
    if machine.gpus and "quantization" not in given and card.environment == MAIN and not card.mixture_of_experts:
        quantized = "; or load it in four bits (--model_args quantization=4bit)"
    instead = f"smaller models fit, such as {names}" if names else "no smaller model fits either"
    across = f" on {card.gpus} GPUs" if card.gpus > 1 and machine.gpus else ""
    needed = memory_needed_gb(card, given, machine) or 0.0
    return f"needs {needed:.0f} GB{across}, and {who} has {machine.described}; {instead}{quantized}"


def _on_cpu(args: Mapping[str, object], machine: Machine) -> bool:
    return not machine.gpus or str(args.get("device", "")) == "cpu"


def _memory_there_gb(card: ModelCard, given: Mapping[str, object], machine: Machine) -> float:
    args = {**card.args, **given}
    if _on_cpu(args, machine):
        return machine.memory_gb
    spread = args.get("device_map") or runs_in_vllm(card, given)
    return sum(gpu.memory_gb for gpu in (machine.gpus if spread else machine.gpus[:1]))


def check_ready(
    card: ModelCard,
    given: Mapping[str, object],
    machine: Machine,
    folders: Sequence[Path],
    processes: int = 1,
) -> None:
    """Check that a model can run here, before it is loaded and before any video is read.

    Args:
        card: the model.
        given: the command line's arguments for its wrapper.
        machine: where it is to run.
        folders: folders of cards, to suggest smaller models from.
        processes: how many copies of it run side by side, each on GPUs of its own.

    Raises:
        UserError: its environment is not made, there are fewer GPUs, or there is too little memory; with what to do.
    """
    check_environment(environment_of(card, given, has_gpus=bool(machine.gpus)))
    _check_device(card, given, machine)
    who = "this machine"
    if processes > 1 and machine.gpus:
        who = f"each of {processes} processes"
        machine = replace(machine, gpus=machine.gpus[: max(card.gpus, 1)])
    if not fits(card, given, machine):
        raise UserError(too_large(card, given, machine, all_cards(folders), who))


def _check_device(card: ModelCard, given: Mapping[str, object], machine: Machine) -> None:
    """Check that a GPU that is named by its number is there, where the driver tells which are."""
    device = str({**card.args, **given}.get("device", ""))
    kind, _, number = device.partition(":")
    if kind == "cuda" and number.isdecimal() and machine.gpus and int(number) >= len(machine.gpus):
        last = len(machine.gpus) - 1
        raise UserError(f"device: {device}: this machine has {machine.described}, from cuda:0 to cuda:{last}")
