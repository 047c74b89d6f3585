"""LLaVA-OneVision through transformers, on the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from transformers import LlavaOnevisionForConditionalGeneration

from lmms_eval_plugins.models.families.framewise import FramewiseModel


class LlavaOnevision(FramewiseModel):
    """LLaVA-OneVision: frames are squeezed into squares and their tokens thinned by fours; one token ends the video.

    Arguments: see `FramewiseModel`.
    """

    model_type = "llava_onevision"
    model_class = LlavaOnevisionForConditionalGeneration

    def reduction(self, side: int) -> Mapping[str, Any]:
        """Squares, whatever the shape of a frame."""
        return {"size": {"height": side, "width": side}}
