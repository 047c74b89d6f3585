"""Tiny checkpoints of architectures that see the frames of a window as pictures, one after the other."""

from __future__ import annotations

import transformers as hf

from tests.support.architectures.parts import (
    CLIP,
    CROPPED,
    PATCH,
    PATCHES,
    SIDE,
    SIGLIP,
    SQUARE,
    VISION,
    Made,
    chat,
    ids,
    text,
    words,
)


def aria() -> Made:
    tokenizer = words(image_token="<|img|>")
    config = hf.AriaConfig(
        text_config=text(tokenizer, moe_num_experts=4),
        vision_config=VISION | {"model_type": "idefics3_vision", "image_size": 980, "patch_size": 70},
        projector_patch_to_query_dict={49: 4, 196: 8},
        **ids(tokenizer, image_token_index="<|img|>"),
    )
    images = hf.AriaImageProcessor(max_image_size=490, min_image_size=336)
    made = hf.AriaProcessor(images, tokenizer, chat("<|img|>"), size_conversion={490: 4, 980: 8})
    return Made(config, made)


def aya_vision() -> Made:
    named = ("<image>", "<|START_OF_IMG|>", "<|END_OF_IMG|>", "<|IMG_PATCH|>", "<|IMG_LINE_BREAK|>", "TILE_GLOBAL")
    tokenizer = words(*named)
    config = hf.AyaVisionConfig(
        text_config=text(tokenizer, "cohere2", sliding_window=64, head_dim=8, layer_types=MIXED),
        vision_config=SIGLIP,
        downsample_factor=2,
        **ids(tokenizer, image_token_index="<|IMG_PATCH|>"),
    )
    images = hf.GotOcr2ImageProcessor(size=SQUARE, max_patches=2)
    processor = hf.AyaVisionProcessor(
        images, tokenizer, patch_size=PATCH, img_size=SIDE, downsample_factor=2, chat_template=chat("<image>")
    )
    return Made(config, processor)


def cohere2_vision() -> Made:
    named = {
        "boi_token": "<|START_OF_IMG|>",
        "eoi_token": "<|END_OF_IMG|>",
        "image_token": "<|IMG_PATCH|>",
        "img_line_break_token": "<|IMG_LINE_BREAK|>",
    }
    tokenizer = words(**named)
    config = hf.Cohere2VisionConfig(
        text_config=text(tokenizer, "cohere2", sliding_window=64, head_dim=8, layer_types=MIXED),
        vision_config=SIGLIP,
        downsample_factor=2,
        alignment_intermediate_size=64,
        tie_word_embeddings=False,
        **ids(tokenizer, image_token_id="<|IMG_PATCH|>"),
    )
    images = hf.Cohere2VisionImageProcessor(size=SQUARE, patch_size=2, max_patches=2)
    return Made(config, hf.Cohere2VisionProcessor(images, tokenizer, chat("<|IMG_PATCH|>")))


def deepseek_vl() -> Made:
    tokenizer = words(image_token="<image_placeholder>")
    config = hf.DeepseekVLConfig(
        text_config=text(tokenizer, "llama"),
        vision_config=SIGLIP,
        tie_word_embeddings=False,
        **ids(tokenizer, image_token_id="<image_placeholder>"),
    )
    images = hf.DeepseekVLImageProcessor(size=SQUARE)
    return Made(config, hf.DeepseekVLProcessor(images, tokenizer, chat("<image_placeholder>"), PATCHES))


