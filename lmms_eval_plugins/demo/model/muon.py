"""Muon in float32: matrices move by orthogonal steps.

`torch.optim.Muon` orthogonalises in bfloat16, which takes ten times as long as float32 on processors without that
type's instructions, longer than everything else in a step. This one works in float32 and in blocks of rows (query, key
and value are blocks of their own).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ROUNDS = 5
_MOMENTUM = 0.95
_SCALE = 0.2
"""Makes a step as large as AdamW's usually are."""


class Muon(torch.optim.Optimizer):  # type: ignore[misc]
    """Momentum whose steps are orthogonal matrices.

    Args:
        matrices: the weights, all two-dimensional.
        lr: learning rate, on AdamW's scale.
        weight_decay: part of the weights, times the learning rate, that each step takes away.
        rows: rows of a block; a matrix whose rows are no multiple of it is one block.
    """

    def __init__(self, matrices: Iterable[Tensor], lr: float, weight_decay: float, rows: int) -> None:
        super().__init__(list(matrices), {"lr": lr, "weight_decay": weight_decay, "rows": rows})

    def step(self, closure: Callable[[], Any] | None = None) -> None:
        """Change the weights by their gradients; there is no closure."""
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
    """About the nearest matrices with orthogonal rows or columns, (n, rows, columns), by a Newton-Schulz iteration."""
    a, b, c = _COEFFICIENTS
    tall = matrices.shape[-2] > matrices.shape[-1]
    now = matrices.mT if tall else matrices
    now = now / now.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    for _ in range(_ROUNDS):
        square = now @ now.mT
        now = torch.baddbmm(now, torch.baddbmm(square, square, square, beta=b, alpha=c), now, beta=a)
    return now.mT if tall else now
