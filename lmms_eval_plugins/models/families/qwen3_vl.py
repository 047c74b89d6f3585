"""Qwen3-VL through transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from transformers import ProcessorMixin, Qwen3VLForConditionalGeneration

from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint
from lmms_eval_plugins.models.engine.family import EncodedVideo, whole_patch
from lmms_eval_plugins.models.families.qwen_vl import Patches, QwenVL
from lmms_eval_plugins.video.decode import Frames


class Qwen3VL(QwenVL):
    """Qwen3-VL: every pair of frames stands behind its time, written out in seconds."""

    model_type = "qwen3_vl"
    model_class = Qwen3VLForConditionalGeneration

    def frames_and_size(self, processor: ProcessorMixin, frames: Frames) -> tuple[Frames, Mapping[str, int]]:
        """Multiply the limits, which are those of all frames together, and give no fewer frames than make a patch."""
        frames = whole_patch(processor, frames)
        return frames, {name: limit * len(frames) for name, limit in self._size.items()}

    def encode(self, loaded: LoadedCheckpoint, windows: Sequence[Patches]) -> EncodedVideo:
        """Send all windows through the vision tower at once, and keep what several of its layers made of them."""
        made = loaded.model.model.get_video_features(
            torch.cat([one.pixels for one in windows]).to(loaded.model.device),
            torch.tensor([one.grid for one in windows], device=loaded.model.device),
        )
        return EncodedVideo(torch.cat(made.pooler_output), [torch.cat(layer) for layer in made.deepstack_features])

    def beside(self, seen: EncodedVideo, video: Tensor) -> Mapping[str, object]:
        """Return what those layers saw; it is added behind as many of the first layers of the language model."""
        return {"visual_pos_masks": video, "deepstack_visual_embeds": list(seen.layers)}
