"""What LLaVA-OneVision, LLaVA-NeXT-Video and InternVL share: frames are pictures of one fixed size, without a clock."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Literal

import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel, ProcessorMixin

from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint
from lmms_eval_plugins.models.engine.family import EncodedVideo, ProcessorCall, Shape, processor_inputs
from lmms_eval_plugins.models.engine.windows import WindowInputs
from lmms_eval_plugins.video.decode import Frames


class Framewise(ABC):
    """A family that sees one frame after the other; see `lmms_eval_plugins.models.engine.family.Family`.

    It cannot be given the time of a frame, so there is no ``declared_fps``; the size of its pictures is that of its
    vision tower, so there are no limits of pixels. A prepared window is its pixels, (frames, 3, side, side).
    """

    model_type: str
    model_class: type[PreTrainedModel]
    placeholder = "video_token_id"
    axes: Literal[1] = 1
    changing_answers = (None, None)

    @abstractmethod
    def reduction(self, side: int) -> Mapping[str, object]:
        """Return the processor's arguments that make frames squares of ``side`` pixels."""

    def embeddings(self, loaded: LoadedCheckpoint, pixels: Tensor) -> Tensor:
        """Send pixels, (windows, frames, 3, side, side), through the vision tower: (visual tokens, width).

        As of a video, not of as many pictures: those would be cut into tiles.
        """
        seen: Tensor = loaded.model.model.get_video_features(pixels).pooler_output
        return seen.flatten(0, 1)

    def pixel_inputs(self, pixels: Tensor) -> Mapping[str, Tensor]:
        """Return pixels, (windows, frames, 3, side, side), by the name and in the form that ``generate`` takes."""
        return {"pixel_values_videos": pixels}

    def processor_call(
        self, config: PreTrainedConfig, processor: ProcessorMixin, frames: Frames, fps: float
    ) -> ProcessorCall:
        """Return frames, and how they become squares."""
        side = config.vision_config.image_size
        return ProcessorCall(frames, fps, self.reduction(side if isinstance(side, int) else side[0]))

    def prepare(self, loaded: LoadedCheckpoint, frames: Frames, fps: float) -> WindowInputs:
        """Make every frame a square picture."""
        processor = loaded.processor
        call = self.processor_call(loaded.model.config, processor, frames, fps)
        made = processor.video_processor(**processor_inputs(call.frames, call.fps), **call.arguments)
        pixels = made["pixel_values_videos"][0].to(loaded.dtype).contiguous()
        return WindowInputs(Shape(processor.replace_video_token(made, 0), tuple(pixels.shape)), pixels, pixels.nbytes)

    def generate_inputs(
        self, loaded: LoadedCheckpoint, tokens: Tensor, windows: Sequence[Tensor]
    ) -> Mapping[str, Tensor]:
        """Return the pixels."""
        return self.pixel_inputs(torch.stack(list(windows)))

    def encode(self, loaded: LoadedCheckpoint, windows: Sequence[Tensor]) -> EncodedVideo:
        """Send all frames of all windows through the vision tower at once."""
        return EncodedVideo(self.embeddings(loaded, torch.stack(list(windows)).to(loaded.model.device)))

    def beside(self, seen: EncodedVideo, video: Tensor) -> Mapping[str, object]:
        """Return nothing."""
        return {}

    def positions(self, loaded: LoadedCheckpoint, tokens: Sequence[int], windows: Sequence[Tensor]) -> Tensor:
        """Count the tokens: (1, windows, tokens)."""
        return torch.arange(len(tokens)).expand(1, len(windows), -1)
