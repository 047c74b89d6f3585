"""Auxiliary heads that supervise each visual token directly, and are discarded after training.

Questions about a window teach little about where hands are. Two linear heads, on the visual tokens as the vision tower
gives them and before the last layer, predict for every cell whether the left and the right hand are there, move and
grasp. Their loss fades out before training ends, and they are not part of the model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from lmms_eval_plugins.demo.training.data.clips import MomentClip
from lmms_eval_plugins.demo.training.learning.forward import ForwardPass
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, PRIMITIVES

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
