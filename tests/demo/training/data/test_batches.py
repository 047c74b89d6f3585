"""Batches are a function of seed and step alone, made by threads or processes."""

from __future__ import annotations

import torch

from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.batches import Batches
from lmms_eval_plugins.demo.training.data.clips import ClipSampler
from lmms_eval_plugins.demo.training.data.footage import ActivityFootage, ExamFootage
from lmms_eval_plugins.demo.training.data.packing import PAIR, PATCH, Packer
from lmms_eval_plugins.demo.training.data.wording import load_wording
from tests.demo.training.conftest import Untrained


def test_processes_make_the_batches_that_a_thread_makes(
    config: TrainingConfig,
    footage: tuple[ActivityFootage, ActivityFootage],
    exams: tuple[ExamFootage, ExamFootage],
    untrained: Untrained,
) -> None:
    height, width = footage[0].frames.shape[1:3]
    grid = (height // PATCH, width // PATCH)
    packer = Packer(untrained.processor, config.pictures.frames // PAIR, grid, config.size.tokens_per_second)
    batches = Batches(config, ClipSampler([*footage, *exams], config.pictures), packer, load_wording())
    by_thread, by_processes = (list(batches.from_step(3, 6, workers)) for workers in (0, 2))
    assert len(by_thread) == len(by_processes) == 3
    for step, others in zip(by_thread, by_processes, strict=True):
        for one, other in zip(step, others, strict=True):
            torch.testing.assert_close(one.patches, other.patches)
            assert (one.packed.tokens == other.packed.tokens).all() and (one.packed.mask == other.packed.mask).all()
            assert [clip.activity for clip in one.moments] == [clip.activity for clip in other.moments]
    assert not torch.equal(by_thread[0][0].patches, by_thread[1][0].patches)
