"""Footage and an untrained model for the tests of training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
import torch

from lmms_eval_plugins.demo.scenes.exams.items import EXAMS
from lmms_eval_plugins.demo.training.architecture import make_demo_model, make_processor, make_tokenizer
from lmms_eval_plugins.demo.training.config import TrainingConfig, load_config
from lmms_eval_plugins.demo.training.data.footage import ActivityFootage, ExamFootage
from lmms_eval_plugins.demo.training.data.scenes import ExamScene, TrainingScene
from lmms_eval_plugins.demo.training.data.wording import load_wording, vocabulary_texts
from tests.support.demo_model import shoot

if TYPE_CHECKING:
    from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor


@pytest.fixture(scope="session")
def config() -> TrainingConfig:
    """The configuration of the shipped model."""
    return load_config()


@pytest.fixture(scope="session")
def footage(config: TrainingConfig) -> tuple[ActivityFootage, ActivityFootage]:
    """Four seconds of one person in two activities; nobody of the demo dataset or of the training."""
    one, other = (shoot(TrainingScene(424242, 1, activity, 120, config.pictures)) for activity in ("RTT", "drinking"))
    assert isinstance(one, ActivityFootage) and isinstance(other, ActivityFootage)
    return one, other


@pytest.fixture(scope="session")
def exams(config: TrainingConfig) -> tuple[ExamFootage, ExamFootage]:
    """The same person lifts the arm sideways as well as the other one, and goes from knee to nose a little worse."""
    chosen = [(exam, level) for name, level in (("15", 2), ("31_33", 1)) for exam in EXAMS if exam.name == name]
    one, other = (
        shoot(ExamScene(424242, 1, exam, exam.views[0], (level,) * len(exam.items), config.pictures))
        for exam, level in chosen
    )
    assert isinstance(one, ExamFootage) and isinstance(other, ExamFootage)
    return one, other


@dataclass(frozen=True)
class Untrained:
    """A model with random weights, large enough that its logits depend on the window."""

    model: Qwen2_5_VLForConditionalGeneration
    processor: Qwen2_5_VLProcessor


@pytest.fixture(scope="session")
def untrained(config: TrainingConfig) -> Untrained:
    """A model of the shipped size with random weights."""
    tokenizer = make_tokenizer(vocabulary_texts(load_wording()), config.size.vocabulary)
    torch.manual_seed(0)
    model = make_demo_model(config.size, tokenizer).eval()
    with torch.no_grad():
        for weights in model.parameters():
            if weights.dim() > 1:
                weights.mul_(4.0)
    return Untrained(model, make_processor(tokenizer, config.pictures))
