"""How well a model answers the tasks' own questions, in packed passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from lmms_eval_plugins.demo.training.data.asks import TrainingQuestion, asks_of_tasks
from lmms_eval_plugins.demo.training.data.clips import AnyClip
from lmms_eval_plugins.demo.training.data.packing import Packer, to_patches
from lmms_eval_plugins.demo.training.data.words import KINDS, NO, SCORES, YES, YES_NO_KINDS, Kind, Wording
from lmms_eval_plugins.demo.training.learning.forward import think
from lmms_eval_plugins.statistics.probabilities import roc_auc

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class DemoModelScore:
    """How well a kind of question was answered.

    Attributes:
        accuracy: part of right answers.
        count: questions.
        auc: area under the ROC curve of yes against no; None for other answers.
        error: mean absolute error of ratings; None for other answers.
    """

    accuracy: float
    count: int
    auc: float | None = None
    error: float | None = None

    def __str__(self) -> str:
        if self.auc is not None:
            return f"AUC {self.auc:.3f}"
        off = "" if self.error is None else f" (off by {self.error:.2f})"
        return f"{self.accuracy:.3f} right{off}"


@dataclass(frozen=True, slots=True)
class TalliedReply:
    """What a model makes of one question.

    Attributes:
        right: whether it says the correct answer, word for word.
        margin: by how much the logit of yes is above that of no, at the answer's first token.
        rating: the likeliest of the scores where the answer has one.
    """

    right: bool
    margin: float
    rating: int | None


@dataclass(slots=True)
class Tally:
    """Questions of one kind with what was said."""

    margins: list[float] = field(default_factory=list)
    truth: list[bool] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)

    def add(self, ask: TrainingQuestion, said: TalliedReply) -> None:
        """Count one."""
        self.right.append(said.right)
        if ask.kind in YES_NO_KINDS:
            self.margins.append(said.margin)
            self.truth.append(ask.answer == YES)
        elif ask.kind == "rating" and said.rating is not None:
            self.errors.append(abs(said.rating - int(ask.answer[-1])))

    def score(self) -> DemoModelScore:
        """The score of all that were counted."""
        if self.margins:
            return score_of(self.margins, self.truth)
        error = float(np.mean(self.errors)) if self.errors else None
        return DemoModelScore(float(np.mean(self.right)), len(self.right), error=error)


def auc(scores: Sequence[float] | npt.NDArray[np.floating[Any]], truth: Sequence[bool]) -> float:
    """The chance that a random positive scores higher than a random negative, ties counting half; NaN without both."""
    area = roc_auc(scores, truth)
    return float("nan") if area is None else area


def score_of(margins: Sequence[float], truth: Sequence[bool]) -> DemoModelScore:
    """The score of questions whose answer is yes where the margin is positive."""
    right = np.mean([(margin > 0) == true for margin, true in zip(margins, truth, strict=True)])
    return DemoModelScore(float(right), len(truth), auc=auc(margins, truth))


def score_clips(
    model: Any, processor: Any, packer: Packer, clips: Sequence[AnyClip], wording: Wording
) -> Mapping[Kind, DemoModelScore]:
    """Ask the tasks' own questions about every window, each told its true frame rate."""
    tallies: dict[Kind, Tally] = {}
    asked = [(clip, asks) for clip in clips if (asks := list(asks_of_tasks(clip, wording)))]
    for start in range(0, len(asked), _AT_ONCE):
        part = asked[start : start + _AT_ONCE]
        said = answers(model, processor, packer, [clip for clip, _ in part], [asks for _, asks in part])
        for (_, asks), of_clip in zip(part, said, strict=True):
            for ask, one in zip(asks, of_clip, strict=True):
                tallies.setdefault(ask.kind, Tally()).add(ask, one)
    return {kind: tallies[kind].score() for kind in KINDS if kind in tallies}


def answers(
    model: Any, processor: Any, packer: Packer, clips: Sequence[AnyClip], asked: Sequence[Sequence[TrainingQuestion]]
) -> list[list[TalliedReply]]:
    """What a model says to questions about windows of one shape."""
    device = next(model.parameters()).device
    patches, grid = to_patches([clip.frames for clip in clips])
    packed = packer([[(ask.question, ask.answer) for ask in asks] for asks in asked], [clip.fps for clip in clips])
    packed = packed.to(device)
    with torch.inference_mode():
        logits = think(model, patches.to(device), grid, packed).logits
    yes, no = (first_token(processor, word) for word in (YES, NO))
    ratings = [first_token(processor, str(score)) for score in SCORES]
    right = (logits.argmax(dim=-1) == packed.targets).tolist()
    margins = (logits[..., yes] - logits[..., no]).tolist()
    rated = logits[..., ratings].argmax(dim=-1).tolist()
    targets, owners = packed.targets.tolist(), packed.owners.tolist()
    said = []
    for row, asks in enumerate(asked):
        places = [[i for i, owner in enumerate(owners[row]) if owner == number] for number in range(len(asks))]
        said.append(
            [
                TalliedReply(
                    right=all(right[row][i] for i in mine),
                    margin=margins[row][mine[0]],
                    rating=next((rated[row][i] for i in mine if targets[row][i] in ratings), None),
                )
                for mine in places
            ]
        )
    return said


def first_token(processor: Any, word: str) -> int:
    """The first token of an answer."""
    return int(processor.tokenizer(word)["input_ids"][0])
