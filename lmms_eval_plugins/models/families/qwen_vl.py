"""What Qwen2.5-VL and Qwen3-VL share: frames of any size as patches, with positions in time, height and width."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.engine.checkpoint import DTYPES, Checkpoint
from lmms_eval_plugins.models.engine.memory import Quantization
from lmms_eval_plugins.models.engine.spliced import Shape, SplicedModel, metadata_of
from lmms_eval_plugins.models.engine.transformers_model import Mode, positive
from lmms_eval_plugins.models.engine.windowed import WindowInputs
from lmms_eval_plugins.models.families.qwen_vision import Grid
from lmms_eval_plugins.video.decode import Frames


@dataclass(frozen=True, slots=True)
class Patches:
    """A window as patches of pixels, (patches, values); its grid; seconds from one step of the grid to the next."""

    pixels: Tensor
    grid: Grid
    step_s: float


class QwenVL(SplicedModel):
    """A Qwen-VL from a local folder or the hub, on CPU or GPU.

    Args:
        pretrained: folder of a checkpoint, or its name on the hub.
        revision: branch, tag or commit on the hub.
        device: see `Checkpoint`, as ``device_map``, ``dtype``, ``attn_implementation`` and ``quantization``.
        min_pixels: a frame smaller than so many pixels is enlarged; None is 128 visual tokens.
        max_pixels: a frame larger than so many pixels is reduced; None is 768 visual tokens.
        declared_fps: see `TransformersModel`, as ``threads``, ``mode``, ``batch_size`` and ``answers``.

    Attributes:
        token_side: pixels along the side of a visual token.

    Raises:
        UserError: there is no such checkpoint, it is of another family, or an argument is not valid.
    """

    axes = 3
    token_side: int

    def __init__(
        self,
        pretrained: str | None = None,
        revision: str | None = None,
        device: str | None = None,
        device_map: str | None = None,
        dtype: str | None = None,
        attn_implementation: str | None = None,
        quantization: Quantization | None = None,
        min_pixels: int | None = None,
        max_pixels: int | None = None,
        declared_fps: float | None = None,
        threads: int | None = None,
        mode: Mode = "auto",
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        answers: str | Path | None = None,
    ) -> None:
        least, most = (
            int(positive(name, tokens * self.token_side**2 if given is None else given))
            for name, given, tokens in (("min_pixels", min_pixels, 128), ("max_pixels", max_pixels, 768))
        )
        if least > most:
            raise UserError(f"min_pixels: {least} is more than max_pixels ({most})")
        self._size = {"shortest_edge": least, "longest_edge": most}
        checkpoint = Checkpoint(pretrained, revision, device, device_map, dtype, attn_implementation, quantization)
        super().__init__(checkpoint, declared_fps, threads, mode, batch_size, answers, self._size)

    def frames_and_size(self, frames: Frames) -> tuple[Frames, Mapping[str, int]]:
        """The frames and the limits of their size as the family's processor takes them."""
        return frames, self._size

    def times(self, steps_s: Sequence[float]) -> Mapping[str, Tensor]:
        """What the network is told of the seconds between the steps of some windows."""
        return {}

    def prepare(self, frames: Frames, fps: float) -> WindowInputs:
        """Reduce frames to the pixel limits and cut them into patches."""
        processor, told = self.loaded.processor, self.told_fps(fps)
        frames, size = self.frames_and_size(frames)
        made = processor.video_processor(
            videos=[frames],
            video_metadata=[metadata_of(len(frames), told)],
            do_sample_frames=False,
            size=size,
            cap_pixels_per_frame=False,
            return_metadata=True,
            return_tensors="pt",
        )
        time, height, width = made["video_grid_thw"][0].tolist()
        pixels = made["pixel_values_videos"].to(DTYPES[self._checkpoint.dtype])
        grid = (time, height, width)
        patches = Patches(pixels, grid, processor.video_processor.temporal_patch_size / told)
        return WindowInputs(Shape(processor.replace_video_token(made, 0), grid), patches, pixels.nbytes)

    def whole_inputs(self, batch: Sequence[tuple[WindowInputs, str]]) -> Mapping[str, Any]:
        """The inputs of transformers' documented usage."""
        device = self.loaded.model.device
        patches: list[Patches] = [window.inputs for window, _ in batch]
        tokens = self.padded(batch)
        inputs = {
            **tokens,
            "mm_token_type_ids": torch.tensor(self.loaded.processor.create_mm_token_type_ids(tokens["input_ids"])),
            "pixel_values_videos": torch.cat([one.pixels for one in patches]),
            "video_grid_thw": torch.tensor([one.grid for one in patches]),
            **self.times([one.step_s for one in patches]),
        }
        return {name: values.to(device) for name, values in inputs.items()}

    def positions(self, tokens: Sequence[int], windows: Sequence[Patches]) -> Tensor:
        """Positions in time, height and width: (3, windows, tokens).

        Windows whose frames follow each other at the same rate have the same positions.
        """
        steps = list(dict.fromkeys(one.step_s for one in windows))
        rows = torch.tensor([tokens] * len(steps))
        positions, _ = self.loaded.model.model.get_rope_index(
            rows,
            torch.tensor(self.loaded.processor.create_mm_token_type_ids(rows)),
            video_grid_thw=torch.tensor([windows[0].grid] * len(steps)),
            **self.times(steps),
        )
        of_windows: Tensor = positions[:, [steps.index(one.step_s) for one in windows]]
        return of_windows
