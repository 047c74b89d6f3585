"""The optimiser: Muon for the matrices of blocks, AdamW for the rest; and the initial weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from lmms_eval_plugins.demo.training.config import Recipe
from lmms_eval_plugins.demo.training.data.packing import PAIR, PATCH
from lmms_eval_plugins.demo.training.learning.forward import DenseHeads

if TYPE_CHECKING:
    from transformers import Qwen2_5_VLForConditionalGeneration

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ROUNDS = 5
_MOMENTUM = 0.95
_SCALE = 0.2
"""Makes a step as large as AdamW's usually are."""


class Muon(torch.optim.Optimizer):  # type: ignore[misc]
    """An optimiser with momentum whose steps are orthogonal matrices.

    Args:
        matrices: the weights, all two-dimensional.
        lr: learning rate, on AdamW's scale.
        weight_decay: share of the weights, times the learning rate, that each step subtracts.
        rows: rows of a block; a matrix whose number of rows is no multiple of it is one block.
    """

    def __init__(self, matrices: Iterable[Tensor], lr: float, weight_decay: float, rows: int) -> None:
        super().__init__(list(matrices), {"lr": lr, "weight_decay": weight_decay, "rows": rows})

    def step(self, closure: Callable[[], float] | None = None) -> None:
        """Update the weights by their gradients; ``closure`` is ignored."""
        with torch.no_grad():
            for group in self.param_groups:
                for weights in group["params"]:
                    if weights.grad is not None:
                        self._move(weights, group["lr"], group["weight_decay"], group["rows"])

    def _move(self, weights: Tensor, rate: float, decay: float, rows: int) -> None:
        state = self.state[weights]
        if not state:
            state["momentum"] = torch.zeros_like(weights)
        state["momentum"].lerp_(weights.grad, 1 - _MOMENTUM)
        ahead = weights.grad.lerp(state["momentum"], _MOMENTUM)
        blocks = ahead.view(-1, rows if len(ahead) % rows == 0 else len(ahead), ahead.shape[1])
        size = _SCALE * max(blocks.shape[1:]) ** 0.5
        weights.mul_(1 - rate * decay)
        weights.sub_(orthogonal(blocks).view_as(weights), alpha=rate * size)


def orthogonal(matrices: Tensor) -> Tensor:
    """Return approximately the nearest orthogonal matrices, (n, rows, columns), by a Newton-Schulz iteration."""
    a, b, c = _COEFFICIENTS
    tall = matrices.shape[-2] > matrices.shape[-1]
    now = matrices.mT if tall else matrices
    now = now / now.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for _ in range(_ROUNDS):
        square = now @ now.mT
        now = torch.baddbmm(now, torch.baddbmm(square, square, square, beta=b, alpha=c), now, beta=a)
    return now.mT if tall else now


_MUONS = 2
"""Number of Muon optimisers, one for each thread, that share the matrices."""

_BLOCKS = ("visual.blocks.", "visual.merger.", "language_model.layers.")


class Optimiser:
    """Optimisers in parallel that follow one schedule: warm-up, then a cosine down to 0.

    Args:
        model: the model.
        heads: the auxiliary heads.
        recipe: learning rate, warm-up, steps, weight decay.
    """

    def __init__(self, model: nn.Module, heads: DenseHeads, recipe: Recipe) -> None:
        matrices = [weights for name, weights in model.named_parameters() if _is_block_matrix(name, weights)]
        chosen = {id(weights) for weights in matrices}
        rest = [weights for weights in (*model.parameters(), *heads.parameters()) if id(weights) not in chosen]
        self._recipe = recipe
        self._parts: tuple[torch.optim.Optimizer, ...] = (
            *(
                Muon(matrices[part::_MUONS], lr=0.0, weight_decay=recipe.weight_decay, rows=heads.width)
                for part in range(_MUONS)
            ),
            torch.optim.AdamW(rest, lr=0.0, weight_decay=0.0, betas=(0.9, 0.98)),
        )

    def step(self, step: int, threads: Executor) -> None:
        """Update the weights by their gradients, at the learning rate of a step, and clear the gradients."""
        rate = learning_rate(self._recipe, step)

        def move(part: torch.optim.Optimizer) -> None:
            for group in part.param_groups:
                group["lr"] = rate
            part.step()
            part.zero_grad(set_to_none=True)

        list(threads.map(move, self._parts))

    def state_dict(self) -> list[dict[str, object]]:
        """Return the state to continue from later."""
        return [part.state_dict() for part in self._parts]

    def load_state_dict(self, state: list[dict[str, object]]) -> None:
        """Continue from an earlier state."""
        for part, of_part in zip(self._parts, state, strict=True):
            part.load_state_dict(of_part)


def learning_rate(recipe: Recipe, step: int) -> float:
    """Return the learning rate of a step, counted from 0."""
    warm = min(1.0, (step + 1) / recipe.warmup)
    return recipe.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * step / recipe.steps))


def prepare_weights(model: Qwen2_5_VLForConditionalGeneration, patches: Tensor, boost: float) -> None:
    """Scale up the matrices of blocks, and set patch filters that respond to change and shape from the first step on.

    Half of the filters compare the two frames of a pair, half look at their mean, through the waves of a cosine
    transform; each is scaled so that its responses to some real patches (…, pixels) have unit variance.
    """
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if _is_block_matrix(name, weights):
                weights.mul_(boost)
        kernel = model.model.visual.patch_embed.proj.weight
        filters = _filters(len(kernel))
        responses = patches.reshape(-1, patches.shape[-1]) @ filters.T
        kernel.copy_((filters / responses.std(dim=0).clamp(min=1e-3)[:, None]).view_as(kernel))


def _is_block_matrix(name: str, weights: Tensor) -> bool:
    return weights.dim() == 2 and any(part in name for part in _BLOCKS)


def _filters(count: int) -> Tensor:
    """Return ``count`` filters over a patch, (count, channels · frames · rows · columns), the lowest waves first."""
    mean = torch.full((PAIR,), 1.0 / PAIR)
    change = torch.linspace(-1.0, 1.0, PAIR)
    grey, warm, green = torch.tensor([(1.0, 1.0, 1.0), (1.0, 0.0, -1.0), (-0.5, 1.0, -0.5)])
    n_shape = count - count // 2
    plan = [(change, grey, count // 2), (mean, grey, n_shape // 2)]
    plan += [(mean, warm, n_shape // 4), (mean, green, n_shape - n_shape // 2 - n_shape // 4)]
    return torch.stack(
        [
            torch.einsum("c,t,hw->cthw", channel, frames, wave).flatten()
            for frames, channel, number in plan
            for wave in _waves(number)
        ]
    )


def _waves(count: int) -> Tensor:
    """Return the lowest two-dimensional cosine waves over a patch, (count, rows, columns)."""
    at = (torch.arange(PATCH) + 0.5) * math.pi / PATCH
    ordered = sorted(((u, v) for u in range(PATCH) for v in range(PATCH)), key=lambda uv: (uv[0] + uv[1], uv))
    return torch.stack([torch.outer(torch.cos(u * at), torch.cos(v * at)) for u, v in ordered[:count]])
