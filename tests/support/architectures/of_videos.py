"""Tiny checkpoints of architectures that see the frames of a window as a video."""

from __future__ import annotations

from typing import Any

import transformers as hf

from tests.support.architectures.parts import (
    CLIP,
    CROPPED,
    PATCH,
    ROPE,
    SIDE,
    SIGLIP,
    SQUARE,
    TOWER,
    VISION,
    Made,
    chat,
    ids,
    sizes,
    text,
    words,
)

_QWEN = ("<|vision_start|><|image_pad|><|vision_end|>", "<|vision_start|><|video_pad|><|vision_end|>")
_MROPE = ROPE | {"mrope_section": [1, 1, 2]}
_HEAD: dict[str, Any] = {"head_dim": 8, "rope_parameters": _MROPE | {"mrope_interleaved": True}}
_EXPERTS: dict[str, Any] = {"moe_intermediate_size": 32, "num_experts": 4, "num_experts_per_tok": 2}


def qwen2_vl() -> Made:
    tokenizer = words()
    tower = {"depth": 2, "embed_dim": 32, "hidden_size": 32, "num_heads": 2, "mlp_ratio": 2}
    config = hf.Qwen2VLConfig(
        text_config=text(tokenizer, rope_parameters=_MROPE), vision_config=tower, **_qwen_ids(tokenizer)
    )
    images, videos = hf.Qwen2VLImageProcessor(**sizes()), hf.Qwen2VLVideoProcessor(**sizes())
    return Made(config, hf.Qwen2VLProcessor(images, tokenizer, videos, chat_template=chat(*_QWEN)))


def qwen2_5_vl() -> Made:
    tokenizer = words()
    tower = TOWER | {"fullatt_block_indexes": [1], "window_size": 56}
    config = hf.Qwen2_5_VLConfig(
        text_config=text(tokenizer, rope_parameters=_MROPE), vision_config=tower, **_qwen_ids(tokenizer)
    )
    images, videos = hf.Qwen2VLImageProcessor(**sizes()), hf.Qwen2VLVideoProcessor(**sizes())
    return Made(config, hf.Qwen2_5_VLProcessor(images, tokenizer, videos, chat_template=chat(*_QWEN)))


def qwen3_vl() -> Made:
    return _like_qwen3(hf.Qwen3VLConfig, tower={"deepstack_visual_indexes": [0]})


def qwen3_vl_moe() -> Made:
    return _like_qwen3(hf.Qwen3VLMoeConfig, tower={"deepstack_visual_indexes": [0]}, **_EXPERTS)


_LINEAR: dict[str, Any] = {
    "layer_types": ["linear_attention", "full_attention"],
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
}
"""Half of the layers keep a state of one size instead of every token."""


def qwen3_5() -> Made:
    return _like_qwen3(hf.Qwen3_5Config, **_LINEAR)


def qwen3_5_moe() -> Made:
    return _like_qwen3(hf.Qwen3_5MoeConfig, **_LINEAR, **_EXPERTS, shared_expert_intermediate_size=32)


def _like_qwen3(config_class: Any, tower: dict[str, Any] | None = None, **language: Any) -> Made:
    tokenizer = words()
    config = config_class(
        text_config=text(tokenizer, **_HEAD | language),
        vision_config=TOWER | {"num_position_embeddings": 16} | (tower or {}),
        **_qwen_ids(tokenizer),
    )
    fewer = sizes(patch_size=16)
    images, videos = hf.Qwen2VLImageProcessor(**fewer), hf.Qwen3VLVideoProcessor(**fewer)
    return Made(config, hf.Qwen3VLProcessor(images, tokenizer, videos, chat_template=chat(*_QWEN)))


def _qwen_ids(tokenizer: Any) -> dict[str, int]:
    named = {f"{name}_token_id": f"<|{name}_pad|>" for name in ("image", "video")}
    return ids(tokenizer, **named, vision_start_token_id="<|vision_start|>", vision_end_token_id="<|vision_end|>")


def qwen4_exp() -> Made:
    more: dict[str, Any] = {
        "shared_expert_intermediate_size": 32,
        "hc_count": 2,
        "hc_lowrank": 8,
        "ngram_vocab_size_base": 64,
        "heads_per_ngram": 2,
        "make_ngram_vocab_size_divisible_by": 8,
        "split_ngram_parts": 2,
        "indexer_n_heads": 2,
        "indexer_kv_heads": 1,
        "indexer_head_dim": 8,
        "indexer_budget": 1024,
        "indexer_compress_ratio": 2,
    }
    return _like_qwen3(
        hf.Qwen4ExpConfig, **_LINEAR | {"layer_types": ["full_attention", "linear_attention"]}, **_EXPERTS, **more
    )


