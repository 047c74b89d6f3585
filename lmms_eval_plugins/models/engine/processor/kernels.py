"""Equal sums in fewer passes over memory: on a processor these take as long as the matrix products between them.

transformers writes a norm, a rotation or a gate as a chain of small operations, each of which reads and writes all that
the one before it wrote. Here each is one or two, in place where nobody else reads.
"""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor, nn
from transformers import Cache
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

_DECODERS = ("Llama", "Qwen2", "Qwen2_5_VL", "Qwen3", "Qwen3Moe", "Qwen3VLText")
_NORMS, _GATED, _ATTENTION = (
    frozenset(f"{decoder}{part}" for decoder in _DECODERS) for part in ("RMSNorm", "MLP", "Attention")
)
"""transformers' classes that compute what the functions below do, name for name."""


def quicken(network: nn.Module) -> None:
    """Replace what is known in a network by equal sums in fewer passes, where it lies in the processor's memory.

    Left alone is what runs elsewhere, or is wrapped: spread over devices, or quantized.

    Args:
        network: of transformers; its modules' ``forward`` are replaced.
    """
    modules = list(network.modules())
    devices = {parameter.device.type for parameter in network.parameters()}
    if devices != {"cpu"} or any(hasattr(module, "_hf_hook") for module in modules):
        return
    for module in modules:
        kind = type(module).__name__
        if kind in _NORMS:
            module.forward = partial(_norm, module)
        elif kind in _GATED and isinstance(module.act_fn, nn.SiLU):
            module.forward = partial(_gated, module)
        elif kind in _ATTENTION and module.config._attn_implementation == "sdpa":
            module.forward = partial(_attend, module)


def rotated(states: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """Turn pairs of values, of which the second one lies half a head behind the first.

    Args:
        states: (…, heads, width).
        cosines: of the angles, (…, width); both halves are the same.
        sines: the same.
    """
    half = states.shape[-1] // 2
    made = states * cosines.unsqueeze(-2)
    sines = sines[..., None, :half]
    made[..., :half].addcmul_(states[..., half:], sines, value=-1)
    made[..., half:].addcmul_(states[..., :half], sines)
    return made.to(states.dtype)


def _norm(norm: nn.Module, states: Tensor) -> Tensor:
    length = torch.linalg.vector_norm(states, dim=-1, keepdim=True, dtype=torch.float32)
    scale = length.square_().div_(states.shape[-1]).add_(norm.variance_epsilon).rsqrt_()
    return (states * scale).to(states.dtype).mul_(norm.weight)


def _gated(mlp: nn.Module, states: Tensor) -> Tensor:
    gate = nn.functional.silu(mlp.gate_proj(states), inplace=True)
    made: Tensor = mlp.down_proj(gate.mul_(mlp.up_proj(states)))
    return made


def _attend(
    attention: nn.Module,
    hidden_states: Tensor,
    attention_mask: Tensor | None = None,
    past_key_values: Cache | None = None,
    *,
    position_embeddings: tuple[Tensor, Tensor],
    **__: object,
) -> tuple[Tensor, None]:
    """Attend as a decoder does; heads that share keys read them where they are.

    Args:
        attention: transformers' module.
        hidden_states: (rows, tokens, width).
        attention_mask: as torch takes it; None: each token sees all before it.
        past_key_values: grows by these tokens.
        position_embeddings: cosines and sines of the rotation, (rows, tokens, width of a head).
    """
    query, key, value = (
        project(hidden_states).unflatten(-1, (-1, attention.head_dim))
        for project in (attention.q_proj, attention.k_proj, attention.v_proj)
    )
    if hasattr(attention, "q_norm"):
        query, key = attention.q_norm(query), attention.k_norm(key)
    query, key = (rotated(states, *position_embeddings).transpose(1, 2) for states in (query, key))
    value = value.transpose(1, 2)
    if past_key_values is not None:
        key, value = past_key_values.update(key, value, attention.layer_idx)
    if attention_mask is None:
        attend = ALL_ATTENTION_FUNCTIONS["sdpa"]
        made, _ = attend(attention, query, key, value, None, dropout=0.0, scaling=attention.scaling)
    else:
        made = nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=attention_mask, scale=attention.scaling, enable_gqa=True
        ).transpose(1, 2)
    projected: Tensor = attention.o_proj(made.flatten(2))
    return projected, None
