"""Small random checkpoints of the real classes: they weigh little, answer fast, and know nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

CORPUS = (
    "YES NO yes no reach reposition transport stabilize idle hand left right patient video frames moving holding",
    "Look at the patient's hand. Does it move? Is an object in that hand? Reply with one word.",
)
VOCABULARY = 1008
SIDE = 56
"""Pixels along the side of a picture, where a family takes squares of one size."""

_PATCH = 14
_VISION = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 4}
_FRAMES_THEN_TEXT = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'video' %}<video>\n"
    "{% elif 'text' in part %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_ROLES_IN_CAPITALS = (
    "This is a talk about a film. {% for message in messages %}{{ message['role'] | upper }}: "
    "{% for part in message['content'] %}{% if part['type'] == 'video' %}<video>\n"
    "{% elif 'text' in part %}{{ part['text'] }} {% endif %}{% endfor %}{% endfor %}"
    "{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
"""As families based on Vicuna do: words before the video, no tokens of their own for the turns."""


def make_tiny_qwen2_5_vl(folder: Path, seed: int = 0) -> Path:
    """A random Qwen2.5-VL with its processor, saved in ``folder``."""
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    from lmms_eval_plugins.demo.training.architecture import make_processor
    from lmms_eval_plugins.demo.training.config import Pictures

    tokenizer = _qwen_tokenizer()
    config = Qwen2_5_VLConfig(
        text_config=_text(tokenizer) | {"rope_parameters": _ROPE | {"mrope_section": [2, 3, 3]}},
        vision_config={
            "depth": 2,
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_heads": 4,
            "out_hidden_size": 64,
            "fullatt_block_indexes": [1],
            "window_size": 112,
        },
        **_qwen_ids(tokenizer),
    )
    processor = make_processor(tokenizer, Pictures(fps=15, frames=8, min_pixels=3136, max_pixels=12544))
    return _save(folder, Qwen2_5_VLForConditionalGeneration, config, processor, seed)


def make_tiny_qwen3_vl(folder: Path, seed: int = 0) -> Path:
    """A random Qwen3-VL, of whose tower two layers are looked at."""
    from transformers import (
        Qwen2VLImageProcessor,
        Qwen3VLConfig,
        Qwen3VLForConditionalGeneration,
        Qwen3VLProcessor,
        Qwen3VLVideoProcessor,
    )

    from lmms_eval_plugins.demo.training.architecture import CHAT_TEMPLATE

    tokenizer = _qwen_tokenizer()
    rope = _ROPE | {"mrope_section": [4, 2, 2], "mrope_interleaved": True}
    config = Qwen3VLConfig(
        text_config=_text(tokenizer) | {"head_dim": 16, "rope_parameters": rope},
        vision_config={
            "depth": 3,
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_heads": 4,
            "out_hidden_size": 64,
            "num_position_embeddings": 16,
            "deepstack_visual_indexes": [0, 1],
        },
        **_qwen_ids(tokenizer),
    )
    images, videos = Qwen2VLImageProcessor(patch_size=16), Qwen3VLVideoProcessor()
    processor = Qwen3VLProcessor(images, tokenizer, videos, chat_template=CHAT_TEMPLATE)
    return _save(folder, Qwen3VLForConditionalGeneration, config, processor, seed)


def make_tiny_llava_onevision(folder: Path, seed: int = 0) -> Path:
    """A random LLaVA-OneVision on Qwen2 and SigLIP."""
    from transformers import (
        LlavaOnevisionConfig,
        LlavaOnevisionForConditionalGeneration,
        LlavaOnevisionImageProcessor,
        LlavaOnevisionProcessor,
        LlavaOnevisionVideoProcessor,
    )

    tokenizer = _qwen_tokenizer("<image>", "<video>")
    config = LlavaOnevisionConfig(
        text_config=_text(tokenizer) | {"model_type": "qwen2"},
        vision_config=_VISION
        | {"model_type": "siglip_vision_model", "image_size": SIDE, "patch_size": _PATCH, "vision_use_head": False},
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
    )
    size = {"height": SIDE, "width": SIDE}
    processor = LlavaOnevisionProcessor(
        LlavaOnevisionImageProcessor(size=size),
        tokenizer,
        LlavaOnevisionVideoProcessor(size=size),
        num_image_tokens=(SIDE // _PATCH) ** 2,
        vision_feature_select_strategy="full",
        chat_template=_FRAMES_THEN_TEXT,
    )
    return _save(folder, LlavaOnevisionForConditionalGeneration, config, processor, seed)


def make_tiny_llava_next_video(folder: Path, seed: int = 0) -> Path:
    """A random LLaVA-NeXT-Video on Llama and CLIP, with Llama's way of writing tokens."""
    from transformers import (
        LlavaNextImageProcessor,
        LlavaNextVideoConfig,
        LlavaNextVideoForConditionalGeneration,
        LlavaNextVideoProcessor,
        LlavaNextVideoVideoProcessor,
    )

    tokenizer = _llama_tokenizer("<image>", "<video>")
    config = LlavaNextVideoConfig(
        text_config=_text(tokenizer) | {"model_type": "llama", "bos_token_id": tokenizer.bos_token_id},
        vision_config=_VISION | {"model_type": "clip_vision_model", "image_size": SIDE, "patch_size": _PATCH},
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
    )
    size: dict[str, Any] = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}}
    processor = LlavaNextVideoProcessor(
        LlavaNextVideoVideoProcessor(**size),
        LlavaNextImageProcessor(**size),
        tokenizer,
        chat_template=_ROLES_IN_CAPITALS,
        patch_size=_PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )
    return _save(folder, LlavaNextVideoForConditionalGeneration, config, processor, seed)