def exaone4_5() -> Made:
    tokenizer = words()
    config = hf.Exaone4_5_Config(
        text_config=text(tokenizer, "exaone4", sliding_window=64, layer_types=["sliding_attention", "full_attention"]),
        vision_config=TOWER | {"fullatt_block_indexes": [1], "window_size": 56, "num_key_value_heads": 2},
        **ids(tokenizer, image_token_id="<|image_pad|>", video_token_id="<|video_pad|>"),
    )
    images, videos = hf.Qwen2VLImageProcessor(**sizes()), hf.Qwen2VLVideoProcessor(**sizes())
    return Made(config, hf.Exaone4_5_Processor(images, tokenizer, videos, chat_template=chat(*_QWEN)))


_GLM = ("<|begin_of_image|><|image|><|end_of_image|>", "<|begin_of_video|><|video|><|end_of_video|>")


def glm4v() -> Made:
    return _like_glm(hf.Glm4vConfig, hf.Glm4vProcessor, hf.Glm4vImageProcessor, hf.Glm4vVideoProcessor)


def glm4v_moe() -> Made:
    experts = {"moe_intermediate_size": 32, "n_routed_experts": 4, "num_experts_per_tok": 2, "num_attention_heads": 2}
    kinds = (hf.Glm4vProcessor, hf.Glm4vImageProcessor, hf.Glm4vVideoProcessor)
    return _like_glm(hf.Glm4vMoeConfig, *kinds, **experts)


def glm46v() -> Made:
    kinds = (hf.Glm46VProcessor, hf.Glm46VImageProcessor, hf.Glm46VVideoProcessor)
    return _like_glm(hf.Glm46VConfig, *kinds, model_type="glm4v_text")


def _like_glm(config_class: Any, processor: Any, images: Any, videos: Any, **language: Any) -> Made:
    names = (
        "<|begin_of_image|>",
        "<|image|>",
        "<|end_of_image|>",
        "<|begin_of_video|>",
        "<|video|>",
        "<|end_of_video|>",
    )
    tokenizer = words(*names)
    numbers = ("image_start", "image", "image_end", "video_start", "video", "video_end")
    config = config_class(
        text_config=text(tokenizer, rope_parameters=_MROPE, **language),
        vision_config=TOWER | {"image_size": 56},
        **ids(tokenizer, **{f"{number}_token_id": name for number, name in zip(numbers, names, strict=True)}),
    )
    fewer = {"size": {"shortest_edge": 28 * 28 * 4, "longest_edge": 28 * 28 * 32}}
    made = processor(images(**fewer), tokenizer, videos(**fewer), chat_template=chat(*_GLM))
    return Made(config, made)


def gemma4() -> Made:
    vision = {
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 2,
        "head_dim": 16,
        "position_embedding_size": 128,
    }
    tokenizer = _gemma_words()
    per_layer = {"vocab_size_per_layer_input": len(tokenizer), "hidden_size_per_layer_input": 8}
    return _gemma("Gemma4", tokenizer, vision, per_layer)


def gemma4_unified() -> Made:
    vision = {"mm_embed_dim": 32, "mm_posemb_size": 128, "output_proj_dims": 32}
    return _gemma("Gemma4Unified", _gemma_words(), vision, {})


def _gemma(kind: str, tokenizer: Any, vision: dict[str, int], language: dict[str, Any]) -> Made:
    config_class, processor, images, videos, sounds = (
        getattr(hf, f"{kind}{part}")
        for part in ("Config", "Processor", "ImageProcessor", "VideoProcessor", "AudioFeatureExtractor")
    )
    config = config_class(
        text_config=text(tokenizer, **_GEMMA, global_head_dim=8, **language),
        vision_config={"patch_size": 4, "pooling_kernel_size": 3, **vision},
        audio_config=None,
        tie_word_embeddings=False,
        **_gemma_ids(tokenizer),
    )
    template = chat("<|image|>", "<|video|>")
    made = processor(sounds(), images(patch_size=4), tokenizer, videos(patch_size=4), chat_template=template)
    return Made(config, made)


_GEMMA: dict[str, Any] = {
    "rope_parameters": None,
    "head_dim": 8,
    "sliding_window": 64,
    "layer_types": ["sliding_attention", "full_attention"],
}


def _gemma_words() -> Any:
    named = {
        "boi_token": "<|image>",
        "eoi_token": "<image|>",
        "image_token": "<|image|>",
        "audio_token": "<|audio|>",
        "boa_token": "<|audio>",
        "eoa_token": "<audio|>",
    }
    return words("<|video|>", **named)


def _gemma_ids(tokenizer: Any) -> dict[str, int]:
    named = {"boi_token_id": "<|image>", "eoi_token_id": "<image|>", "image_token_id": "<|image|>"}
    return ids(tokenizer, **named, video_token_id="<|video|>")


