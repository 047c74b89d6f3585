"""Muon for the matrices of blocks, AdamW for the rest; what the weights start from."""

from __future__ import annotations

import math
from concurrent.futures import Executor
from typing import Any

import torch
from torch import Tensor, nn

from lmms_eval_plugins.demo.model.config import Recipe
from lmms_eval_plugins.demo.model.heads import DenseHeads
from lmms_eval_plugins.demo.model.muon import Muon
from lmms_eval_plugins.demo.model.patches import PAIR, PATCH

_MUONS = 2
"""Among how many optimisers, one for each thread, matrices are dealt out."""

_BLOCKS = ("visual.blocks.", "visual.merger.", "language_model.layers.")


class Optimiser:
    """Optimisers side by side that follow one schedule: warm-up, then a cosine down to nothing.

    Args:
        model: the model.
        heads: the heads that are thrown away.
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
        """Change the weights by their gradients, at the learning rate of a step, and forget the gradients."""
        rate = learning_rate(self._recipe, step)

        def move(part: torch.optim.Optimizer) -> None:
            for group in part.param_groups:
                group["lr"] = rate
            part.step()
            part.zero_grad(set_to_none=True)

        list(threads.map(move, self._parts))

    def state_dict(self) -> list[dict[str, Any]]:
        """What is needed to go on later."""
        return [part.state_dict() for part in self._parts]

    def load_state_dict(self, state: list[dict[str, Any]]) -> None:
        """Go on from an earlier state."""
        for part, of_part in zip(self._parts, state, strict=True):
            part.load_state_dict(of_part)


def learning_rate(recipe: Recipe, step: int) -> float:
    """The learning rate of a step, counted from 0."""
    warm = min(1.0, (step + 1) / recipe.warmup)
    return recipe.learning_rate * warm * 0.5 * (1 + math.cos(math.pi * step / recipe.steps))


def prepare_weights(model: Any, patches: Tensor, boost: float) -> None:
    """Larger matrices in blocks, and patch filters that see change and shape from the first step on.

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
    """``count`` filters over a patch (channels · frames · rows · columns); the lowest waves first."""
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
    """The lowest two-dimensional cosine waves over a patch."""
    at = (torch.arange(PATCH) + 0.5) * math.pi / PATCH
    ordered = sorted(((u, v) for u in range(PATCH) for v in range(PATCH)), key=lambda uv: (uv[0] + uv[1], uv))
    return torch.stack([torch.outer(torch.cos(u * at), torch.cos(v * at)) for u, v in ordered[:count]])
