"""V-JEPA 2 and VideoMAE through transformers: what each takes of a window, and how its layers are numbered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from transformers import (
    PreTrainedConfig,
    PreTrainedModel,
    VideoMAEModel,
    VideoMAEVideoProcessor,
    VJEPA2Model,
    VJEPA2VideoProcessor,
)
from transformers.video_processing_utils import BaseVideoProcessor

from lmms_eval_plugins.video.decode import Frames


@dataclass(frozen=True, slots=True)
class EncoderNetwork:
    """A network of transformers that takes a video and no words.

    Attributes:
        model_class, processor_class: transformers' own.
        pixels: what the network calls its input.
        fixed_frames: the key of its configuration with the number of frames that it takes; None where any number of
            whole tubelets will do.
        beside: what else it is told at every pass.
    """

    model_class: type[PreTrainedModel]
    processor_class: type[BaseVideoProcessor]
    pixels: str
    fixed_frames: str | None = None
    beside: Mapping[str, object] = field(default_factory=dict)

    def frames_taken(self, config: PreTrainedConfig, there: int) -> int:
        """Return how many frames the network takes of a window with so many."""
        if self.fixed_frames is not None:
            return int(getattr(config, self.fixed_frames))
        tubelet = int(config.tubelet_size)
        return -(-there // tubelet) * tubelet


NETWORKS = {
    "vjepa2": EncoderNetwork(VJEPA2Model, VJEPA2VideoProcessor, "pixel_values_videos", beside={"skip_predictor": True}),
    "videomae": EncoderNetwork(VideoMAEModel, VideoMAEVideoProcessor, "pixel_values", fixed_frames="num_frames"),
}
"""A network's name in a checkpoint's configuration → what is known of it."""


def nearest_frames(frames: Frames, wanted: int) -> Frames:
    """Return so many frames: of each equal part of the window the one at its middle, repeated where there are fewer."""
    there = len(frames)
    return frames if there == wanted else frames[((np.arange(wanted) + 0.5) * there / wanted).astype(int)]


def layer_means(
    network: EncoderNetwork, model: PreTrainedModel, pixels: Tensor, layers: Sequence[int]
) -> dict[int, Tensor]:
    """Send windows through a network, and return number of a layer → mean of its output over all tokens.

    Layers are numbered from 1. The last one's output is the network's own, ``last_hidden_state``, behind the norm that
    the network ends with where it does; no layer's output is kept but as its mean.

    Args:
        network: what is known of it.
        model: the network.
        pixels: (windows, frames, 3, side, side).
        layers: numbers of the layers.

    Returns:
        Of each layer (windows, width), float32.
    """
    blocks: Sequence[torch.nn.Module] = model.encoder.layer
    means: dict[int, Tensor] = {}

    def keep(layer: int, output: object) -> None:
        states = output[0] if isinstance(output, tuple) else output
        assert isinstance(states, Tensor)
        means[layer] = states.mean(1, dtype=torch.float32)

    hooks = [
        blocks[layer - 1].register_forward_hook(lambda _block, _given, output, layer=layer: keep(layer, output))
        for layer in layers
        if layer < len(blocks)
    ]
    try:
        last = model(**{network.pixels: pixels}, **network.beside).last_hidden_state
    finally:
        for hook in hooks:
            hook.remove()
    if len(blocks) in layers:
        keep(len(blocks), last)
    return {layer: means[layer] for layer in layers}
