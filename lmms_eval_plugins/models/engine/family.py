"""What a family of transformers knows: how frames become its network's input, and how the network takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel, ProcessorMixin

from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint
from lmms_eval_plugins.models.engine.windows import WindowInputs
from lmms_eval_plugins.video.decode import Frames

Prepared = Any  # a family's own: pixels, or patches with their grid
"""The inputs of a prepared window (`WindowInputs.inputs`)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What windows of one batch have in common.

    Attributes:
        text: what stands in the prompt where the video goes: placeholders, and what the family writes between them.
        size: of the window as the vision tower takes it.
    """

    text: str
    size: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EncodedVideo:
    """What the vision tower made of some windows.

    Attributes:
        embeddings: what goes in the place of the placeholders, (visual tokens of all windows, width).
        layers: what else it made of them, for a family that uses it; each as large as ``embeddings``.
    """

    embeddings: Tensor
    layers: Sequence[Tensor] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ProcessorCall:
    """What a checkpoint's processor is given of a window, in this process or in another one.

    Attributes:
        frames: RGB, (frames, height, width, 3), uint8.
        fps: frames per second at which they follow each other, as the model is told.
        arguments: the family's own; plain values.
    """

    frames: Frames
    fps: float
    arguments: Mapping[str, Any] = field(default_factory=dict)  # a processor's own


class Family(Protocol):
    """A family whose prompt has placeholder tokens, in whose place goes what the vision tower makes of the video.

    What it prepares of a window is its own affair; it gets it back as ``windows``.

    Attributes:
        model_type: the family's name in a checkpoint's configuration.
        model_class: transformers' class.
        placeholder: what the model's configuration calls the id of the placeholder token.
    """

    model_type: str
    model_class: type[PreTrainedModel]
    placeholder: str

    @property
    def axes(self) -> Literal[1, 3]:
        """Return how many positions a token has: 1, or 3 for time, height and width."""

    @property
    def changing_answers(self) -> tuple[object, float | None]:
        """The family's own settings that change answers, and the declared frame rate; part of the fingerprint."""

    def processor_call(
        self, config: PreTrainedConfig, processor: ProcessorMixin, frames: Frames, fps: float
    ) -> ProcessorCall:
        """Return what the processor is given of a window's frames.

        Args:
            config: the checkpoint's configuration.
            processor: the checkpoint's processor.
            frames: RGB, (frames, height, width, 3), uint8.
            fps: frames per second at which they follow each other.
        """

    def prepare(self, loaded: LoadedCheckpoint, frames: Frames, fps: float) -> WindowInputs:
        """Make of frames what the vision tower takes; the shape is a `Shape`.

        Args:
            loaded: model and processor.
            frames: RGB, (frames, height, width, 3), uint8.
            fps: frames per second at which they follow each other.
        """

    def encode(self, loaded: LoadedCheckpoint, windows: Sequence[Prepared]) -> EncodedVideo:
        """Send windows of one shape through the vision tower."""

    def beside(self, seen: EncodedVideo, video: Tensor) -> Mapping[str, object]:
        """Return what else the language model takes; ``video`` is True at the placeholders, (windows, tokens)."""

    def positions(self, loaded: LoadedCheckpoint, tokens: Sequence[int], windows: Sequence[Prepared]) -> Tensor:
        """Return the positions of the same tokens behind some windows: (axes, windows, tokens)."""

    def generate_inputs(
        self, loaded: LoadedCheckpoint, tokens: Tensor, windows: Sequence[Prepared]
    ) -> Mapping[str, Tensor]:
        """Return what ``generate`` takes beside the tokens of prompts, (windows, tokens), each with its own window."""


def whole_patch(processor: ProcessorMixin, frames: Frames) -> Frames:
    """Repeat the last frame where there are fewer than make a patch, which some processors see to themselves."""
    missing = (getattr(processor.video_processor, "temporal_patch_size", None) or 1) - len(frames)
    return np.concatenate([frames, frames[-1:].repeat(missing, axis=0)]) if missing > 0 else frames


def processor_inputs(frames: Frames, fps: float) -> dict[str, Any]:
    """Return what every video processor takes of frames that follow each other at a rate.

    Each pixel's colours stay side by side in memory: a processor that is given an array turns them apart at full size,
    which takes longer than to make the frames smaller. What it makes of them is the same.
    """
    return {
        "videos": [torch.from_numpy(frames).permute(0, 3, 1, 2)],
        "input_data_format": "channels_first",
        "video_metadata": [{"fps": fps, "total_num_frames": len(frames), "frames_indices": list(range(len(frames)))}],
        "do_sample_frames": False,
        "return_tensors": "pt",
    }
