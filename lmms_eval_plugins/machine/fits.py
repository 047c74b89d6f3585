"""Check that a model fits this machine, before it is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.machine.environments import MAIN, check_environment
from lmms_eval_plugins.machine.hardware import Machine
from lmms_eval_plugins.models.cards import ModelCard, all_cards

_QUANTIZED = {"8bit": 0.55, "4bit": 0.32}
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
    share = 1.0 if card.mixture_of_experts else _QUANTIZED.get(str(args.get("quantization")), 1.0)
    wide = _on_cpu(args, machine) and args.get("dtype", "float32") == "float32"
    return card.memory_wanted_gb * share * (_FULL_PRECISION if wide else 1.0)


def fits(card: ModelCard, given: Mapping[str, object], machine: Machine) -> bool:
    """Return whether a model fits: on one GPU, on all of them (``device_map``), or in main memory."""
    needed = memory_needed_gb(card, given, machine)
    return needed is None or needed <= _memory_there_gb({**card.args, **given}, machine)


def too_large(card: ModelCard, given: Mapping[str, object], machine: Machine, others: Iterable[ModelCard]) -> str:
    """Describe what a model that does not fit needs, what there is, and which smaller ones fit.

    Args:
        card: the model.
        given: the command line's arguments for its wrapper.
        machine: where it is to run.
        others: models to suggest.
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
    return f"needs {needed:.0f} GB{across}, and this machine has {machine.described}; {instead}{quantized}"


def _on_cpu(args: Mapping[str, object], machine: Machine) -> bool:
    return not machine.gpus or str(args.get("device", "")) == "cpu"


def _memory_there_gb(args: Mapping[str, object], machine: Machine) -> float:
    if _on_cpu(args, machine):
        return machine.memory_gb
    return sum(gpu.memory_gb for gpu in (machine.gpus if args.get("device_map") else machine.gpus[:1]))


def check_ready(card: ModelCard, given: Mapping[str, object], machine: Machine, folders: Sequence[Path]) -> None:
    """Check that a model can run here, before it is loaded and before any video is read.

    Args:
        card: the model.
        given: the command line's arguments for its wrapper.
        machine: where it is to run.
        folders: folders of cards, to suggest smaller models from.

    Raises:
        UserError: its environment is not made, or there is too little memory; with what to do.
    """
    check_environment(card.environment)
    if not fits(card, given, machine):
        raise UserError(too_large(card, given, machine, all_cards(folders)))
