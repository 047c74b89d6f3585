"""What Qwen2.5-VL and Qwen3-VL share: frames of any size as patches, with positions in time, height and width."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel, ProcessorMixin

from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint
from lmms_eval_plugins.models.engine.family import EncodedVideo, ProcessorCall, Shape, processor_inputs
from lmms_eval_plugins.models.engine.windows import WindowInputs
from lmms_eval_plugins.models.families.qwen_vision import Grid
from lmms_eval_plugins.models.settings import QwenSettings
from lmms_eval_plugins.video.decode import Frames


@dataclass(frozen=True, slots=True)
class Patches:
    """A window as patches of pixels, (patches, values); its grid; seconds from one step of the grid to the next."""

    pixels: Tensor
    grid: Grid
    step_s: float


class QwenVL(ABC):
    """A Qwen-VL; see `lmms_eval_plugins.models.engine.family.Family`. A prepared window is `Patches`.

    Args:
        settings: the limits of a frame's pixels, and the frame rate that the model is given.
    """

    model_type: str
    model_class: type[PreTrainedModel]
    placeholder = "video_token_id"
    axes: Literal[3] = 3

    def __init__(self, settings: QwenSettings) -> None:
        self._size, self._declared_fps = settings.size, settings.declared_fps

    @property
    def changing_answers(self) -> tuple[object, float | None]:
        """The limits of a frame's pixels, and the declared frame rate."""
        return self._size, self._declared_fps

    @abstractmethod
    def encode(self, loaded: LoadedCheckpoint, windows: Sequence[Patches]) -> EncodedVideo:
        """Send windows of one shape through the vision tower."""

    def frames_and_size(self, processor: ProcessorMixin, frames: Frames) -> tuple[Frames, Mapping[str, int]]:
        """Return frames, and the limits of their size, as the family's processor takes them."""
        return frames, self._size

    def times(self, steps_s: Sequence[float]) -> Mapping[str, Tensor]:
        """Return what the network takes of the seconds between the steps of some windows."""
        return {}

    def beside(self, seen: EncodedVideo, video: Tensor) -> Mapping[str, object]:
        """Return nothing."""
        return {}

    def processor_call(
        self, config: PreTrainedConfig, processor: ProcessorMixin, frames: Frames, fps: float
    ) -> ProcessorCall:
        """Return frames with the declared rate, and the pixel limits."""
        frames, size = self.frames_and_size(processor, frames)
        return ProcessorCall(frames, self._declared_fps or fps, {"size": size, "cap_pixels_per_frame": False})

    def prepare(self, loaded: LoadedCheckpoint, frames: Frames, fps: float) -> WindowInputs:
        """Reduce frames to the pixel limits and cut them into patches."""
        processor = loaded.processor
        call = self.processor_call(loaded.model.config, processor, frames, fps)
        inputs = processor_inputs(call.frames, call.fps)
        made = processor.video_processor(**inputs, **call.arguments, return_metadata=True)
        time, height, width = made["video_grid_thw"][0].tolist()
        pixels = made["pixel_values_videos"].to(loaded.dtype)
        grid = (time, height, width)
        patches = Patches(pixels, grid, processor.video_processor.temporal_patch_size / call.fps)
        return WindowInputs(Shape(processor.replace_video_token(made, 0), grid), patches, pixels.nbytes)

    def generate_inputs(
        self, loaded: LoadedCheckpoint, tokens: Tensor, windows: Sequence[Patches]
    ) -> Mapping[str, Tensor]:
        """Return patches, grids and times."""
        return {
            "mm_token_type_ids": torch.tensor(loaded.processor.create_mm_token_type_ids(tokens)),
            "pixel_values_videos": torch.cat([one.pixels for one in windows]),
            "video_grid_thw": torch.tensor([one.grid for one in windows]),
            **self.times([one.step_s for one in windows]),
        }

    def positions(self, loaded: LoadedCheckpoint, tokens: Sequence[int], windows: Sequence[Patches]) -> Tensor:
        """Return positions in time, height and width: (3, windows, tokens).

        Windows whose frames follow each other at the same rate have the same positions.
        """
        steps = list(dict.fromkeys(one.step_s for one in windows))
        rows = torch.tensor([tokens] * len(steps))
        positions, _ = loaded.model.model.get_rope_index(
            rows,
            torch.tensor(loaded.processor.create_mm_token_type_ids(rows)),
            video_grid_thw=torch.tensor([windows[0].grid] * len(steps)),
            **self.times(steps),
        )
        of_windows: Tensor = positions[:, [steps.index(one.step_s) for one in windows]]
        return of_windows
