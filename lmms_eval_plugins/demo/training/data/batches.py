"""The windows and questions of an optimiser step, as a function of the seed and the step alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from lmms_eval_plugins.demo.scenes.subjects import generator
from lmms_eval_plugins.demo.training.config import TopicShare, TrainingConfig
from lmms_eval_plugins.demo.training.data.clips import AnyClip, ClipSampler, MomentClip
from lmms_eval_plugins.demo.training.data.packing import Packed, Packer, to_patches
from lmms_eval_plugins.demo.training.data.questions import draw_questions
from lmms_eval_plugins.demo.training.data.wording import Wording

_WRONG_FPS = (10.0, 12.0, 20.0, 24.0, 30.0)
"""Frame rates declared for short windows instead of the true one; without metadata the processor assumes 24."""

_WRONG_FACTORS = (0.25, 2.5)
"""Limits of the factor between the rate declared for frames from a whole video and the true one."""

_TRUE_FPS_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch of windows of one shape; ``moments`` are the short ones, whose hands and primitives are known."""

    moments: list[MomentClip]
    n_windows: int
    patches: Tensor
    grid: tuple[int, int]
    packed: Packed


class Batches:
    """The batches of every step: one of short windows of activities, one of whole videos and assessment clips.

    Args:
        config: the training configuration.
        sampler: draws windows of the videos.
        packer: packs questions.
        wording: the questions.
    """

    def __init__(self, config: TrainingConfig, sampler: ClipSampler, packer: Packer, wording: Wording) -> None:
        self._config, self._sampler, self._packer, self._wording = config, sampler, packer, wording

    def make(self, step: int) -> tuple[Batch, Batch]:
        """Make the batches of a step."""
        recipe, rng, sampler = self._config.recipe, generator(self._config.seed, step), self._sampler
        moments = [sampler.draw_moment(rng, recipe.frozen) for _ in range(recipe.moments.windows)]
        wholes = [sampler.draw_whole(rng) for _ in range(recipe.wholes.windows)]
        exams = [sampler.draw_exam(rng) for _ in range(recipe.exams.windows)]
        return (
            self._batch([(moments, recipe.moments)], rng),
            self._batch([(wholes, recipe.wholes), (exams, recipe.exams)], rng),
        )

    def _batch(self, shares: Sequence[tuple[Sequence[AnyClip], TopicShare]], rng: np.random.Generator) -> Batch:
        recipe = self._config.recipe
        clips, questions, fps = [], [], []
        for clip, share in ((clip, share) for of_share, share in shares for clip in of_share):
            clips.append(clip)
            drawn = draw_questions(clip, share.questions, self._wording, recipe, rng)
            questions.append([(question.text, question.answer) for question in drawn])
            fps.append(_declared_fps(clip, rng))
        light = rng.uniform(1 - recipe.tint, 1 + recipe.tint, (len(clips), 1))
        tint = light * rng.uniform(1 - recipe.tint / 2, 1 + recipe.tint / 2, (len(clips), 3))
        patches, grid = to_patches([clip.frames for clip in clips], torch.from_numpy(tint).float())
        moments = [clip for clip in clips if isinstance(clip, MomentClip)]
        return Batch(moments, len(clips), patches, grid, self._packer(questions, fps))

    def __getitem__(self, step: int) -> tuple[Batch, Batch]:
        return self.make(step)

    def from_step(self, first: int, end: int, workers: int = 0) -> Iterator[tuple[Batch, Batch]]:
        """Yield the batches of steps, each made by a thread or by processes while the one before is in use."""
        if workers:
            yield from DataLoader(
                self,
                batch_size=None,
                sampler=range(first, end),
                num_workers=workers,
                collate_fn=_as_it_is,
                multiprocessing_context="fork",
            )
            return
        with ThreadPoolExecutor(1) as other_thread:
            ahead = other_thread.submit(self.make, first)
            for step in range(first, end):
                batches = ahead.result()
                if step + 1 < end:
                    ahead = other_thread.submit(self.make, step + 1)
                yield batches


def _as_it_is(batches: tuple[Batch, Batch]) -> tuple[Batch, Batch]:
    return batches


def _declared_fps(clip: AnyClip, rng: np.random.Generator) -> float:
    """Draw the frame rate that is declared to the model: mostly the true one."""
    if rng.uniform() < _TRUE_FPS_SHARE:
        return clip.fps
    if isinstance(clip, MomentClip):
        return _WRONG_FPS[int(rng.integers(len(_WRONG_FPS)))]
    return clip.fps * float(np.exp(rng.uniform(*np.log(_WRONG_FACTORS))))
