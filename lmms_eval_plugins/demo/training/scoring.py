"""The scores of a model on the tasks' questions, computed in packed passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import torch

from lmms_eval_plugins.demo.training.data.clips import AnyClip
from lmms_eval_plugins.demo.training.data.packing import Packer, to_patches
from lmms_eval_plugins.demo.training.data.questions import TrainingQuestion, task_questions
from lmms_eval_plugins.demo.training.data.wording import KINDS, NO, SCORES, YES, YES_NO_KINDS, Kind, Wording
from lmms_eval_plugins.demo.training.learning.forward import run_packed
from lmms_eval_plugins.statistics.probabilities import roc_auc

if TYPE_CHECKING:
    from transformers import Qwen2_5_VLForConditionalGeneration, Qwen2_5_VLProcessor

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class DemoModelScore:
    """The score of a model on one kind of questions.

    Attributes:
        accuracy: share of right answers, 0 to 1.
        count: number of questions.
        auc: area under the ROC curve of yes against no, NaN without both; None for other answers.
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
    """A model's reply to one question.

    Attributes:
        right: whether it is the correct answer, word for word.
        margin: by how much the logit of yes is above that of no, at the answer's first token.
        rating: the likeliest score where the answer has one.
    """

    right: bool
    margin: float
    rating: int | None


@dataclass(slots=True)
class Tally:
    """The replies to questions of one kind."""

    margins: list[float] = field(default_factory=list)
    truth: list[bool] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    errors: list[int] = field(default_factory=list)

    def add(self, question: TrainingQuestion, reply: TalliedReply) -> None:
        """Count one reply."""
        self.right.append(reply.right)
        if question.kind in YES_NO_KINDS:
            self.margins.append(reply.margin)
            self.truth.append(question.answer == YES)
        elif question.kind == "rating" and reply.rating is not None:
            self.errors.append(abs(reply.rating - int(question.answer[-1])))

    def score(self) -> DemoModelScore:
        """Return the score of all counted replies."""
        if self.margins:
            return yes_no_score(self.margins, self.truth)
        error = float(np.mean(self.errors)) if self.errors else None
        return DemoModelScore(float(np.mean(self.right)), len(self.right), error=error)


def yes_no_score(margins: Sequence[float], truth: Sequence[bool]) -> DemoModelScore:
    """Return the score of questions that are answered yes where the margin is positive."""
    right = np.mean([(margin > 0) == true for margin, true in zip(margins, truth, strict=True)])
    area = roc_auc(margins, truth)
    return DemoModelScore(float(right), len(truth), auc=float("nan") if area is None else area)


def score_clips(
    model: Qwen2_5_VLForConditionalGeneration,
    processor: Qwen2_5_VLProcessor,
    packer: Packer,
    clips: Sequence[AnyClip],
    wording: Wording,
) -> Mapping[Kind, DemoModelScore]:
    """Score the answers to the tasks' questions about windows, whose true frame rate is declared."""
    tallies: dict[Kind, Tally] = {}
    pairs = [(clip, questions) for clip in clips if (questions := list(task_questions(clip, wording)))]
    for start in range(0, len(pairs), _AT_ONCE):
        part = pairs[start : start + _AT_ONCE]
        replies = answer_packed(
            model, processor, packer, [clip for clip, _ in part], [questions for _, questions in part]
        )
        for (_, questions), of_clip in zip(part, replies, strict=True):
            for question, reply in zip(questions, of_clip, strict=True):
                tallies.setdefault(question.kind, Tally()).add(question, reply)
    return {kind: tallies[kind].score() for kind in KINDS if kind in tallies}


def answer_packed(
    model: Qwen2_5_VLForConditionalGeneration,
    processor: Qwen2_5_VLProcessor,
    packer: Packer,
    clips: Sequence[AnyClip],
    questions: Sequence[Sequence[TrainingQuestion]],
) -> list[list[TalliedReply]]:
    """Return a model's replies to the questions about each of some windows of one shape."""
    device = next(model.parameters()).device
    patches, grid = to_patches([clip.frames for clip in clips])
    texts = [[(question.text, question.answer) for question in of_clip] for of_clip in questions]
    packed = packer(texts, [clip.fps for clip in clips]).to(device)
    with torch.inference_mode():
        logits = run_packed(model, patches.to(device), grid, packed).logits
    yes, no = (first_token(processor, word) for word in (YES, NO))
    ratings = [first_token(processor, str(score)) for score in SCORES]
    right = (logits.argmax(dim=-1) == packed.targets).tolist()
    margins = (logits[..., yes] - logits[..., no]).tolist()
    rated = logits[..., ratings].argmax(dim=-1).tolist()
    targets, owners = packed.targets.tolist(), packed.owners.tolist()
    replies = []
    for row, of_clip in enumerate(questions):
        places = [[i for i, owner in enumerate(owners[row]) if owner == number] for number in range(len(of_clip))]
        replies.append(
            [
                TalliedReply(
                    right=all(right[row][i] for i in mine),
                    margin=margins[row][mine[0]],
                    rating=next((rated[row][i] for i in mine if targets[row][i] in ratings), None),
                )
                for mine in places
            ]
        )
    return replies


def first_token(processor: Qwen2_5_VLProcessor, word: str) -> int:
    """Return the first token of an answer."""
    return int(processor.tokenizer(word)["input_ids"][0])