def deepseek_vl_hybrid() -> Made:
    tokenizer = words(image_token="<image_placeholder>")
    config = hf.DeepseekVLHybridConfig(
        text_config=text(tokenizer, "llama"),
        vision_config=SIGLIP,
        high_res_vision_config={
            "hidden_size": 32,
            "mlp_dim": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "image_size": 4 * SIDE,
            "patch_size": PATCH,
            "output_channels": 16,
            "window_size": 2,
            "global_attn_indexes": [1],
        },
        tie_word_embeddings=False,
        **ids(tokenizer, image_token_id="<image_placeholder>"),
    )
    fine = {"high_res_size": {"height": 4 * SIDE, "width": 4 * SIDE}}
    images = hf.DeepseekVLHybridImageProcessor(size=SQUARE, **fine)
    return Made(config, hf.DeepseekVLHybridProcessor(images, tokenizer, chat("<image_placeholder>"), PATCHES))


def emu3() -> Made:
    named = {
        "image_token": "<image>",
        "boi_token": "<|image start|>",
        "eoi_token": "<|image end|>",
        "image_wrapper_token": "<|image token|>",
        "eof_token": "<|extra_201|>",
        "eol_token": "<|extra_200|>",
    }
    tokenizer = words(*(f"<|visual token {number:06d}|>" for number in range(8)), **named)
    tokenizer.bos_token = "<|endoftext|>"
    config = hf.Emu3Config(
        text_config=text(tokenizer),
        vq_config={
            "codebook_size": 8,
            "embed_dim": 4,
            "latent_channels": 4,
            "base_channels": 32,
            "channel_multiplier": [1, 1, 1, 1],
            "num_res_blocks": 1,
            "hidden_size": 32,
        },
        vocabulary_map=tokenizer.get_vocab(),
    )
    images = hf.Emu3ImageProcessor(min_pixels=SIDE * SIDE, max_pixels=4 * SIDE * SIDE)
    return Made(config, hf.Emu3Processor(images, tokenizer, chat("<image>")))


def fast_vlm() -> Made:
    tokenizer = words("<image>")
    tower = {
        "model_type": "timm_wrapper",
        "architecture": "fastvit_mci3",
        "do_pooling": True,
        "model_args": {"embed_dims": [8, 16, 16, 32, 32], "layers": [1, 1, 1, 1, 1], "inference_mode": True},
        "hidden_size": 64,
        "num_classes": 0,
    }
    config = hf.FastVlmConfig(
        text_config=text(tokenizer, "qwen2"), vision_config=tower, **ids(tokenizer, image_token_index="<image>")
    )
    images = hf.CLIPImageProcessor(size={"shortest_edge": 128}, crop_size={"height": 128, "width": 128})
    return Made(config, hf.LlavaProcessor(images, tokenizer, 64, "full", chat_template=chat("<image>")))


def gemma3() -> Made:
    named = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
    tokenizer = words(**named)
    config = hf.Gemma3Config(
        text_config=text(tokenizer, rope_parameters=None, sliding_window=64, head_dim=8, layer_types=MIXED),
        vision_config=SIGLIP,
        mm_tokens_per_image=4,
        tie_word_embeddings=False,
        **ids(
            tokenizer,
            boi_token_index="<start_of_image>",
            eoi_token_index="<end_of_image>",
            image_token_index="<image_soft_token>",
        ),
    )
    images = hf.Gemma3ImageProcessor(size=SQUARE)
    return Made(config, hf.Gemma3Processor(images, tokenizer, chat("<start_of_image>"), image_seq_length=4))


MIXED = ["sliding_attention", "full_attention"]
"""The kinds of attention of two layers, as families have them that look at all only here and there."""


def granite4_vision() -> Made:
    tokenizer = words("<image>")
    config = hf.Granite4VisionConfig(
        text_config=text(tokenizer),
        vision_config=SIGLIP | {"hidden_size": 64},
        vision_feature_select_strategy="full",
        image_grid_pinpoints=[[SIDE, SIDE]],
        downsample_rate="2/4",
        deepstack_layer_map=[[-1, 0]],
        spatial_target_layers=[1],
        qformer_config={
            "model_type": "blip_2_qformer",
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 1,
            "num_attention_heads": 2,
            "encoder_hidden_size": 32,
        },
        **ids(tokenizer, image_token_index="<image>"),
    )
    images = hf.LlavaNextImageProcessor(**CROPPED, image_grid_pinpoints=[[SIDE, SIDE]])
    processor = hf.Granite4VisionProcessor(
        images, tokenizer, PATCH, "full", chat_template=chat("<image>"), downsample_rate="2/4"
    )
    return Made(config, processor)


