"""The configuration of a training, one YAML file: scenes, pictures, size and recipe."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.yaml_files import describe_in_file, read_yaml

DEFAULT_CONFIG = Path(__file__).with_name("rehab_tiny.yaml")
"""The configuration of the shipped model."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Scenes(_Part):
    """The people filmed for training, and the held-out people that the model is scored on.

    Attributes:
        seed: seed of the people trained on; the demo dataset's is 0.
        subjects: number of them that do every activity once.
        examined: clips of every task of the assessment from every camera, each of another person.
        held_out_seed: seed of the held-out people.
        held_out_subjects: number of them that do every activity.
        held_out_examined: clips of every task of the assessment from every camera, each of another person.
        seconds: length of an activity's video.
    """

    seed: int = Field(gt=0)
    subjects: int = Field(gt=0)
    examined: int = Field(gt=0)
    held_out_seed: int = Field(gt=0)
    held_out_subjects: int = Field(gt=0)
    held_out_examined: int = Field(gt=0)
    seconds: float = Field(gt=1)


class Pictures(_Part):
    """The pictures that the model gets: windows of ``frames`` frames at ``fps`` per second, within pixel limits."""

    fps: int = Field(gt=0)
    frames: int = Field(gt=1, multiple_of=2)
    min_pixels: int = Field(gt=0)
    max_pixels: int = Field(gt=0)


class Size(_Part):
    """The size of the model: layers, width of the residual stream, attention heads, tokens of the vocabulary."""

    vision_layers: int = Field(gt=0)
    text_layers: int = Field(gt=1)
    width: int = Field(gt=0)
    heads: int = Field(gt=0)
    vocabulary: int = Field(gt=300)
    tokens_per_second: int = Field(gt=0)


class TopicShare(_Part):
    """A kind of windows in a step: number of windows, and of questions about each, which share its encoding."""

    windows: int = Field(gt=0)
    questions: int = Field(gt=0)


class Recipe(_Part):
    """The recipe of a training; shares are 0 to 1.

    Attributes:
        steps: optimiser steps.
        moments: short windows of activities.
        wholes: frames spread over videos of activities.
        exams: clips of the assessment.
        learning_rate: at its highest, after ``warmup`` steps; a cosine takes it to 0.
        weight_decay: of matrices.
        boost: factor on the initial weights of blocks.
        task_words: share of the questions in the words of the tasks; the rest are paraphrases.
        other_hand: share of the questions about the hand that mostly rests.
        frozen: share of the windows whose first frame is repeated, so that nothing moves.
        dense_weight: weight of the loss per visual cell at the beginning.
        dense_until: share of the steps after which that weight is 0.
        tint: range of the random factor on the channels' brightness, around 1.
    """

    steps: int = Field(gt=0)
    moments: TopicShare
    wholes: TopicShare
    exams: TopicShare
    learning_rate: float = Field(gt=0)
    warmup: int = Field(ge=1)
    weight_decay: float = Field(ge=0)
    boost: float = Field(gt=0)
    task_words: float = Field(ge=0, le=1)
    other_hand: float = Field(ge=0, le=1)
    frozen: float = Field(ge=0, le=1)
    dense_weight: float = Field(ge=0)
    dense_until: float = Field(gt=0, le=1)
    tint: float = Field(ge=0, lt=1)

    @property
    def windows(self) -> int:
        """Number of windows in a step."""
        return self.moments.windows + self.wholes.windows + self.exams.windows


class TrainingConfig(_Part):
    """The whole configuration of a training run.

    Attributes:
        version: of the resulting model.
        seed: of weights, windows and questions.
        score_every: steps between two scores on held-out people; a checkpoint is kept with each.
    """

    version: int = Field(ge=1)
    seed: int
    score_every: int = Field(gt=0)
    scenes: Scenes
    pictures: Pictures
    size: Size
    recipe: Recipe


def load_config(path: Path = DEFAULT_CONFIG) -> TrainingConfig:
    """Read a training configuration.

    Raises:
        UserError: the file is missing, no YAML, or has a key or value that is not valid; one line with file and key.
    """
    text, values = read_yaml(path)
    try:
        return TrainingConfig.model_validate(values)
    except ValidationError as error:
        models = (TrainingConfig, Scenes, Pictures, Size, Recipe, TopicShare)
        raise UserError(describe_in_file(path, text, error, *models)) from error
