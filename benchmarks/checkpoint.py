"""Random Qwen2.5-VL networks of real sizes; `benchmarks.teaching` has them reply as real ones do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoProcessor, Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration
from transformers.utils.logging import disable_progress_bar

from lmms_eval_plugins.demo.training.architecture import SPECIAL_TOKENS, make_processor, make_tokenizer
from lmms_eval_plugins.demo.training.config import Pictures

_WORDS = ("YES NO user assistant Does the patient's left right hand move hold an object Reply with YES or NO.",)

_ADDED = 0.3
"""What the layers add to the embedding of a token, as a share of what random ones would."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes of a network, by the names of its configuration."""

    text: dict[str, Any]
    vision: dict[str, Any]


SHAPES = {
    "tiny": Shape(
        text={
            "vocab_size": 1008,
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 1,
        },
        vision={
            "depth": 2,
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_heads": 4,
            "out_hidden_size": 64,
            "fullatt_block_indexes": [1],
        },
    ),
    "100m": Shape(
        text={
            "vocab_size": 32000,
            "hidden_size": 640,
            "intermediate_size": 1728,
            "num_hidden_layers": 12,
            "num_attention_heads": 10,
            "num_key_value_heads": 2,
        },
        vision={
            "depth": 8,
            "hidden_size": 512,
            "intermediate_size": 1376,
            "num_heads": 8,
            "out_hidden_size": 640,
            "fullatt_block_indexes": [3, 7],
        },
    ),
    "7b": Shape(
        text={
            "vocab_size": 152064,
            "hidden_size": 3584,
            "intermediate_size": 18944,
            "num_hidden_layers": 28,
            "num_attention_heads": 28,
            "num_key_value_heads": 4,
        },
        vision={
            "depth": 32,
            "hidden_size": 1280,
            "intermediate_size": 3420,
            "num_heads": 16,
            "out_hidden_size": 3584,
            "fullatt_block_indexes": [7, 15, 23, 31],
        },
    ),
}
"""One to try the benchmark itself, one of about 120 million parameters, and the configuration of Qwen2.5-VL-7B."""


def make_network(shape: Shape, device: str, dtype: torch.dtype, seed: int = 0) -> tuple[Any, Any]:
    """A random network and its processor, on a device."""
    tokenizer = make_tokenizer(_WORDS, 1008)
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in SPECIAL_TOKENS}
    head = shape.text["hidden_size"] // shape.text["num_attention_heads"] // 8
    config = Qwen2_5_VLConfig(
        text_config={
            **shape.text,
            "max_position_embeddings": 4096,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1e6,
                "mrope_section": [head, head * 3 // 2, head * 3 // 2],
            },
            "bos_token_id": ids["<|endoftext|>"],
            "eos_token_id": ids["<|im_end|>"],
            "pad_token_id": ids["<|endoftext|>"],
        },
        vision_config={**shape.vision, "window_size": 112, "tokens_per_second": 2},
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )
    torch.manual_seed(seed)
    default = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device(device):
            network = Qwen2_5_VLForConditionalGeneration(config).eval()
    finally:
        torch.set_default_dtype(default)
    for layer in network.model.language_model.layers:  # so that the last token's embedding shows behind them
        for weights in (layer.self_attn.o_proj.weight, layer.mlp.down_proj.weight):
            weights.data.mul_(_ADDED)
    network.get_input_embeddings().weight.data.normal_()
    network.generation_config.eos_token_id = ids["<|im_end|>"]
    network.generation_config.pad_token_id = ids["<|endoftext|>"]
    return network, make_processor(tokenizer, Pictures(fps=15, frames=8, min_pixels=3136, max_pixels=224 * 224))


def save(shape: Shape, folder: Path) -> Path:
    """Write a random checkpoint for who can only load one; kept if it is there."""
    if not (folder / "config.json").is_file():
        network, processor = make_network(shape, "cpu", torch.float32)
        disable_progress_bar()
        network.save_pretrained(folder)
        processor.save_pretrained(folder)
    AutoProcessor.from_pretrained(folder, trust_remote_code=False)
    return folder
