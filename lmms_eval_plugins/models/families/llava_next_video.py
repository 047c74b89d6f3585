"""LLaVA-NeXT-Video through transformers, on the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transformers import LlavaNextVideoForConditionalGeneration

from lmms_eval_plugins.models.families.framewise import FramewiseModel


class LlavaNextVideo(FramewiseModel):
    """LLaVA-NeXT-Video: of every frame the square in the middle is seen, its tokens averaged by fours.

    What lies outside that square, a third of a frame of 704 by 1088, is not seen. Arguments: see `FramewiseModel`.
    """

    model_type = "llava_next_video"
    model_class = LlavaNextVideoForConditionalGeneration

    def reduction(self, side: int) -> Mapping[str, Any]:
        """The shorter side is reduced, the longer one cut off."""
        return {"size": {"shortest_edge": side}, "crop_size": {"height": side, "width": side}, "do_center_crop": True}