def idefics2() -> Made:
    tokenizer = words("<end_of_utterance>", image_token="<image>", image_boundary_token="<fake_token_around_image>")
    config = hf.Idefics2Config(
        text_config=text(tokenizer, "mistral", sliding_window=None),
        vision_config=VISION,
        perceiver_config={
            "hidden_size": 32,
            "resampler_n_latents": 4,
            "resampler_depth": 1,
            "resampler_n_heads": 4,
            "resampler_head_dim": 8,
            "num_key_value_heads": 2,
        },
        **ids(tokenizer, image_token_id="<image>"),
    )
    images = hf.Idefics2ImageProcessor(size={"shortest_edge": SIDE // 2, "longest_edge": SIDE})
    return Made(config, hf.Idefics2Processor(images, tokenizer, image_seq_len=4, chat_template=chat("<image>")))


def idefics3() -> Made:
    tokenizer = words("<end_of_utterance>", "<image>", "<fake_token_around_image>", "<global-img>", *TILES)
    config = hf.Idefics3Config(
        text_config=text(tokenizer, "llama"),
        vision_config=VISION,
        scale_factor=2,
        **ids(tokenizer, image_token_id="<image>"),
    )
    images = hf.Idefics3ImageProcessor(size={"longest_edge": 2 * SIDE}, max_image_size={"longest_edge": SIDE})
    return Made(config, hf.Idefics3Processor(images, tokenizer, image_seq_len=4, chat_template=chat("<image>")))


TILES = tuple(f"<row_{row}_col_{column}>" for row in range(1, 7) for column in range(1, 7))


def janus() -> Made:
    tokenizer = words(image_token="<image_placeholder>", boi_token="<begin_of_image>", eoi_token="<end_of_image>")
    config = hf.JanusConfig(
        text_config=text(tokenizer, "llama"),
        vision_config=VISION | {"projection_dim": 32, "num_image_tokens": PATCHES, "mlp_ratio": 2.0},
        vq_config={
            "embed_dim": 4,
            "num_embeddings": 8,
            "latent_channels": 32,
            "base_channels": 32,
            "channel_multiplier": [1, 1],
            "num_res_blocks": 1,
            "num_patches": 4,
            "projection_dim": 32,
            "image_token_embed_dim": 32,
        },
        tie_word_embeddings=False,
        **ids(tokenizer, image_token_id="<image_placeholder>"),
    )
    images = hf.JanusImageProcessor(size=SQUARE)
    processor = hf.JanusProcessor(images, tokenizer, chat("<image_placeholder>"), num_image_tokens=PATCHES)
    return Made(config, processor)


def lfm2_vl() -> Made:
    tokenizer = words(
        "<|img_row_1_col_1|>",
        image_token="<image>",
        image_start_token="<|image_start|>",
        image_end_token="<|image_end|>",
        image_thumbnail_token="<|img_thumbnail|>",
    )
    siglip = {name: value for name, value in VISION.items() if name != "image_size"}
    config = hf.Lfm2VlConfig(
        text_config=text(tokenizer, "lfm2", layer_types=["conv", "full_attention"], block_auto_adjust_ff_dim=False),
        vision_config=siglip | {"model_type": "siglip2_vision_model", "num_patches": 64, "vision_use_head": False},
        projector_hidden_size=32,
        **ids(tokenizer, image_token_id="<image>"),
    )
    images = hf.Lfm2VlImageProcessor(
        encoder_patch_size=PATCH, tile_size=SIDE, min_image_tokens=1, max_image_tokens=4, do_image_splitting=False
    )
    return Made(config, hf.Lfm2VlProcessor(images, tokenizer, chat("<image>")))


def llama4() -> Made:
    tokenizer = words(
        "<|image|>", "<|image_start|>", "<|image_end|>", "<|patch|>", "<|tile_x_separator|>", "<|tile_y_separator|>"
    )
    config = hf.Llama4Config(
        text_config=text(
            tokenizer, head_dim=8, intermediate_size_mlp=64, num_local_experts=2, attention_chunk_size=1024
        ),
        vision_config=VISION
        | {"vision_output_dim": 32, "projector_input_dim": 32, "projector_output_dim": 32, "intermediate_size": 128},
        **ids(
            tokenizer,
            boi_token_index="<|image_start|>",
            eoi_token_index="<|image_end|>",
            image_token_index="<|patch|>",
        ),
    )
    images = hf.Llama4ImageProcessor(size=SQUARE, max_patches=1)
    processor = hf.Llama4Processor(images, tokenizer, patch_size=PATCH, chat_template=chat("<|image|>"))
    return Made(config, processor)


def llava() -> Made:
    tokenizer = words("<image>")
    config = hf.LlavaConfig(
        text_config=text(tokenizer, "llama"), vision_config=CLIP, **ids(tokenizer, image_token_index="<image>")
    )
    return Made(config, _llava_processor(tokenizer))


def llava_next() -> Made:
    tokenizer = words("<image>")
    config = hf.LlavaNextConfig(
        text_config=text(tokenizer, "mistral", sliding_window=None),
        vision_config=CLIP,
        image_grid_pinpoints=[[SIDE, 2 * SIDE], [2 * SIDE, SIDE]],
        **ids(tokenizer, image_token_index="<image>"),
    )
    images = hf.LlavaNextImageProcessor(**CROPPED, image_grid_pinpoints=config.image_grid_pinpoints)
    processor = hf.LlavaNextProcessor(
        images, tokenizer, PATCH, "default", chat_template=chat("<image>"), num_additional_image_tokens=1
    )
    return Made(config, processor)


def pixtral() -> Made:
    """LLaVA's class on Pixtral's tower, as Pixtral's own checkpoints are."""
    tokenizer = words("[IMG]", "[IMG_BREAK]", "[IMG_END]")
    config = hf.LlavaConfig(
        text_config=text(tokenizer, "mistral", sliding_window=None, head_dim=8),
        vision_config=VISION | {"model_type": "pixtral", "image_size": 2 * SIDE},
        vision_feature_layer=-1,
        vision_feature_select_strategy="full",
        **ids(tokenizer, image_token_index="[IMG]"),
    )
    images = hf.PixtralImageProcessor(size={"longest_edge": SIDE}, patch_size={"height": PATCH, "width": PATCH})
    return Made(config, hf.PixtralProcessor(images, tokenizer, PATCH, chat_template=chat("[IMG]")))


def mistral3() -> Made:
    tokenizer = words("[IMG]", "[IMG_BREAK]", "[IMG_END]")
    config = hf.Mistral3Config(
        text_config=text(tokenizer, "mistral", sliding_window=None, head_dim=8),
        vision_config=VISION | {"model_type": "pixtral", "image_size": 2 * SIDE},
        **ids(tokenizer, image_token_index="[IMG]"),
    )
    twice = {"height": 2 * PATCH, "width": 2 * PATCH}
    images = hf.PixtralImageProcessor(size={"longest_edge": 2 * SIDE}, patch_size=twice)
    return Made(config, hf.PixtralProcessor(images, tokenizer, PATCH, 2, chat_template=chat("[IMG]")))


def mistral_large4() -> Made:
    tokenizer = words("[IMG]", "[IMG_BREAK]", "[IMG_END]")
    language = text(
        tokenizer,
        num_key_value_heads=4,
        moe_intermediate_size=32,
        n_routed_experts=4,
        num_experts_per_tok=2,
        kv_lora_rank=16,
        qk_rope_head_dim=8,
        qk_nope_head_dim=8,
        v_head_dim=8,
        head_dim=8,
        index_head_dim=16,
        index_n_heads=2,
    )
    config = hf.MistralLarge4Config(
        text_config=language,
        vision_config=VISION | {"model_type": "pixtral", "image_size": 2 * SIDE},
        **ids(tokenizer, image_token_index="[IMG]"),
    )
    twice = {"height": 2 * PATCH, "width": 2 * PATCH}
    images = hf.PixtralImageProcessor(size={"longest_edge": 2 * SIDE}, patch_size=twice)
    return Made(config, hf.PixtralProcessor(images, tokenizer, PATCH, 2, chat_template=chat("[IMG]")))


def mllama() -> Made:
    tokenizer = words("<|image|>", "<|python_tag|>")
    tokenizer.bos_token = "<|endoftext|>"
    config = hf.MllamaConfig(
        text_config=text(tokenizer, cross_attention_layers=[1]),
        vision_config={
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_global_layers": 1,
            "attention_heads": 2,
            "image_size": SIDE,
            "patch_size": PATCH,
            "max_num_tiles": 1,
            "intermediate_layers_indices": [0],
            "vision_output_dim": 64,
            "supported_aspect_ratios": [[1, 1]],
        },
        **ids(tokenizer, image_token_index="<|image|>"),
    )
    images = hf.MllamaImageProcessor(size=SQUARE, max_image_tiles=1)
    return Made(config, hf.MllamaProcessor(images, tokenizer, chat("<|image|>")))


def ovis2() -> Made:
    visual = [f"<|visual_{number}|>" for number in range(5)]
    tokenizer = words(
        "<image>", "<IMG_ATOM>", "<IMG_START>", "<IMG_GRID>", "<IMG_COL>", "<IMG_ROW>", "<IMG_END>", *visual
    )
    config = hf.Ovis2Config(
        text_config=text(tokenizer, "qwen2"),
        vision_config=VISION | {"vocab_size": 64, "hidden_stride": 2, "num_visual_indicator_tokens": 5},
        visual_indicator_token_ids=[tokenizer.convert_tokens_to_ids(token) for token in visual],
        vocab_size=len(tokenizer),
        hidden_size=32,
        tie_word_embeddings=False,
        **ids(tokenizer, image_token_id="<IMG_ATOM>"),
    )
    images = hf.Ovis2ImageProcessor(size=SQUARE)
    return Made(config, hf.Ovis2Processor(images, tokenizer, chat("<image>"), image_seq_length=4))


def paligemma() -> Made:
    tokenizer = words(image_token="<image>")
    tokenizer.bos_token = "<|endoftext|>"
    config = hf.PaliGemmaConfig(
        text_config=text(tokenizer, "gemma", head_dim=8),
        vision_config=SIGLIP | {"projection_dim": 32},
        projection_dim=32,
        tie_word_embeddings=False,
        **ids(tokenizer, image_token_index="<image>"),
    )
    images = hf.SiglipImageProcessor(size=SQUARE)
    images.image_seq_length = PATCHES
    return Made(config, hf.PaliGemmaProcessor(images, tokenizer, chat("<image>")))


def vipllava() -> Made:
    tokenizer = words("<image>")
    config = hf.VipLlavaConfig(
        text_config=text(tokenizer, "llama"),
        vision_config=CLIP,
        vision_feature_layers=[-2, -1],
        **ids(tokenizer, image_token_index="<image>"),
    )
    return Made(config, _llava_processor(tokenizer))


def _llava_processor(tokenizer) -> hf.LlavaProcessor:  # type: ignore[no-untyped-def]
    images = hf.CLIPImageProcessor(**CROPPED)
    return hf.LlavaProcessor(
        images, tokenizer, PATCH, "default", chat_template=chat("<image>"), num_additional_image_tokens=1
    )
