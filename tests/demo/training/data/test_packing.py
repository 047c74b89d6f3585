"""Packed questions: patches, targets, mask."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.clips import moment_clips
from lmms_eval_plugins.demo.training.data.footage import ActivityFootage
from lmms_eval_plugins.demo.training.data.packing import Packer, to_patches
from lmms_eval_plugins.demo.training.learning.trainer import answer_loss
from tests.demo.training.conftest import Untrained
from tests.support.demo_model import engine_inputs


def test_patches_are_the_processors(
    untrained: Untrained, config: TrainingConfig, footage: tuple[ActivityFootage, ActivityFootage]
) -> None:
    clip = next(moment_clips(footage[0], config.pictures))
    real = engine_inputs(untrained.processor, config.pictures, clip.frames, ["?"], 15.0)
    patches, grid = to_patches([clip.frames])
    assert real["video_grid_thw"].tolist() == [[len(patches), *grid]]
    torch.testing.assert_close(patches.flatten(0, 1), real["pixel_values_videos"], atol=1e-4, rtol=0)


def test_answers_end_where_they_should(untrained: Untrained, config: TrainingConfig) -> None:
    """The targets of a question are its answer's tokens and the end of the turn."""
    packer = Packer(untrained.processor, 4, (8, 10), config.size.tokens_per_second)
    packed = packer([[("One?", "YES"), ("Two?", "reposition")]], [15.0])
    tokenizer = untrained.processor.tokenizer
    answers = packed.targets[0][packed.weights[0] > 0].tolist()
    assert tokenizer.decode(answers) == "YES<|im_end|>reposition<|im_end|>"
    assert packed.firsts.tolist() == [[0, 2]]
    assert packed.owners[0].tolist() == [0, 0, 1, 1]
    before = packed.tokens[0, packed.places[0]]
    assert tokenizer.decode(before[:2]).endswith("YES"), "the answer stands before its end"


def test_windows_may_have_different_numbers_of_questions(untrained: Untrained, config: TrainingConfig) -> None:
    packer = Packer(untrained.processor, 4, (8, 10), config.size.tokens_per_second)
    packed = packer([[("One?", "YES"), ("Two?", "NO")], [("One?", "NO")]], [15.0, 1.0])
    assert packed.owners.tolist() == [[0, 0, 1, 1], [0, 0, -1, -1]]
    assert packed.weights.sum(dim=1).tolist() == [4, 2]
    logits = torch.zeros(*packed.targets.shape, 2000)
    assert float(answer_loss(logits, packed)) == pytest.approx(2 * np.log(2000)), "per question, not per token"


def test_a_question_attends_to_the_frames_and_itself_only(untrained: Untrained, config: TrainingConfig) -> None:
    packer = Packer(untrained.processor, 4, (8, 10), config.size.tokens_per_second)
    packed = packer([[("One?", "YES"), ("Two?", "NO")], [("?", "NO"), ("?", "NO")]], [15.0, 15.0])
    mask = packed.mask[0, 0].numpy()
    shown = packed.video[1] + 1
    second = int(packed.places[0, int(packed.firsts[0, 1])])
    first = int(packed.places[0, int(packed.firsts[0, 0])])
    assert mask[second, :shown].all() and mask[second, second]
    assert not mask[second, shown : first + 1].any()
    assert not np.triu(mask, 1).any()
    assert packed.mask.any(dim=-1).all(), "a row without anything to attend to would be NaN"
