"""The vision tower over many windows of one shape at once: what `model.visual` computes, several times faster.

transformers encodes frames pair by pair, to allow windows of different shapes; training windows all have one shape.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import linear, scaled_dot_product_attention
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import apply_rotary_pos_emb_vision


def encode(visual: Any, patches: Tensor, grid: tuple[int, int]) -> Tensor:
    """Visual tokens (pictures, cells, width) of patches (pictures, rows·columns, pixels) on a grid of rows × columns.

    A picture is a pair of frames. Patches and cells are in the processor's order; every block attends to the whole
    picture.
    """
    kernel = visual.patch_embed.proj.weight
    hidden = linear(patches, kernel.view(kernel.shape[0], -1))
    turned = visual.rotary_pos_emb(hidden, _positions(grid, visual.spatial_merge_size).to(hidden.device))
    for block in visual.blocks:
        hidden = hidden + _attend(block.attn, block.norm1(hidden), turned)
        hidden = hidden + block.mlp(block.norm2(hidden))
    merged: Tensor = visual.merger(hidden.reshape(-1, hidden.shape[-1]))
    return merged.view(len(patches), -1, merged.shape[-1])


def _attend(attention: Any, hidden: Tensor, turned: tuple[Tensor, Tensor]) -> Tensor:
    pictures, length, width = hidden.shape
    heads = attention.qkv(hidden).view(pictures, length, 3, attention.num_heads, attention.head_dim)
    query, key, value = heads.unbind(2)
    query, key = apply_rotary_pos_emb_vision(query, key, *turned)
    mixed = scaled_dot_product_attention(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2))
    out: Tensor = attention.proj(mixed.transpose(1, 2).reshape(pictures, length, width))
    return out


def _positions(grid: tuple[int, int], merge: int) -> Tensor:
    """Row and column of every patch, in the processor's order: by cell, then within the cell."""
    rows, columns = grid
    row = torch.arange(rows).view(rows // merge, merge, 1, 1).expand(-1, -1, columns // merge, merge)
    column = torch.arange(columns).view(1, 1, columns // merge, merge).expand(rows // merge, merge, -1, -1)
    return torch.stack([part.permute(0, 2, 1, 3).reshape(-1) for part in (row, column)], dim=-1)
