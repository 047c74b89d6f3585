"""InternVL3 and InternVL3.5 through transformers."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor
from transformers import InternVLForConditionalGeneration

from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint
from lmms_eval_plugins.models.families.framewise import Framewise


class InternVL(Framewise):
    """InternVL3 and 3.5 (checkpoints named ``…-hf``): frames are squeezed into squares, each behind its number.

    The language model is the one that the checkpoint's configuration names, mixtures of experts included.
    """

    model_type = "internvl"
    model_class = InternVLForConditionalGeneration
    placeholder = "image_token_id"

    def reduction(self, side: int) -> Mapping[str, object]:
        """Return squares, whatever the shape of a frame; no tiles."""
        return {"size": {"height": side, "width": side}}

    def embeddings(self, loaded: LoadedCheckpoint, pixels: Tensor) -> Tensor:
        """Encode frames as pictures: the network knows no videos."""
        seen: Tensor = loaded.model.model.get_image_features(pixels.flatten(0, 1)).pooler_output
        return seen.flatten(0, 1)

    def pixel_inputs(self, pixels: Tensor) -> Mapping[str, Tensor]:
        """Return all frames of all windows, one behind the other."""
        return {"pixel_values": pixels.flatten(0, 1)}