def internvl() -> Made:
    named = {
        "start_image_token": "<img>",
        "end_image_token": "</img>",
        "context_image_token": "<IMG_CONTEXT>",
        "video_token": "<video>",
    }
    tokenizer = words(**named)
    config = hf.InternVLConfig(
        text_config=text(tokenizer, "qwen2"),
        vision_config=VISION | {"image_size": [SIDE, SIDE], "patch_size": [PATCH, PATCH]},
        image_seq_length=4,
        tie_word_embeddings=False,
        **ids(tokenizer, image_token_id="<IMG_CONTEXT>"),
    )
    images, videos = hf.GotOcr2ImageProcessor(size=SQUARE), hf.InternVLVideoProcessor(size=SQUARE)
    template = chat("<IMG_CONTEXT>", "<video>")
    return Made(config, hf.InternVLProcessor(images, tokenizer, videos, image_seq_length=4, chat_template=template))


def lfm3_vl() -> Made:
    tokenizer = words()
    config = hf.Lfm3VlConfig(
        text_config=text(tokenizer, "lfm3", head_dim=8, rope_parameters=None, layer_types=["conv", "full_attention"]),
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
        },
        projector_hidden_size=32,
        **_qwen_ids(tokenizer),
    )
    fewer = sizes(patch_size=16)
    images, videos = hf.Qwen2VLImageProcessor(**fewer), hf.Qwen3VLVideoProcessor(**fewer)
    return Made(config, hf.Lfm3VlProcessor(images, tokenizer, videos, chat_template=chat(*_QWEN)))


def llava_next_video() -> Made:
    tokenizer = words("<image>", "<video>")
    config = hf.LlavaNextVideoConfig(
        text_config=text(tokenizer, "llama"),
        vision_config=CLIP,
        **ids(tokenizer, image_token_index="<image>", video_token_index="<video>"),
    )
    processor = hf.LlavaNextVideoProcessor(
        hf.LlavaNextVideoVideoProcessor(**CROPPED),
        hf.LlavaNextImageProcessor(**CROPPED),
        tokenizer,
        chat_template=chat("<image>", "<video>"),
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
    )
    return Made(config, processor)


def llava_onevision() -> Made:
    tokenizer = words("<image>", "<video>")
    config = hf.LlavaOnevisionConfig(
        text_config=text(tokenizer, "qwen2"),
        vision_config=SIGLIP,
        **ids(tokenizer, image_token_index="<image>", video_token_index="<video>"),
    )
    processor = hf.LlavaOnevisionProcessor(
        hf.LlavaOnevisionImageProcessor(size=SQUARE),
        tokenizer,
        hf.LlavaOnevisionVideoProcessor(size=SQUARE),
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        chat_template=chat("<image>", "<video>"),
    )
    return Made(config, processor)


def minicpmv4_6() -> Made:
    return _like_minicpm(hf.MiniCPMV4_6Config, hf.MiniCPMV4_6Processor)


def minicpmv4_7() -> Made:
    named = {
        "image_start_id": "<image>",
        "image_end_id": "</image>",
        "slice_start_id": "<slice>",
        "slice_end_id": "</slice>",
        "newline_id": "<|im_end|>",
    }
    return _like_minicpm(hf.MiniCPMV4_7Config, hf.MiniCPMV4_7Processor, **named)


def _like_minicpm(config_class: Any, processor: Any, **more: str) -> Made:
    named = {
        "image_token": "<|image_pad|>",
        "video_token": "<|video_pad|>",
        "image_start_token": "<image>",
        "image_end_token": "</image>",
        "slice_start_token": "<slice>",
        "slice_end_token": "</slice>",
        "image_id_start_token": "<image_id>",
        "image_id_end_token": "</image_id>",
    }
    tokenizer = words(**named)
    config = config_class(
        text_config=text(tokenizer, "qwen3_5_text", head_dim=8, **_LINEAR),
        vision_config=VISION | {"image_size": 56, "patch_size": 14, "insert_layer_id": 0},
        insert_layer_id=0,
        **ids(tokenizer, image_token_id="<|image_pad|>", video_token_id="<|video_pad|>", **more),
    )
    small = {"scale_resolution": 56, "max_slice_nums": 1}
    images, videos = hf.MiniCPMV4_6ImageProcessor(**small), hf.MiniCPMV4_6VideoProcessor(**small)
    template = chat("<|image_pad|>", "<|video_pad|>")
    return Made(config, processor(images, videos, tokenizer, chat_template=template))


