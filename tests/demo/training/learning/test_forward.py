"""The forward pass gives the same results as transformers."""

from __future__ import annotations

import torch

from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.clips import moment_clips
from lmms_eval_plugins.demo.training.data.footage import ActivityFootage
from lmms_eval_plugins.demo.training.data.packing import Packer, to_patches
from lmms_eval_plugins.demo.training.data.wording import Kind, load_wording
from lmms_eval_plugins.demo.training.learning.forward import encode_patches, run_packed
from lmms_eval_plugins.domain.vocabulary import Hand
from tests.demo.training.conftest import Untrained
from tests.support.demo_model import engine_inputs, question_text

QUESTIONS: tuple[tuple[Hand, Kind], ...] = (
    ("left", "motion"),
    ("right", "primitives"),
    ("left", "activity"),
    ("right", "rating"),
)


def test_vision_is_the_models(
    untrained: Untrained, config: TrainingConfig, footage: tuple[ActivityFootage, ActivityFootage]
) -> None:
    clips = list(moment_clips(footage[1], config.pictures))[:2]
    patches, grid = to_patches([clip.frames for clip in clips])
    visual = untrained.model.model.visual
    with torch.inference_mode():
        real = visual(
            patches.flatten(0, 1), grid_thw=torch.tensor([[config.pictures.frames // 2, *grid]] * 2)
        ).pooler_output
        mine = encode_patches(visual, patches, grid)
    torch.testing.assert_close(mine.flatten(0, 1), real, atol=1e-4, rtol=1e-4)


def test_packed_questions_are_answered_as_if_asked_alone(
    untrained: Untrained, config: TrainingConfig, footage: tuple[ActivityFootage, ActivityFootage]
) -> None:
    """The same logits for every question, whatever else is packed with it and whatever frame rate is declared."""
    clips = [list(moment_clips(video, config.pictures))[2] for video in footage]
    wording = load_wording()
    texts = [question_text(wording, kind, hand) for hand, kind in QUESTIONS]
    packs = [[(text, "YES") for text in texts], [(text, "stabilize") for text in texts[:2] + texts[:1] + texts[3:]]]
    declared = [24.0, 0.7]
    patches, grid = to_patches([clip.frames for clip in clips])
    packer = Packer(untrained.processor, config.pictures.frames // 2, grid, config.size.tokens_per_second)
    packed = packer(packs, declared)
    replies = []
    with torch.inference_mode():
        logits = run_packed(untrained.model, patches, grid, packed).logits
        for row, (clip, questions, fps) in enumerate(zip(clips, packs, declared, strict=True)):
            for number, (question, _) in enumerate(questions):
                inputs = engine_inputs(untrained.processor, config.pictures, clip.frames, [question], fps)
                alone = untrained.model(**inputs).logits[0, -1]
                mine = logits[row, packed.firsts[row, number]]
                torch.testing.assert_close(mine, alone, atol=2e-3, rtol=1e-3)
                replies.append(alone)
    assert float(torch.stack(replies).std(dim=0).max()) > 0.1, "the answers differ, so that the test means something"
