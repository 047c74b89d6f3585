"""The optimiser, its schedule, and what weights start from."""

from __future__ import annotations

import torch

from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.packing import to_patches
from lmms_eval_plugins.demo.training.learning.optimiser import Muon, learning_rate, orthogonal, prepare_weights
from tests.demo.training.conftest import Untrained


def test_orthogonal_steps() -> None:
    torch.manual_seed(0)
    for shape in ((3, 16, 40), (2, 40, 16)):
        singular = torch.linalg.svdvals(orthogonal(torch.randn(shape)))
        assert singular.min() > 0.6 and singular.max() < 1.3


def test_muon_agrees_with_torchs() -> None:
    """On one block, up to bfloat16."""
    torch.manual_seed(0)
    start, gradients = torch.randn(24, 40), [torch.randn(24, 40) for _ in range(3)]
    mine, theirs = (torch.nn.Parameter(start.clone()) for _ in range(2))
    of_mine = Muon([mine], lr=0.02, weight_decay=0.1, rows=24)
    of_theirs = torch.optim.Muon([theirs], lr=0.02, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    for gradient in gradients:
        for weights, optimiser in ((mine, of_mine), (theirs, of_theirs)):
            weights.grad = gradient.clone()
            optimiser.step()
    moved = (mine - start).norm()
    assert (mine - theirs).norm() < 0.03 * moved


def test_muon_takes_blocks_apart() -> None:
    torch.manual_seed(0)
    gradient = torch.randn(6, 8)
    whole, parts = torch.nn.Parameter(torch.zeros(6, 8)), [torch.nn.Parameter(torch.zeros(3, 8)) for _ in range(2)]
    whole.grad = gradient.clone()
    for part, of_part in zip(parts, gradient.split(3), strict=True):
        part.grad = of_part.clone()
    Muon([whole], lr=1.0, weight_decay=0.0, rows=3).step()
    Muon(parts, lr=1.0, weight_decay=0.0, rows=3).step()
    torch.testing.assert_close(whole.detach(), torch.cat([part.detach() for part in parts]))


def test_learning_rate(config: TrainingConfig) -> None:
    recipe = config.recipe
    rates = [learning_rate(recipe, step) for step in range(recipe.steps)]
    assert rates[0] < 0.05 * recipe.learning_rate
    assert abs(max(rates) - recipe.learning_rate) < 0.01 * recipe.learning_rate
    assert rates[-1] < 1e-3 * recipe.learning_rate


def test_patch_filters_see_change_and_shape(untrained: Untrained, config: TrainingConfig) -> None:
    """On the patches they were made for all have unit variance; on a standing picture half of them say nothing."""
    from copy import deepcopy

    model = deepcopy(untrained.model)
    noise = torch.randint(0, 256, (8, 112, 140, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    patches, _ = to_patches([noise.numpy()])
    prepare_weights(model, patches, config.recipe.boost)
    kernel = model.model.visual.patch_embed.proj.weight.detach().flatten(1)
    torch.testing.assert_close((patches.flatten(0, 1) @ kernel.T).std(dim=0), torch.ones(len(kernel)))
    standing, _ = to_patches([noise[:1].repeat(8, 1, 1, 1).numpy()])
    silent = (standing.flatten(0, 1) @ kernel.T).abs().amax(dim=0) < 1e-3
    assert int(silent.sum()) == len(kernel) // 2