def molmo2() -> Made:
    marks = ("<|image|>", "<|video|>", "<im_start>", "<low_res_im_start>", "<im_end>", "<im_patch>", "<im_col>")
    tokenizer = words(*marks, "<frame_start>", "<frame_end>")
    config = hf.Molmo2Config(
        text_config=text(tokenizer, head_dim=8, vocab_size=len(tokenizer), additional_vocab_size=8),
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "image_size": [SIDE, SIDE],
            "patch_size": PATCH,
            "num_position_embeddings": 16,
        },
        adapter_config={
            "vision_feature_layer": [-1],
            "hidden_size": 32,
            "num_attention_heads": 2,
            "num_key_value_heads": 2,
            "head_dim": 16,
            "intermediate_size": 64,
            "text_hidden_size": 32,
        },
        **ids(
            tokenizer,
            image_start_token_id="<im_start>",
            low_res_image_start_token_id="<low_res_im_start>",
            image_end_token_id="<im_end>",
            image_patch_id="<im_patch>",
            frame_start_token_id="<frame_start>",
            frame_end_token_id="<frame_end>",
        ),
    )
    images = hf.Molmo2ImageProcessor(size=SQUARE, patch_size=PATCH, max_crops=1)
    videos = hf.Molmo2VideoProcessor(size=SQUARE, patch_size=PATCH, pooling_size=[2, 2])
    return Made(config, hf.Molmo2Processor(images, videos, tokenizer, chat_template=chat("<|image|>", "<|video|>")))


def muse_glimmer() -> Made:
    marks = ("<|patch|>", "<|image_start|>", "<|image_end|>", "<|video|>", "<|vid_frame_separator|>")
    tokenizer = words(*marks, "<|vid_start|>", "<|vid_end|>")
    config = hf.MuseGlimmerConfig(
        text_config=text(tokenizer, head_dim=8, sliding_window=64),
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "pos_emb_height": 8,
            "pos_emb_width": 8,
            "max_position_embeddings": 64,
        },
        out_hidden_size=128,
        projector_hidden_size=32,
        **ids(tokenizer, image_token_id="<|patch|>", video_token_id="<|video|>"),
    )
    images, videos = (
        hf.MuseGlimmerImageProcessor(max_image_tokens=4),
        hf.MuseGlimmerVideoProcessor(max_video_frame_tokens=4, return_metadata=True),
    )
    return Made(
        config, hf.MuseGlimmerProcessor(images, videos, tokenizer, chat_template=chat("<|patch|>", "<|video|>"))
    )


def perception_lm() -> Made:
    tokenizer = words(image_token="<|image|>", video_token="<|video|>")
    tower = {
        "model_type": "timm_wrapper",
        "architecture": "vit_pe_core_tiny_patch16_384",
        "model_args": {"embed_dim": 32, "img_size": [64, 64], "depth": 2, "num_heads": 2, "global_pool": ""},
        "num_classes": 0,
    }
    config = hf.PerceptionLMConfig(
        text_config=text(tokenizer, "llama"),
        vision_config=tower,
        projector_pooling_ratio=2,
        **ids(tokenizer, image_token_id="<|image|>", video_token_id="<|video|>"),
    )
    square = {"height": 64, "width": 64}
    processor = hf.PerceptionLMProcessor(
        hf.PerceptionLMVideoProcessor(size=square),
        hf.PerceptionLMImageProcessor(tile_size=64, max_num_tiles=1, vision_input_type="vanilla"),
        tokenizer,
        patch_size=16,
        chat_template=chat("<|image|>", "<|video|>"),
        pooling_ratio=2,
    )
    return Made(config, processor)


def video_llama_3() -> Made:
    tokenizer = words()
    tower = VISION | {"patch_size": 14}
    del tower["image_size"]
    config = hf.VideoLlama3Config(
        text_config=text(tokenizer, "qwen2"),
        vision_config=tower,
        **ids(tokenizer, image_token_id="<|image_pad|>", video_token_id="<|video_pad|>"),
    )
    images = hf.VideoLlama3ImageProcessor(**sizes())
    videos = hf.VideoLlama3VideoProcessor(**sizes(), use_token_compression=False)
    template = chat("<|image_pad|>", "<|video_pad|>")
    return Made(config, hf.VideoLlama3Processor(images, tokenizer, videos, chat_template=template))


def video_llava() -> Made:
    tokenizer = words("<image>", "<video>")
    config = hf.VideoLlavaConfig(
        text_config=text(tokenizer, "llama"),
        vision_config=CLIP,
        **ids(tokenizer, image_token_index="<image>", video_token_index="<video>"),
    )
    processor = hf.VideoLlavaProcessor(
        hf.VideoLlavaImageProcessor(**CROPPED),
        hf.VideoLlavaVideoProcessor(**CROPPED),
        tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        chat_template=chat("<image>", "<video>"),
        num_additional_image_tokens=1,
    )
    return Made(config, processor)
