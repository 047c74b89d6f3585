"""Help that is thrown away: what each visual token should know, told to it directly.

A question about a window is a poor teacher of where hands are. Two linear heads, on the visual tokens as the vision
tower gives them and before the last layer, say of every cell whether the left and the right hand are there, move and
grasp. Their loss fades out before training ends, and they are not part of the model.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from lmms_eval_plugins.demo.training.data.clips import HandClip
from lmms_eval_plugins.demo.training.learning.forward import Thought
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, PRIMITIVES

_SAID = 3
_MOVES = torch.tensor([float(primitive in MOTION_PRIMITIVES) for primitive in PRIMITIVES])
_GRASPS = torch.tensor([float(primitive in GRASP_PRIMITIVES) for primitive in PRIMITIVES])
_NEAR = 0.8
"""How far from a cell's middle a grip may be, in cells, to be in that cell."""


class DenseHeads(nn.Module):  # type: ignore[misc]
    """For every visual token and hand: present, moving, grasping."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.seen = nn.Sequential(nn.RMSNorm(width), nn.Linear(width, 2 * _SAID))
        self.understood = nn.Sequential(nn.RMSNorm(width), nn.Linear(width, 2 * _SAID))

    def loss(self, thought: Thought, clips: Sequence[HandClip], cells: tuple[int, int]) -> Tensor:
        """How wrong the heads are about windows whose frames have rows × columns of cells."""
        present, truth = (part.to(thought.seen.device) for part in truth_of(clips, cells))
        losses = [
            _loss(said.view(*truth.shape[:-2], 2, _SAID), present, truth)
            for said in (self.seen(thought.seen), self.understood(thought.understood))
        ]
        return torch.stack(losses).mean()


def truth_of(clips: Sequence[HandClip], cells: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """Whether a hand is in a cell (windows, tokens, hands), and whether it moves and grasps (…, hands, 2)."""
    rows, columns = cells
    grips = torch.from_numpy(np.stack([clip.grips for clip in clips]))
    did = torch.from_numpy(np.stack([clip.primitives for clip in clips]))
    row = grips[..., 1, None, None] * rows - (torch.arange(rows) + 0.5)[:, None]
    column = grips[..., 0, None, None] * columns - (torch.arange(columns) + 0.5)
    near = (row**2 + column**2) < _NEAR**2
    present = near.permute(0, 2, 3, 4, 1).reshape(len(clips), -1, 2).float()
    does = torch.stack([_MOVES[did], _GRASPS[did]], dim=-1).permute(0, 2, 1, 3)
    truth = does[:, :, None].expand(-1, -1, rows * columns, -1, -1).reshape(len(clips), -1, 2, 2)
    return present, truth


def _loss(said: Tensor, present: Tensor, truth: Tensor) -> Tensor:
    there = cross_entropy(said[..., 0], present, pos_weight=torch.tensor(4.0, device=said.device))
    does = cross_entropy(said[..., 1:], truth, weight=present[..., None].expand_as(truth), reduction="sum")
    return there + does / (2 * present.sum()).clamp(min=1)
