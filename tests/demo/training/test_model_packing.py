"""What training computes is what the model answers when it is asked through transformers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.clips import windows_of
from lmms_eval_plugins.demo.training.data.footage import Footage
from lmms_eval_plugins.demo.training.data.packing import Packer, to_patches
from lmms_eval_plugins.demo.training.data.words import load_wording
from lmms_eval_plugins.demo.training.learning.forward import encode, think
from lmms_eval_plugins.demo.training.learning.trainer import answer_loss
from tests.demo.training.conftest import Untrained

QUESTIONS = (("left", "motion"), ("right", "primitives"), ("left", "activity"), ("right", "rating"))


def real_inputs(untrained: Untrained, config: TrainingConfig, frames: Any, question: str, fps: float) -> Any:
    """What the engine's Qwen wrapper gives to the model."""
    processor = untrained.processor
    content = [{"type": "video"}, {"type": "text", "text": question}]
    prompt = processor.apply_chat_template(
        [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
    )
    size = {"shortest_edge": config.pictures.min_pixels, "longest_edge": config.pictures.max_pixels}
    metadata = {"fps": fps, "total_num_frames": len(frames), "frames_indices": list(range(len(frames)))}
    return processor(
        text=[prompt],
        videos=[list(frames)],
        video_metadata=[metadata],
        do_sample_frames=False,
        size=size,
        return_tensors="pt",
    )


def test_patches_are_the_processors(
    untrained: Untrained, config: TrainingConfig, footage: tuple[Footage, Footage]
) -> None:
    clip = next(windows_of(footage[0], config.pictures))
    real = real_inputs(untrained, config, clip.frames, "?", 15.0)
    patches, grid = to_patches([clip.frames])
    assert real["video_grid_thw"].tolist() == [[len(patches), *grid]]
    torch.testing.assert_close(patches.flatten(0, 1), real["pixel_values_videos"], atol=1e-4, rtol=0)


def test_vision_is_the_models(untrained: Untrained, config: TrainingConfig, footage: tuple[Footage, Footage]) -> None:
    clips = list(windows_of(footage[1], config.pictures))[:2]
    patches, grid = to_patches([clip.frames for clip in clips])
    visual = untrained.model.model.visual
    with torch.inference_mode():
        real = visual(
            patches.flatten(0, 1), grid_thw=torch.tensor([[config.pictures.frames // 2, *grid]] * 2)
        ).pooler_output
        mine = encode(visual, patches, grid)
    torch.testing.assert_close(mine.flatten(0, 1), real, atol=1e-4, rtol=1e-4)


def test_packed_questions_are_answered_as_if_asked_alone(
    untrained: Untrained, config: TrainingConfig, footage: tuple[Footage, Footage]
) -> None:
    """The same logits for every question, whatever else is packed with it and whatever frame rate is told."""
    clips = [list(windows_of(video, config.pictures))[2] for video in footage]
    wording = load_wording()
    texts = [wording.asked(kind, hand) for hand, kind in QUESTIONS]  # type: ignore[arg-type]
    asked = [[(text, "YES") for text in texts], [(text, "stabilize") for text in texts[:2] + texts[:1] + texts[3:]]]
    told = [24.0, 0.7]
    patches, grid = to_patches([clip.frames for clip in clips])
    packer = Packer(untrained.processor, config.pictures.frames // 2, grid, config.size.tokens_per_second)
    packed = packer(asked, told)
    said = []
    with torch.inference_mode():
        logits = think(untrained.model, patches, grid, packed).logits
        for row, (clip, questions, fps) in enumerate(zip(clips, asked, told, strict=True)):
            for number, (question, _) in enumerate(questions):
                alone = untrained.model(**real_inputs(untrained, config, clip.frames, question, fps)).logits[0, -1]
                mine = logits[row, packed.firsts[row, number]]
                torch.testing.assert_close(mine, alone, atol=2e-3, rtol=1e-3)
                said.append(alone)
    assert float(torch.stack(said).std(dim=0).max()) > 0.1, "the answers differ, so that the test means something"


def test_answers_end_where_they_should(untrained: Untrained, config: TrainingConfig) -> None:
    """The targets of a question are its answer's tokens and the end of the turn."""
    packer = Packer(untrained.processor, 4, (8, 10), config.size.tokens_per_second)
    packed = packer([[("One?", "YES"), ("Two?", "reposition")]], [15.0])
    tokenizer = untrained.processor.tokenizer
    said = packed.targets[0][packed.weights[0] > 0].tolist()
    assert tokenizer.decode(said) == "YES<|im_end|>reposition<|im_end|>"
    assert packed.firsts.tolist() == [[0, 2]]
    assert packed.owners[0].tolist() == [0, 0, 1, 1]
    before = packed.tokens[0, packed.places[0]]
    assert tokenizer.decode(before[:2]).endswith("YES"), "the answer itself is given when its end is asked for"


def test_windows_may_have_different_numbers_of_questions(untrained: Untrained, config: TrainingConfig) -> None:
    packer = Packer(untrained.processor, 4, (8, 10), config.size.tokens_per_second)
    packed = packer([[("One?", "YES"), ("Two?", "NO")], [("One?", "NO")]], [15.0, 1.0])
    assert packed.owners.tolist() == [[0, 0, 1, 1], [0, 0, -1, -1]]
    assert packed.weights.sum(dim=1).tolist() == [4, 2]
    logits = torch.zeros(*packed.targets.shape, 2000)
    assert float(answer_loss(logits, packed)) == pytest.approx(2 * np.log(2000)), "per question, not per token"


def test_a_question_sees_the_frames_and_itself_only(untrained: Untrained, config: TrainingConfig) -> None:
    packer = Packer(untrained.processor, 4, (8, 10), config.size.tokens_per_second)
    packed = packer([[("One?", "YES"), ("Two?", "NO")], [("?", "NO"), ("?", "NO")]], [15.0, 15.0])
    mask = packed.mask[0, 0].numpy()
    shown = packed.video[1] + 1
    second = int(packed.places[0, int(packed.firsts[0, 1])])
    first = int(packed.places[0, int(packed.firsts[0, 0])])
    assert mask[second, :shown].all() and mask[second, second]
    assert not mask[second, shown : first + 1].any()
    assert not np.triu(mask, 1).any()
    assert packed.mask.any(dim=-1).all(), "a row without anything to look at would be NaN"
