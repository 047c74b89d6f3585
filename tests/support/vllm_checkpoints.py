"""Tiny checkpoints in the form that vLLM takes: wider heads, and weights named as in published ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from tests.support.architectures import ARCHITECTURES
from tests.support.architectures.parts import Made, model_class, save

_WIDER = 2
"""Heads are 16 wide in `tests.support.tiny_checkpoints`; vLLM's attention on a processor begins with 32."""


def fit_for_vllm(folder: Path) -> Path:
    """Change a tiny checkpoint: half as many heads, each twice as wide, over the same weights."""
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    text: dict[str, Any] = config["text_config"]
    for name in ("num_attention_heads", "num_key_value_heads"):
        text[name] //= _WIDER
    if text.get("head_dim"):
        text["head_dim"] *= _WIDER
    rope = text["rope_parameters"]
    if "mrope_section" in rope:
        rope["mrope_section"] = [_WIDER * part for part in rope["mrope_section"]]
    path.write_text(json.dumps(config), encoding="utf-8")
    return _with_weights_as_published(folder, _WIDER)


def make_for_vllm(architecture: str, folder: Path) -> Path:
    """Save a tiny checkpoint of `tests.support.architectures`: one head as wide as the network, published names."""
    made = ARCHITECTURES[architecture]
    config, processor = made.build()
    text = config.get_text_config()
    text.num_attention_heads = text.num_key_value_heads = 1
    if getattr(text, "head_dim", None):
        text.head_dim = text.hidden_size
    rope = getattr(text, "rope_parameters", None) or {}
    if architecture.startswith("glm4"):
        rope["partial_rotary_factor"] = 0.5
    if "mrope_section" in rope:
        rotated = int(text.hidden_size * rope.get("partial_rotary_factor", 1.0))
        rope["mrope_section"] = _scaled(rope["mrope_section"], rotated // 2)
    if architecture == "lfm2_vl":
        text.conv_dim = text.hidden_size
    if architecture == "gemma3":
        processor.tokenizer.add_tokens(["\n" * length for length in (1, 2, 3, 4)])
        text.vocab_size = len(processor.tokenizer)
        processor.chat_template = processor.chat_template.replace("<start_of_image>\n", "<start_of_image>")
    save(folder, Made(config, processor), model_class(made.listed_as))
    return _with_weights_as_published(folder)


def _scaled(parts: list[int], total: int) -> list[int]:
    scaled = [part * total // sum(parts) for part in parts]
    return [scaled[0] + total - sum(scaled), *scaled[1:]]


def _with_weights_as_published(folder: Path, wider: int = 1) -> Path:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    wraps = config["vision_config"].get("model_type") in ("clip_vision_model", "siglip_vision_model")
    tower = "vision_tower.vision_model." if wraps else "vision_tower."
    weights = folder / "model.safetensors"
    renamed = {
        name.replace("vision_tower.", tower): _as_wide(name, value, wider) for name, value in load_file(weights).items()
    }
    save_file(renamed, weights, {"format": "pt"})
    return folder


def _as_wide(name: str, value: Any, wider: int) -> Any:
    return value.repeat(wider) if name.endswith(("q_norm.weight", "k_norm.weight")) else value
