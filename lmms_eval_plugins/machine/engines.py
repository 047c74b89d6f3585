"""Who runs a network on this machine: this project's own engine, or vLLM where its environment is made."""

from __future__ import annotations

from collections.abc import Mapping

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.machine.environments import VLLM_ENVIRONMENTS, how_to_create, is_installed, vllm_environment
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.models.manifests import SETTINGS
from lmms_eval_plugins.models.settings import ModelSettings, TransformersSettings
from lmms_eval_plugins.models.vllm.refusals import check_vllm_device, check_vllm_takes

_BUILD_FOR_GPUS, _BUILD_FOR_PROCESSORS = VLLM_ENVIRONMENTS
_FROM_B = 15.0
"""Billions of parameters from which a model runs in vLLM by default: those of the aliases ``medium`` and ``big``."""

_OF_ANY_ARCHITECTURE = "rehab_auto"
"""The wrapper whose checkpoints nobody has compared with vLLM's code for their architecture."""


def with_engine_chosen(card: ModelCard, given: Mapping[str, object]) -> ModelCard:
    """Return a card with the engine that this machine chooses for it, where nobody says which.

    A model of a family from 15 billion parameters up runs in vLLM where vLLM's build for GPUs is made and takes all of
    the model's settings; any other is left as it is. The build for processors is not enough: a login node without a GPU
    may have it, whose cluster would then run large models on processors.

    Args:
        card: the model.
        given: the command line's arguments for its wrapper.
    """
    return card.with_vllm_chosen() if suits_vllm(card, given) and is_installed(_BUILD_FOR_GPUS) else card


def suits_vllm(card: ModelCard, given: Mapping[str, object]) -> bool:
    """Return whether a model is so large that it runs in vLLM by default, nobody says otherwise, and vLLM takes it."""
    is_large = card.parameters_b is not None and card.parameters_b >= _FROM_B
    compared = card.wrapper != _OF_ANY_ARCHITECTURE
    return is_large and compared and "engine" not in {**card.wrapper_args, **given} and _vllm_takes(card, given)


def runs_in_vllm(card: ModelCard, given: Mapping[str, object]) -> bool:
    """Return whether vLLM runs a model's network, by the command line or else by its card."""
    return {**card.wrapper_args, **given}.get("engine") == "vllm"


def environment_of(card: ModelCard, given: Mapping[str, object], has_gpus: bool = True) -> str:
    """Return the environment in which a model's network runs, whether it is made or not.

    Args:
        card: the model.
        given: the command line's arguments for its wrapper.
        has_gpus: whether there are GPUs where it is to run; it tells which build of vLLM to make where none is made.
    """
    wanted = _BUILD_FOR_GPUS if has_gpus else _BUILD_FOR_PROCESSORS
    return (vllm_environment() or wanted) if runs_in_vllm(card, given) else card.environment


def check_build(card: ModelCard, given: Mapping[str, object]) -> None:
    """Check that a model that is to run on a cluster's GPUs in vLLM has vLLM's build for them.

    Raises:
        UserError: only the build for processors is made.
    """
    if card.gpus_here and environment_of(card, given) == _BUILD_FOR_PROCESSORS and not is_installed(_BUILD_FOR_GPUS):
        build = f"{_BUILD_FOR_PROCESSORS} is vLLM's build for processors"
        raise UserError(f"engine=vllm: {build}; for GPUs make {_BUILD_FOR_GPUS}: {how_to_create(_BUILD_FOR_GPUS)}")


def _vllm_takes(card: ModelCard, given: Mapping[str, object]) -> bool:
    settings = SETTINGS.get(card.wrapper, ModelSettings)
    args = {name: value for name, value in {**card.wrapper_args, **given}.items() if name in settings.names()}
    try:
        made = settings.of({**args, "engine": "vllm"})
        if not isinstance(made, TransformersSettings):
            return False
        check_vllm_takes(made)
        check_vllm_device(made, on_cpu=False)
    except UserError:
        return False
    return True
