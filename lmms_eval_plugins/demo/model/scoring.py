"""How well a model answers: yes against no in the logits of the first token, and the area under that ROC curve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from lmms_eval_plugins.demo.model.answering import think
from lmms_eval_plugins.demo.model.clips import Clip
from lmms_eval_plugins.demo.model.footage import HANDS
from lmms_eval_plugins.demo.model.packing import Packer
from lmms_eval_plugins.demo.model.patches import to_patches
from lmms_eval_plugins.demo.model.words import NO, YES, Kind, Wording, answer
from lmms_eval_plugins.vocabulary import PRIMITIVES

_AT_ONCE = 16
SCORED: tuple[Kind, ...] = ("motion", "grasp")
"""The kinds of questions that are answered with yes or no."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well a kind of question was answered: area under the ROC curve, part of right answers, questions."""

    auc: float
    accuracy: float
    count: int


def auc(scores: Sequence[float] | npt.NDArray[np.floating[Any]], truth: Sequence[bool]) -> float:
    """The chance that a random positive scores higher than a random negative, ties counting half; NaN without both."""
    values, positive = np.asarray(scores, float), np.asarray(truth, bool)
    n_positive, n_negative = int(positive.sum()), int((~positive).sum())
    if not n_positive or not n_negative:
        return float("nan")
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[positive].sum() - n_positive * (n_positive + 1) / 2) / (n_positive * n_negative))


def score_clips(
    model: Any,
    processor: Any,
    packer: Packer,
    clips: Sequence[Clip],
    wording: Wording,
    fps: float,
) -> Mapping[Kind, Score]:
    """Ask the tasks' own questions about the busy hand of every window, in packed passes."""
    margins: dict[Kind, list[float]] = {kind: [] for kind in SCORED}
    truth: dict[Kind, list[bool]] = {kind: [] for kind in SCORED}
    for part in _parts(clips):
        asked = [[(wording.asked(kind, HANDS[clip.busy]), NO) for kind in SCORED] for clip in part]
        for row, clip in zip(yes_over_no(model, processor, packer, part, asked, fps), part, strict=True):
            for kind, margin in zip(SCORED, row, strict=True):
                margins[kind].append(margin)
                truth[kind].append(answer(kind, PRIMITIVES[int(clip.label[clip.busy])]) == YES)
    return {kind: score_of(margins[kind], truth[kind]) for kind in SCORED}


def yes_over_no(
    model: Any,
    processor: Any,
    packer: Packer,
    clips: Sequence[Clip],
    asked: Sequence[Sequence[tuple[str, str]]],
    fps: float,
) -> list[list[float]]:
    """For every window and question, by how much the logit of yes is above that of no."""
    yes, no = (first_token(processor, word) for word in (YES, NO))
    device = next(model.parameters()).device
    patches, grid = to_patches([clip.frames for clip in clips])
    packed = packer(asked, [fps] * len(clips)).to(device)
    with torch.inference_mode():
        logits = think(model, patches.to(device), grid, packed).logits
    first = logits.gather(1, packed.firsts[..., None].expand(-1, -1, logits.shape[-1]))
    margins: list[list[float]] = (first[..., yes] - first[..., no]).tolist()
    return margins


def first_token(processor: Any, word: str) -> int:
    """The first token of an answer."""
    return int(processor.tokenizer(word)["input_ids"][0])


def score_of(margins: Sequence[float], truth: Sequence[bool]) -> Score:
    """The score of questions whose answer is yes where the margin is positive."""
    right = np.mean([(margin > 0) == true for margin, true in zip(margins, truth, strict=True)])
    return Score(auc(margins, truth), float(right), len(truth))


def _parts(clips: Sequence[Clip]) -> Iterator[Sequence[Clip]]:
    for start in range(0, len(clips), _AT_ONCE):
        yield clips[start : start + _AT_ONCE]
