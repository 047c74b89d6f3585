"""Where the text behind a video of Qwen2-VL or Qwen2.5-VL stands, as transformers and our own engine have it.

vLLM puts it behind the largest position of the video, in time, height or width; transformers behind the largest in
height and width. Imported in every process in which vLLM runs a network, as its extension of a worker.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from vllm.model_executor.models.qwen2_5_vl import Qwen2_5_VLForConditionalGeneration
from vllm.model_executor.models.qwen2_vl import Qwen2VLForConditionalGeneration

Features = Sequence[Any]  # vLLM's own: pictures and videos with their places in a prompt
"""What a prompt holds beside text."""

Block = tuple[int, int, int, int, float]
"""Where a video's (or picture's) tokens begin; steps in time, height and width; positions from one time to the next."""


def text_behind_picture(length: int, blocks: Iterator[Block]) -> tuple[Tensor, int]:
    """Return the positions of a prompt's tokens, (3, tokens), and what a reply's tokens add to their number.

    Args:
        length: tokens of the prompt.
        blocks: its pictures and videos, in order.
    """
    positions = np.empty((3, length), dtype=np.int64)
    place = following = 0
    for begin, time, height, width, interval in blocks:
        positions[:, place:begin] = np.arange(following, following + begin - place)
        following += begin - place
        grid = np.indices((time, height, width)).reshape(3, -1)
        # In single precision, as transformers rounds it.
        grid[0] = (grid[0].astype(np.float32) * np.float32(interval)).astype(np.int64)
        place = begin + grid.shape[1]
        positions[:, begin:place] = grid + following
        following += max(height, width)
    positions[:, place:] = np.arange(following, following + length - place)
    return torch.from_numpy(positions), int(positions.max()) + 1 - length


def _positions(
    model: Qwen2VLForConditionalGeneration | Qwen2_5_VLForConditionalGeneration,
    input_tokens: Sequence[int],
    mm_features: Features,
) -> tuple[Tensor, int]:
    return text_behind_picture(len(input_tokens), model.iter_mm_grid_thw(mm_features))


Qwen2VLForConditionalGeneration.get_mrope_input_positions = _positions
Qwen2_5_VLForConditionalGeneration.get_mrope_input_positions = _positions


class TextBehindPicture:
    """vLLM's worker is extended by nothing: importing this module is what matters."""
