"""LLaVA-OneVision through transformers."""

from __future__ import annotations

from collections.abc import Mapping

from transformers import LlavaOnevisionForConditionalGeneration

from lmms_eval_plugins.models.families.framewise import Framewise


class LlavaOnevision(Framewise):
    """LLaVA-OneVision: frames are squeezed into squares and their tokens thinned by fours; one token ends the video."""

    model_type = "llava_onevision"
    model_class = LlavaOnevisionForConditionalGeneration

    def reduction(self, side: int) -> Mapping[str, object]:
        """Return squares, whatever the shape of a frame."""
        return {"size": {"height": side, "width": side}}
