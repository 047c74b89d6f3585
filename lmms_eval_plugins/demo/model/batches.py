"""One optimiser step's windows and questions, as a function of the seed and the step alone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from lmms_eval_plugins.demo.model.clips import Clip, Reels
from lmms_eval_plugins.demo.model.config import TrainingConfig
from lmms_eval_plugins.demo.model.footage import HANDS
from lmms_eval_plugins.demo.model.packing import Packed, Packer
from lmms_eval_plugins.demo.model.patches import to_patches
from lmms_eval_plugins.demo.model.words import Wording, answer, draw_topics
from lmms_eval_plugins.demo.subjects import generator
from lmms_eval_plugins.vocabulary import PRIMITIVES

_TOLD_FPS = (10.0, 12.0, 20.0, 24.0, 30.0)
"""What the model may be told about the frames instead of the truth; without metadata the processor assumes 24."""

_TOLD_TRUTH = 0.6


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step learns from."""

    clips: list[Clip]
    patches: Tensor
    grid: tuple[int, int]
    packed: Packed


class Batches:
    """Makes the batch of any step.

    Args:
        config: the training configuration.
        reels: the videos.
        packer: packs questions.
        wording: the questions.
    """

    def __init__(self, config: TrainingConfig, reels: Reels, packer: Packer, wording: Wording) -> None:
        self._config, self._reels, self._packer, self._wording = config, reels, packer, wording

    def make(self, step: int) -> Batch:
        """The batch of a step."""
        recipe, rng = self._config.recipe, generator(self._config.seed, step)
        clips = [self._reels.draw(rng, recipe.frozen) for _ in range(recipe.batch)]
        asked, fps = [], []
        for clip in clips:
            questions = []
            for topic in draw_topics(clip.busy, recipe.questions, recipe.other_hand, rng):
                question = self._wording.draw(topic.kind, HANDS[topic.hand], recipe.task_words, rng)
                questions.append((question, answer(topic.kind, PRIMITIVES[int(clip.label[topic.hand])])))
            asked.append(questions)
            true = rng.uniform() < _TOLD_TRUTH
            fps.append(float(self._config.pictures.fps) if true else _TOLD_FPS[int(rng.integers(len(_TOLD_FPS)))])
        light = rng.uniform(1 - recipe.tint, 1 + recipe.tint, (len(clips), 1))
        tint = light * rng.uniform(1 - recipe.tint / 2, 1 + recipe.tint / 2, (len(clips), 3))
        patches, grid = to_patches([clip.frames for clip in clips], torch.from_numpy(tint).float())
        return Batch(clips, patches, grid, self._packer(asked, fps))

    def from_step(self, first: int, end: int) -> Iterator[Batch]:
        """The batches of steps, each made while the one before it is used."""
        with ThreadPoolExecutor(1) as other_thread:
            ahead = other_thread.submit(self.make, first)
            for step in range(first, end):
                batch = ahead.result()
                if step + 1 < end:
                    ahead = other_thread.submit(self.make, step + 1)
                yield batch
