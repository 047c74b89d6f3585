"""Qwen3-VL through transformers, on the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import Qwen3VLForConditionalGeneration

from lmms_eval_plugins.models.engine.spliced import EncodedVideo
from lmms_eval_plugins.models.families.qwen_vl import Patches, QwenVL
from lmms_eval_plugins.video.decode import Frames


class Qwen3VL(QwenVL):
    """Qwen3-VL: every pair of frames stands behind its time, written out in seconds. Arguments: see `QwenVL`."""

    model_type = "qwen3_vl"
    model_class = Qwen3VLForConditionalGeneration
    token_side = 32

    def frames_and_size(self, frames: Frames) -> tuple[Frames, Mapping[str, int]]:
        """The processor's limits are those of all frames together, and it takes no fewer frames than make a patch."""
        least = self.loaded.processor.video_processor.temporal_patch_size
        if len(frames) < least:
            frames = np.concatenate([frames, frames[-1:].repeat(least - len(frames), axis=0)])
        return frames, {name: limit * len(frames) for name, limit in self._size.items()}

    def encode(self, windows: Sequence[Patches]) -> EncodedVideo:
        """All windows in one go; several layers of the tower are looked at."""
        made = self.loaded.model.model.get_video_features(
            torch.cat([one.pixels for one in windows]).to(self.loaded.model.device),
            torch.tensor([one.grid for one in windows], device=self.loaded.model.device),
        )
        return EncodedVideo(torch.cat(made.pooler_output), [torch.cat(layer) for layer in made.deepstack_features])

    def beside(self, seen: EncodedVideo, video: Tensor) -> Mapping[str, Any]:
        """What those layers of the tower saw is added behind as many of the first layers of the language model."""
        return {"visual_pos_masks": video, "deepstack_visual_embeds": list(seen.layers)}
