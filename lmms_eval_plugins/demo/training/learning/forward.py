"""The forward pass of packed windows: from pixels to the logits of their answers, with the model's weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.nn.functional import linear, scaled_dot_product_attention
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import apply_rotary_pos_emb_vision, rotate_half

from lmms_eval_plugins.demo.training.data.clips import MomentClip
from lmms_eval_plugins.demo.training.data.packing import Packed
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, PRIMITIVES

if TYPE_CHECKING:
    from transformers import Qwen2_5_VLForConditionalGeneration
    from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import (
        Qwen2_5_VisionTransformerPretrainedModel,
        Qwen2_5_VLDecoderLayer,
        Qwen2_5_VLVisionAttention,
    )


def encode_patches(visual: Qwen2_5_VisionTransformerPretrainedModel, patches: Tensor, grid: tuple[int, int]) -> Tensor:
    """Encode patches (pictures, rows · columns, pixels) as visual tokens (pictures, cells, width).

    A picture is a pair of frames, a grid its rows and columns of patches. Patches and cells are in the processor's
    order; every block attends to the whole picture.
    """
    kernel = visual.patch_embed.proj.weight
    hidden = linear(patches, kernel.view(kernel.shape[0], -1))
    rotary = visual.rotary_pos_emb(hidden, _positions(grid, visual.spatial_merge_size).to(hidden.device))
    for block in visual.blocks:
        hidden = hidden + _attend(block.attn, block.norm1(hidden), rotary)
        hidden = hidden + block.mlp(block.norm2(hidden))
    merged: Tensor = visual.merger(hidden.reshape(-1, hidden.shape[-1]))
    return merged.view(len(patches), -1, merged.shape[-1])


def _attend(attention: Qwen2_5_VLVisionAttention, hidden: Tensor, rotary: tuple[Tensor, Tensor]) -> Tensor:
    pictures, length, width = hidden.shape
    heads = attention.qkv(hidden).view(pictures, length, 3, attention.num_heads, attention.head_dim)
    query, key, value = heads.unbind(2)
    query, key = apply_rotary_pos_emb_vision(query, key, *rotary)
    mixed = scaled_dot_product_attention(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2))
    out: Tensor = attention.proj(mixed.transpose(1, 2).reshape(pictures, length, width))
    return out


def _positions(grid: tuple[int, int], merge: int) -> Tensor:
    """Return row and column of every patch (patches, 2), in the processor's order: by cell, then within the cell."""
    rows, columns = grid
    row = torch.arange(rows).view(rows // merge, merge, 1, 1).expand(-1, -1, columns // merge, merge)
    column = torch.arange(columns).view(1, 1, columns // merge, merge).expand(rows // merge, merge, -1, -1)
    return torch.stack([part.permute(0, 2, 1, 3).reshape(-1) for part in (row, column)], dim=-1)


@dataclass(frozen=True, slots=True)
class ForwardPass:
    """The result of a forward pass.

    Attributes:
        seen: (windows, visual tokens, width), as the vision tower gives them.
        understood: the same tokens before the last layer of the language model.
        logits: (windows, answers, vocabulary), at the places of the answers.
    """

    seen: Tensor
    understood: Tensor
    logits: Tensor


def run_packed(
    model: Qwen2_5_VLForConditionalGeneration, patches: Tensor, grid: tuple[int, int], packed: Packed
) -> ForwardPass:
    """Run the model on packed questions; the last layer only where answers are, which saves a third of the time."""
    text = model.model.language_model
    first, end = packed.video
    windows, width = packed.tokens.shape[0], text.embed_tokens.embedding_dim
    seen = encode_patches(model.model.visual, patches, grid).reshape(windows, end - first, width)
    words = text.embed_tokens(packed.tokens)
    hidden = torch.cat([words[:, :first], seen, words[:, end:]], dim=1)
    rotary = text.rotary_emb(hidden, packed.positions)
    for layer in text.layers[:-1]:
        hidden = layer(hidden, attention_mask=packed.mask, position_embeddings=rotary)
    final = text.norm(_last_layer(text.layers[-1], hidden, rotary, packed))
    return ForwardPass(seen, hidden[:, first:end], model.lm_head(final))


def _last_layer(layer: Qwen2_5_VLDecoderLayer, hidden: Tensor, rotary: tuple[Tensor, Tensor], packed: Packed) -> Tensor:
    attention = layer.self_attn
    windows, length, width = hidden.shape
    normed = layer.input_layernorm(hidden)

    def heads(values: Tensor) -> Tensor:
        return values.view(windows, -1, attention.num_heads, attention.head_dim).transpose(1, 2)

    def at_places(values: Tensor) -> Tensor:
        return values.gather(1, packed.places[..., None].expand(-1, -1, values.shape[-1]))

    cos, sin = rotary
    key = _rotate(heads(attention.k_proj(normed)), cos, sin)
    query = _rotate(heads(attention.q_proj(at_places(normed))), at_places(cos), at_places(sin))
    mask = packed.mask[:, 0].gather(1, packed.places[..., None].expand(-1, -1, length))[:, None]
    mixed = scaled_dot_product_attention(query, key, heads(attention.v_proj(normed)), attn_mask=mask)
    out = at_places(hidden) + attention.o_proj(mixed.transpose(1, 2).reshape(windows, -1, width))
    answered: Tensor = out + layer.mlp(layer.post_attention_layernorm(out))
    return answered


def _rotate(values: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    rotated: Tensor = values * cos[:, None] + rotate_half(values) * sin[:, None]
    return rotated


_PREDICTIONS = 3
_MOVES = torch.tensor([float(primitive in MOTION_PRIMITIVES) for primitive in PRIMITIVES])
_GRASPS = torch.tensor([float(primitive in GRASP_PRIMITIVES) for primitive in PRIMITIVES])
_NEAR = 0.8
"""The most cells between a cell's middle and a grip that counts as in that cell."""


class DenseHeads(nn.Module):  # type: ignore[misc]
    """Heads that predict for every visual token and hand: present, moving, grasping."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.seen = nn.Sequential(nn.RMSNorm(width), nn.Linear(width, 2 * _PREDICTIONS))
        self.understood = nn.Sequential(nn.RMSNorm(width), nn.Linear(width, 2 * _PREDICTIONS))

    def loss(self, result: ForwardPass, clips: Sequence[MomentClip], cells: tuple[int, int]) -> Tensor:
        """Return the mean loss of both heads on windows whose frames have ``cells`` rows and columns of cells."""
        present, truth = (part.to(result.seen.device) for part in dense_truth(clips, cells))
        losses = [
            _loss(predicted.view(*truth.shape[:-2], 2, _PREDICTIONS), present, truth)
            for predicted in (self.seen(result.seen), self.understood(result.understood))
        ]
        return torch.stack(losses).mean()


def dense_truth(clips: Sequence[MomentClip], cells: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Return whether a hand is in a cell (windows, tokens, hands), and whether it moves and grasps (…, hands, 2)."""
    rows, columns = cells
    grips = torch.from_numpy(np.stack([clip.grips for clip in clips]))
    primitives = torch.from_numpy(np.stack([clip.primitives for clip in clips]))
    row = grips[..., 1, None, None] * rows - (torch.arange(rows) + 0.5)[:, None]
    column = grips[..., 0, None, None] * columns - (torch.arange(columns) + 0.5)
    near = (row**2 + column**2) < _NEAR**2
    present = near.permute(0, 2, 3, 4, 1).reshape(len(clips), -1, 2).float()
    does = torch.stack([_MOVES[primitives], _GRASPS[primitives]], dim=-1).permute(0, 2, 1, 3)
    truth = does[:, :, None].expand(-1, -1, rows * columns, -1, -1).reshape(len(clips), -1, 2, 2)
    return present, truth


def _loss(predicted: Tensor, present: Tensor, truth: Tensor) -> Tensor:
    presence = cross_entropy(predicted[..., 0], present, pos_weight=torch.tensor(4.0, device=predicted.device))
    does = cross_entropy(predicted[..., 1:], truth, weight=present[..., None].expand_as(truth), reduction="sum")
    return presence + does / (2 * present.sum()).clamp(min=1)
