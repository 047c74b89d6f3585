"""Qwen2.5-VL through transformers, on the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property

import torch
from torch import Tensor
from transformers import Qwen2_5_VLForConditionalGeneration

from lmms_eval_plugins.models.engine.spliced import EncodedVideo
from lmms_eval_plugins.models.families.qwen_vision import Tower
from lmms_eval_plugins.models.families.qwen_vl import Patches, QwenVL


class WindowedQwen2_5_VL(QwenVL):
    """Qwen2.5-VL: pairs of frames, whose positions in time come from the declared rate. Arguments: see `QwenVL`."""

    model_type = "qwen2_5_vl"
    model_class = Qwen2_5_VLForConditionalGeneration
    token_side = 28

    def times(self, steps_s: Sequence[float]) -> Mapping[str, Tensor]:
        """Seconds, which become positions, rounded down."""
        return {"second_per_grid_ts": torch.tensor(steps_s)}

    def encode(self, windows: Sequence[Patches]) -> EncodedVideo:
        """All windows in one go."""
        pixels = torch.cat([one.pixels.to(self.loaded.model.device) for one in windows])
        return EncodedVideo(self._tower.encode(pixels, [one.grid for one in windows]))

    @cached_property
    def _tower(self) -> Tower:
        return Tower(self.loaded.model.model.visual)
