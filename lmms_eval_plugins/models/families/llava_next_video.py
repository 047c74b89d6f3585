"""LLaVA-NeXT-Video through transformers."""

from __future__ import annotations

from collections.abc import Mapping

from transformers import LlavaNextVideoForConditionalGeneration

from lmms_eval_plugins.models.families.framewise import Framewise


class LlavaNextVideo(Framewise):
    """LLaVA-NeXT-Video: of every frame the square in the middle is seen, its tokens averaged by fours.

    What lies outside that square, a third of a frame of 704 by 1088, is not seen.
    """

    model_type = "llava_next_video"
    model_class = LlavaNextVideoForConditionalGeneration

    def reduction(self, side: int) -> Mapping[str, object]:
        """Reduce the shorter side, and cut the longer one off."""
        return {"size": {"shortest_edge": side}, "crop_size": {"height": side, "width": side}, "do_center_crop": True}
