"""Qwen2.5-VL through transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from transformers import Qwen2_5_VLForConditionalGeneration

from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint
from lmms_eval_plugins.models.engine.family import EncodedVideo
from lmms_eval_plugins.models.families.qwen_vision import Tower
from lmms_eval_plugins.models.families.qwen_vl import Patches, QwenVL
from lmms_eval_plugins.models.settings import Qwen25Settings


class Qwen25VL(QwenVL):
    """Qwen2.5-VL: pairs of frames, whose positions in time come from the declared rate."""

    model_type = "qwen2_5_vl"
    model_class = Qwen2_5_VLForConditionalGeneration

    def __init__(self, settings: Qwen25Settings) -> None:
        super().__init__(settings)
        self._tower: Tower | None = None

    def times(self, steps_s: Sequence[float]) -> Mapping[str, Tensor]:
        """Return seconds, which become positions, rounded down."""
        return {"second_per_grid_ts": torch.tensor(steps_s)}

    def encode(self, loaded: LoadedCheckpoint, windows: Sequence[Patches]) -> EncodedVideo:
        """Send all windows through the vision tower at once."""
        if self._tower is None:
            self._tower = Tower(loaded.model.model.visual)
        pixels = torch.cat([one.pixels.to(loaded.model.device) for one in windows])
        return EncodedVideo(self._tower.encode(pixels, [one.grid for one in windows]))
