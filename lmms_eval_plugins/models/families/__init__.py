"""Families of transformers: how frames become a network's input."""

__all__ = [
    "framewise",
    "internvl",
    "llava_next_video",
    "llava_onevision",
    "qwen2_5_vl",
    "qwen3_vl",
    "qwen_vision",
    "qwen_vl",
]
