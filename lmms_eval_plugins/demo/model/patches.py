"""From frames to the patches that the vision tower takes: what the processor does, for many windows at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from transformers.image_utils import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

PATCH, MERGE, PAIR = 14, 2, 2
"""Pixels along a patch's side, patches along a cell's side, frames in a picture."""

_MEAN = torch.tensor(OPENAI_CLIP_MEAN) * 255
_STD = torch.tensor(OPENAI_CLIP_STD) * 255


def to_patches(windows: Sequence[npt.NDArray[np.uint8]], tint: Tensor | None = None) -> tuple[Tensor, tuple[int, int]]:
    """Patches (windows · pairs, rows · columns, pixels) of windows (frames, height, width, 3), and rows, columns.

    Args:
        windows: windows of one shape, in the size that the processor gives frames.
        tint: (windows, 3) factors on the channels; what gets too bright stays white.
    """
    frames = torch.from_numpy(np.stack(windows))
    count, length, height, width, _ = frames.shape
    rows, columns = height // PATCH, width // PATCH
    cells = frames.view(
        count, length // PAIR, PAIR, rows // MERGE, MERGE, PATCH, columns // MERGE, MERGE, PATCH, 3
    ).permute(0, 1, 3, 6, 4, 7, 9, 2, 5, 8)
    pixels = cells.reshape(count, -1, 3, PAIR * PATCH * PATCH).float()
    if tint is not None:
        pixels = pixels.mul_(tint[:, None, :, None]).clamp_(max=255)
    pixels = pixels.sub_(_MEAN[:, None]).div_(_STD[:, None])
    return pixels.view(count * (length // PAIR), rows * columns, -1), (rows, columns)
