"""The vision tower of Qwen2.5-VL: the same sums as transformers', in fewer and larger steps.

transformers attends to each piece of each frame in a call of its own, and makes patches by a convolution that torch is
slow at: on many small windows that takes longer than the sums themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers.vision_utils import (
    get_vision_attention_seqlens,
    get_vision_position_ids,
    get_vision_window_index,
)

from lmms_eval_plugins.models.engine.processor.kernels import rotated

Grid = tuple[int, int, int]
"""Patches of a window: in time, height and width."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Where the patches of some windows lie, as the tower's ``forward`` takes it."""

    grid_thw: Tensor
    position_ids: Tensor
    cu_seqlens: Tensor
    window_index: Tensor
    cu_window_seqlens: Tensor


class Tower:
    """The tower of a model, quickened where its attention is torch's own and it lies on one device.

    Args:
        visual: transformers' module; its patches and its attention are replaced by equal ones.
    """

    def __init__(self, visual: nn.Module) -> None:
        self._visual = visual
        self._layout = lru_cache(maxsize=256)(self._make_layout)
        # Where accelerate spreads a model over devices, its hooks sit in what would be replaced.
        spread = any(hasattr(module, "_hf_hook") for module in visual.modules())
        self._quick = visual.config._attn_implementation == "sdpa" and not spread
        if self._quick:
            visual.patch_embed.forward = partial(_embed, visual.patch_embed)
            for block in visual.blocks:
                block.attn.forward = partial(_attend, block.attn)

    def encode(self, pixels: Tensor, grids: Sequence[Grid]) -> Tensor:
        """Send windows through the tower, one behind the other: (visual tokens, width).

        Args:
            pixels: the patches of all windows, (patches, values).
            grids: of each window.
        """
        visual = self._visual
        pixels = pixels.to(visual.dtype)
        if not self._quick:
            made = visual(pixels, grid_thw=torch.tensor(grids, device=pixels.device))
        else:
            layout = self._layout(tuple(grids), pixels.device)
            made = visual(
                pixels,
                grid_thw=layout.grid_thw,
                position_ids=layout.position_ids,
                cu_seqlens=layout.cu_seqlens,
                window_index=layout.window_index,
                cu_window_seqlens=layout.cu_window_seqlens,
            )
        merged: Tensor = made.pooler_output
        return merged

    def _make_layout(self, grids: tuple[Grid, ...], device: torch.device) -> Layout:
        visual, grid_thw = self._visual, torch.tensor(grids)
        index, pieces = get_vision_window_index(
            grid_thw, visual.spatial_merge_size, visual.window_size, visual.patch_size
        )
        return Layout(
            grid_thw,
            get_vision_position_ids(grid_thw, visual.spatial_merge_size).to(device),
            get_vision_attention_seqlens(grid_thw, visual.config)[0],
            index.to(device),
            pieces,
        )


def _embed(embedding: nn.Module, pixels: Tensor) -> Tensor:
    """Make vectors of patches: a convolution whose steps are as wide as its kernel is one matrix product."""
    weight = embedding.proj.weight
    return functional.linear(pixels.to(weight.dtype), weight.flatten(1))


def _attend(
    attention: nn.Module,
    hidden_states: Tensor,
    cu_seqlens: Tensor,
    position_embeddings: tuple[Tensor, Tensor],
    **_: object,
) -> Tensor:
    """Attend within pieces of patches: all pieces of one length in one call.

    Args:
        attention: transformers' module.
        hidden_states: (patches, width).
        cu_seqlens: where pieces begin and the last one ends; in the processor's memory.
        position_embeddings: cosines and sines of the rotation.
    """
    patches = len(hidden_states)
    qkv = attention.qkv(hidden_states).reshape(patches, 3, attention.num_heads, -1)
    query, key = rotated(qkv[:, :2].flatten(1, 2), *position_embeddings).chunk(2, dim=1)
    value = qkv[:, 2]
    attended = torch.empty_like(value)
    for length, places in _pieces(tuple(cu_seqlens.tolist()), hidden_states.device):
        q, k, v = (
            (part if places is None else part[places]).unflatten(0, (-1, length)).transpose(1, 2)
            for part in (query, key, value)
        )
        found = functional.scaled_dot_product_attention(q, k, v, scale=attention.scaling)
        found = found.transpose(1, 2).flatten(0, 1)
        if places is None:
            attended = found
        else:
            attended[places] = found
    projected: Tensor = attention.proj(attended.reshape(patches, -1))
    return projected


@lru_cache(maxsize=256)
def _pieces(bounds: tuple[int, ...], device: torch.device) -> list[tuple[int, Tensor | None]]:
    """Return the lengths of pieces, and where the patches of all pieces of a length are; None: these are all."""
    starts: dict[int, list[int]] = {}
    for start, end in pairwise(bounds):
        starts.setdefault(end - start, []).append(start)
    if len(starts) == 1:
        return [(length, None) for length in starts]
    return [
        (length, (torch.tensor(begin)[:, None] + torch.arange(length)).flatten().to(device))
        for length, begin in starts.items()
    ]
