"""What tiny checkpoints of every architecture are put together from: words, a chat template, small sizes, a folder."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.tiny_checkpoints import CORPUS, VOCABULARY

SIDE, PATCH = 32, 8
"""Pixels along the side of a picture and of its patches, where an architecture lets a checkpoint say so."""
SQUARE = {"height": SIDE, "width": SIDE}
CROPPED = {"size": {"shortest_edge": SIDE}, "crop_size": SQUARE}
PATCHES = (SIDE // PATCH) ** 2
POSITIONS = 4096

VISION: dict[str, Any] = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": SIDE,
    "patch_size": PATCH,
}
SIGLIP = VISION | {"model_type": "siglip_vision_model", "vision_use_head": False}
CLIP = VISION | {"model_type": "clip_vision_model", "projection_dim": 32}
TOWER = {"depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 2, "out_hidden_size": 32}
"""The towers that Qwen's are the model of: patches of every size of picture, two frames in one."""
ROPE: dict[str, Any] = {"rope_type": "default", "rope_theta": 10000.0}
TURNS = ("<|im_start|>", "<|im_end|>")


class Made(NamedTuple):
    """An architecture's configuration, with small numbers, and its processor."""

    config: Any
    processor: Any


def words(*special: str, **named: str) -> Any:
    """A tokenizer of the tests' few words with ``special`` tokens, and with those that ``named`` gives an attribute."""
    tokenizer = copy.deepcopy(_few_words())
    tokenizer.add_tokens([*special, *named.values()], special_tokens=True)
    if named:
        tokenizer._set_model_specific_special_tokens(named)
    return tokenizer


@cache
def _few_words() -> Any:
    from lmms_eval_plugins.demo.training.architecture import make_tokenizer

    return make_tokenizer(CORPUS, VOCABULARY)


def ids(tokenizer: Any, **tokens: str) -> dict[str, int]:
    """The settings of a configuration that are numbers of tokens."""
    return {name: tokenizer.convert_tokens_to_ids(token) for name, token in tokens.items()}


def text(tokenizer: Any, model_type: str | None = None, **more: Any) -> dict[str, Any]:
    """The configuration of a language model: two layers of width 32."""
    named = {"model_type": model_type} if model_type else {}
    made = named | {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": POSITIONS,
        "rope_parameters": ROPE,
        "bos_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        **more,
    }
    return copy.deepcopy(made)


def chat(image: str, video: str | None = None) -> str:
    """A chat template that writes a picture, and a video, as an architecture's processor looks for them."""
    as_video = f"{{% elif part['type'] == 'video' %}}{video}\n" if video else ""
    return (
        "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
        "{% if message['content'] is string %}{{ message['content'] }}{% else %}{% for part in message['content'] %}"
        f"{{% if part['type'] == 'image' %}}{image}\n{as_video}"
        "{% elif 'text' in part %}{{ part['text'] }}{% endif %}{% endfor %}{% endif %}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
    )


def save(folder: Path, made: Made, model_class: Any, seed: int = 0) -> Path:
    """A network with random weights and its processor, as a checkpoint in ``folder``."""
    import torch

    from tests.support import tiny_checkpoints

    tokenizer = made.processor.tokenizer
    model = tiny_checkpoints._random(model_class, made.config, seed)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            _open_eyes(name, weights)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return tiny_checkpoints._save_both(folder, model, made.processor)


_BETWEEN = ("project", "connector", "merger", "aligner", "embed_vision")
"""What stands between the vision tower and the language model has one of these in its name."""


def _open_eyes(name: str, weights: Any) -> None:
    """Let a network's answers depend on what it sees: gates that training would open are open, pictures are loud."""
    if weights.numel() == 1 or "gamma" in name:
        weights.fill_(1.0)
    elif weights.dim() > 1 and not weights.any():
        weights.normal_(std=0.1)
    elif weights.dim() == 4:  # a convolution
        weights.normal_(std=(weights.numel() / len(weights)) ** -0.5)
    if weights.dim() > 1 and any(word in name for word in _BETWEEN):
        weights.mul_(8.0)


def model_class(architecture: str) -> Any:
    """The class that transformers' mapping of image-text-to-text names for an architecture."""
    import transformers
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES

    return getattr(transformers, MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES[architecture])


def sizes(**more: Mapping[str, Any] | Any) -> dict[str, Any]:
    """The limits of processors that keep a picture's shape: between 8 and 64 patches of 14 pixels, or so."""
    return {"size": {"shortest_edge": 28 * 28 * 2, "longest_edge": 28 * 28 * 16}, **more}
