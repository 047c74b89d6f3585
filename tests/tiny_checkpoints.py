"""Small random checkpoints of the real classes: they weigh little, answer fast, and know nothing."""

from __future__ import annotations

from pathlib import Path

CORPUS = (
    "YES NO yes no reach reposition transport stabilize idle hand left right patient video frames moving holding",
    "Look at the patient's hand. Does it move? Is an object in that hand? Reply with one word.",
)


def make_tiny_qwen2_5_vl(folder: Path, seed: int = 0) -> Path:
    """A random Qwen2.5-VL (hidden size 64) with its processor, saved in ``folder``.

    The weights are scaled up so that what it says depends on what it sees.
    """
    import torch
    from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration

    from lmms_eval_plugins.demo.model.architecture import SPECIAL_TOKENS, make_processor, make_tokenizer
    from lmms_eval_plugins.demo.model.config import Pictures

    tokenizer = make_tokenizer(CORPUS, 1008)
    ids = {name: tokenizer.convert_tokens_to_ids(name) for name in SPECIAL_TOKENS}
    config = Qwen2_5_VLConfig(
        text_config={
            "vocab_size": len(tokenizer),
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 4096,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 3, 3]},
            "bos_token_id": ids["<|endoftext|>"],
            "eos_token_id": ids["<|im_end|>"],
            "pad_token_id": ids["<|endoftext|>"],
        },
        vision_config={
            "depth": 2,
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_heads": 4,
            "out_hidden_size": 64,
            "fullatt_block_indexes": [1],
            "window_size": 112,
        },
        image_token_id=ids["<|image_pad|>"],
        video_token_id=ids["<|video_pad|>"],
        vision_start_token_id=ids["<|vision_start|>"],
        vision_end_token_id=ids["<|vision_end|>"],
    )
    torch.manual_seed(seed)
    model = Qwen2_5_VLForConditionalGeneration(config).eval()
    with torch.no_grad():
        for weights in model.parameters():
            if weights.dim() > 1:
                weights.mul_(4.0)
    model.generation_config.eos_token_id = ids["<|im_end|>"]
    model.generation_config.pad_token_id = ids["<|endoftext|>"]
    processor = make_processor(tokenizer, Pictures(fps=15, frames=8, min_pixels=3136, max_pixels=12544))
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder
