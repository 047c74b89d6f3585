"""What LLaVA-OneVision, LLaVA-NeXT-Video and InternVL share: frames are pictures of one fixed size, without a clock."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lmms_eval_plugins.models.engine.checkpoint import DTYPES, Checkpoint
from lmms_eval_plugins.models.engine.memory import Quantization
from lmms_eval_plugins.models.engine.spliced import EncodedVideo, Shape, SplicedModel, metadata_of
from lmms_eval_plugins.models.engine.transformers_model import Mode
from lmms_eval_plugins.models.engine.windowed import WindowInputs
from lmms_eval_plugins.video.decode import Frames


class FramewiseModel(SplicedModel):
    """A family that sees one frame after the other, from a local folder or the hub, on CPU or GPU.

    Nothing tells it when a frame was taken, so there is no ``declared_fps``; the size of its pictures is that of its
    vision tower, so there are no limits of pixels.

    Args:
        pretrained: folder of a checkpoint, or its name on the hub.
        revision: branch, tag or commit on the hub.
        device: see `Checkpoint`, as ``device_map``, ``dtype``, ``attn_implementation`` and ``quantization``.
        threads: see `TransformersModel`, as ``mode``, ``batch_size`` and ``answers``.

    Raises:
        UserError: there is no such checkpoint, it is of another family, or an argument is not valid.
    """

    def __init__(
        self,
        pretrained: str | None = None,
        revision: str | None = None,
        device: str | None = None,
        device_map: str | None = None,
        dtype: str | None = None,
        attn_implementation: str | None = None,
        quantization: Quantization | None = None,
        threads: int | None = None,
        mode: Mode = "auto",
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        answers: str | Path | None = None,
    ) -> None:
        checkpoint = Checkpoint(pretrained, revision, device, device_map, dtype, attn_implementation, quantization)
        super().__init__(checkpoint, None, threads, mode, batch_size, answers, None)

    @abstractmethod
    def reduction(self, side: int) -> Mapping[str, Any]:
        """What the processor is told so that frames become squares of ``side`` pixels."""

    def embeddings(self, pixels: Tensor) -> Tensor:
        """What the vision tower makes of pixels, (windows, frames, 3, side, side): (visual tokens, width).

        As of a video, not of as many pictures: those would be cut into tiles.
        """
        seen: Tensor = self.loaded.model.model.get_video_features(pixels).pooler_output
        return seen.flatten(0, 1)

    def pixel_inputs(self, pixels: Tensor) -> Mapping[str, Tensor]:
        """The pixels, (windows, frames, 3, side, side), by the name and in the form that ``generate`` takes."""
        return {"pixel_values_videos": pixels}

    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        """Make every frame a square picture."""
        processor, side = self.loaded.processor, self.loaded.model.config.vision_config.image_size
        made = processor.video_processor(
            videos=[frames],
            video_metadata=[metadata_of(len(frames), fps)],
            do_sample_frames=False,
            return_tensors="pt",
            **self.reduction(side if isinstance(side, int) else side[0]),
        )
        pixels = made["pixel_values_videos"][0].to(DTYPES[self._checkpoint.dtype])
        return WindowInputs(Shape(processor.replace_video_token(made, 0), tuple(pixels.shape)), pixels, pixels.nbytes)

    def whole_inputs(self, batch: Sequence[tuple[WindowInputs, str]]) -> Mapping[str, Any]:
        """The inputs of transformers' documented usage."""
        pixels = torch.stack([window.inputs for window, _ in batch])
        inputs = {**self.padded(batch), **self.pixel_inputs(pixels)}
        return {name: values.to(self.loaded.model.device) for name, values in inputs.items()}

    def encode(self, windows: Sequence[Tensor]) -> EncodedVideo:
        """All frames of all windows in one go."""
        return EncodedVideo(self.embeddings(torch.stack(list(windows)).to(self.loaded.model.device)))

    def positions(self, tokens: Sequence[int], windows: Sequence[Tensor]) -> Tensor:
        """One behind the other: (1, windows, tokens)."""
        return torch.arange(len(tokens)).expand(1, len(windows), -1)
