"""Which checkpoints can be asked about pictures at all; what the others are, in one line."""

from __future__ import annotations

from transformers import AutoModelForImageTextToText, PreTrainedConfig, PreTrainedModel
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
)

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.encoders.networks import NETWORKS
from lmms_eval_plugins.models.manifests import SETTINGS
from lmms_eval_plugins.models.settings import ModelSettings, TransformersSettings


def class_of(name: str, config: PreTrainedConfig) -> type[PreTrainedModel]:
    """Return transformers' class that answers questions about pictures by a checkpoint.

    Args:
        name: the checkpoint's, for messages.
        config: its configuration.

    Raises:
        UserError: there is none: it is text-only, an encoder, or made for something else.
    """
    model_type = config.model_type
    if model_type in MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES:
        found: type[PreTrainedModel] = AutoModelForImageTextToText._model_mapping[type(config)]
        return found
    if model_type in NETWORKS:
        raise UserError(
            f"{name}: is a {model_type} checkpoint, a video encoder, which answers nothing; its hidden states are"
            f" taken by the wrapper rehab_encoder, as in --model {model_type}"
        )
    if model_type in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        raise UserError(
            f"{name}: is a {model_type} checkpoint, a language model that sees nothing; take one that was trained on"
            " pictures or videos too"
        )
    raise UserError(
        f"{name}: is a {model_type} checkpoint, which transformers cannot ask about pictures (it has no"
        " image-text-to-text class for it)"
    )


def faster_wrapper(model_type: str) -> str | None:
    """Return that a wrapper of this package is made for a family, and faster; None where there is none."""
    if not issubclass(SETTINGS.get(f"rehab_{model_type}", ModelSettings), TransformersSettings):
        return None
    return f"{model_type} checkpoints have a wrapper of their own here, which is faster: --model {model_type}"