def make_tiny_internvl(folder: Path, seed: int = 0, text: Mapping[str, Any] | None = None) -> Path:
    """A random InternVL on Qwen2, or on the language model that ``text`` names."""
    from transformers import (
        GotOcr2ImageProcessor,
        InternVLConfig,
        InternVLForConditionalGeneration,
        InternVLProcessor,
        InternVLVideoProcessor,
    )

    named = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    tokenizer = _qwen_tokenizer(*named.values(), named=named)
    config = InternVLConfig(
        text_config=_text(tokenizer) | dict(text or {"model_type": "qwen2"}),
        vision_config=_VISION | {"image_size": [SIDE, SIDE], "patch_size": [_PATCH, _PATCH]},
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=(SIDE // _PATCH // 2) ** 2,
        tie_word_embeddings=False,
    )
    size = {"height": SIDE, "width": SIDE}
    processor = InternVLProcessor(
        GotOcr2ImageProcessor(size=size),
        tokenizer,
        InternVLVideoProcessor(size=size),
        image_seq_length=config.image_seq_length,
        chat_template=_FRAMES_THEN_TEXT,
    )
    return _save(folder, InternVLForConditionalGeneration, config, processor, seed)


_ENCODER = {"hidden_size": 48, "num_hidden_layers": 4, "num_attention_heads": 2, "patch_size": 16}


def make_tiny_vjepa2(folder: Path, seed: int = 0) -> Path:
    """A random V-JEPA 2."""
    from transformers import VJEPA2Config, VJEPA2Model, VJEPA2VideoProcessor

    small = {"pred_hidden_size": 24, "pred_num_attention_heads": 2, "pred_num_hidden_layers": 1, "mlp_ratio": 2}
    config = VJEPA2Config(crop_size=32, frames_per_clip=8, **small, **_ENCODER)
    return _save_both(folder, _random(VJEPA2Model, config, seed), VJEPA2VideoProcessor(crop_size=32))


def make_tiny_videomae(folder: Path, seed: int = 0) -> Path:
    """A random VideoMAE that ends with a norm, as those do that are not fine-tuned; saved with its decoder, as they."""
    from transformers import VideoMAEConfig, VideoMAEForPreTraining, VideoMAEVideoProcessor

    small = {"decoder_hidden_size": 24, "decoder_num_attention_heads": 2, "decoder_num_hidden_layers": 1}
    config = VideoMAEConfig(
        image_size=32, intermediate_size=96, num_frames=16, use_mean_pooling=False, **small, **_ENCODER
    )
    processor = VideoMAEVideoProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    return _save_both(folder, _random(VideoMAEForPreTraining, config, seed), processor)


EXPERTS = {
    "model_type": "qwen3_moe",
    "head_dim": 16,
    "moe_intermediate_size": 32,
    "num_experts": 4,
    "num_experts_per_tok": 2,
}
"""The language model of InternVL3.5's mixtures of experts."""

BUILDERS: dict[str, Callable[[Path], Path]] = {
    "qwen2_5_vl": make_tiny_qwen2_5_vl,
    "qwen3_vl": make_tiny_qwen3_vl,
    "llava_onevision": make_tiny_llava_onevision,
    "llava_next_video": make_tiny_llava_next_video,
    "internvl": make_tiny_internvl,
    "internvl_experts": partial(make_tiny_internvl, text=EXPERTS),
    "vjepa2": make_tiny_vjepa2,
    "videomae": make_tiny_videomae,
}

_ROPE = {"rope_type": "default", "rope_theta": 10000.0}


def _text(tokenizer: Any) -> dict[str, Any]:
    return {
        "vocab_size": len(tokenizer),
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
        "rope_parameters": _ROPE,
        "bos_token_id": tokenizer.pad_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


def _qwen_ids(tokenizer: Any) -> dict[str, int]:
    names = {f"{name}_token_id": f"<|{name}|>" for name in ("vision_start", "vision_end")}
    names |= {f"{name}_token_id": f"<|{name}_pad|>" for name in ("image", "video")}
    return {name: tokenizer.convert_tokens_to_ids(token) for name, token in names.items()}


def _qwen_tokenizer(*more: str, named: Mapping[str, str] | None = None) -> Any:
    from lmms_eval_plugins.demo.training.architecture import make_tokenizer

    tokenizer = make_tokenizer(CORPUS, VOCABULARY)
    tokenizer.add_tokens(list(more), special_tokens=True)
    if named:
        tokenizer._set_model_specific_special_tokens(named)
    return tokenizer


def _llama_tokenizer(*more: str) -> Any:
    import json

    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import LlamaTokenizer

    backend = Tokenizer(models.BPE(byte_fallback=True))
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    known = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    backend.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=known, show_progress=False)
    )
    learned = json.loads(backend.to_str())["model"]
    tokenizer = LlamaTokenizer(
        vocab=learned["vocab"],
        merges=[tuple(merge) for merge in learned["merges"]],
        pad_token="<pad>",
        add_bos_token=True,
    )
    tokenizer.add_tokens(list(more), special_tokens=True)
    return tokenizer


def _save(folder: Path, model_class: Any, config: Any, processor: Any, seed: int) -> Path:
    """A model with random weights and its processor, whose tokens it ends with."""
    model = _random(model_class, config, seed)
    model.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    model.generation_config.pad_token_id = processor.tokenizer.pad_token_id
    return _save_both(folder, model, processor)


def _random(model_class: Any, config: Any, seed: int) -> Any:
    """A model with random weights, scaled up so that what it makes of a window depends on what it sees."""
    import torch

    torch.manual_seed(seed)
    model = model_class(config).eval()
    with torch.no_grad():
        for weights in model.parameters():
            if weights.dim() > 1:
                weights.mul_(4.0)
    return model


def _save_both(folder: Path, model: Any, processor: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
