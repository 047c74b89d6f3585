"""InternVL3 and InternVL3.5 through transformers, on the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from transformers import InternVLForConditionalGeneration

from lmms_eval_plugins.models.families.framewise import FramewiseModel


class InternVL(FramewiseModel):
    """InternVL3 and 3.5 (checkpoints named ``…-hf``): frames are squeezed into squares, each behind its number.

    The language model is the one that the checkpoint's configuration names, mixtures of experts included.
    Arguments: see `FramewiseModel`.
    """

    model_type = "internvl"
    model_class = InternVLForConditionalGeneration
    placeholder = "image_token_id"

    def reduction(self, side: int) -> Mapping[str, Any]:
        """Squares, whatever the shape of a frame; no tiles."""
        return {"size": {"height": side, "width": side}}

    def embeddings(self, pixels: Tensor) -> Tensor:
        """As pictures: the network knows no videos."""
        seen: Tensor = self.loaded.model.model.get_image_features(pixels.flatten(0, 1)).pooler_output
        return seen.flatten(0, 1)

    def pixel_inputs(self, pixels: Tensor) -> Mapping[str, Tensor]:
        """All frames of all windows, one behind the other."""
        return {"pixel_values": pixels.flatten(0, 1)}
