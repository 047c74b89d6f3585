"""One optimiser step's windows and questions, as a function of the seed and the step alone."""

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
from lmms_eval_plugins.demo.training.data.asks import draw_asks
from lmms_eval_plugins.demo.training.data.clips import AnyClip, HandClip, Reels
from lmms_eval_plugins.demo.training.data.packing import Packed, Packer, to_patches
from lmms_eval_plugins.demo.training.data.words import Wording

_TOLD_FPS = (10.0, 12.0, 20.0, 24.0, 30.0)
"""What the model may be told about the frames of short windows instead of the truth; without metadata the processor
assumes 24."""

_TOLD_FACTORS = (0.25, 2.5)
"""How far from the truth, as a factor, it may be told the rate of frames from a whole video."""

_TOLD_TRUTH = 0.6


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of one kind that a step learns from; ``moments`` are those with hands and primitives, or none."""

    moments: list[HandClip]
    n_windows: int
    patches: Tensor
    grid: tuple[int, int]
    packed: Packed


class Batches:
    """Makes the batches of any step: one of short windows of activities, one of whole videos and assessment clips.

    Args:
        config: the training configuration.
        reels: the videos.
        packer: packs questions.
        wording: the questions.
    """

    def __init__(self, config: TrainingConfig, reels: Reels, packer: Packer, wording: Wording) -> None:
        self._config, self._reels, self._packer, self._wording = config, reels, packer, wording

    def make(self, step: int) -> tuple[Batch, Batch]:
        """The batches of a step."""
        recipe, rng, reels = self._config.recipe, generator(self._config.seed, step), self._reels
        moments = [reels.draw(rng, recipe.frozen) for _ in range(recipe.moments.windows)]
        wholes = [reels.draw_whole(rng) for _ in range(recipe.wholes.windows)]
        exams = [reels.draw_exam(rng) for _ in range(recipe.exams.windows)]
        return (
            self._batch([(moments, recipe.moments)], rng),
            self._batch([(wholes, recipe.wholes), (exams, recipe.exams)], rng),
        )

    def _batch(self, shares: Sequence[tuple[Sequence[AnyClip], TopicShare]], rng: np.random.Generator) -> Batch:
        recipe = self._config.recipe
        clips, asked, fps = [], [], []
        for clip, share in ((clip, share) for of_share, share in shares for clip in of_share):
            clips.append(clip)
            asks = draw_asks(clip, share.questions, self._wording, recipe, rng)
            asked.append([(ask.question, ask.answer) for ask in asks])
            fps.append(_told(clip, rng))
        light = rng.uniform(1 - recipe.tint, 1 + recipe.tint, (len(clips), 1))
        tint = light * rng.uniform(1 - recipe.tint / 2, 1 + recipe.tint / 2, (len(clips), 3))
        patches, grid = to_patches([clip.frames for clip in clips], torch.from_numpy(tint).float())
        moments = [clip for clip in clips if isinstance(clip, HandClip)]
        return Batch(moments, len(clips), patches, grid, self._packer(asked, fps))

    def __getitem__(self, step: int) -> tuple[Batch, Batch]:
        return self.make(step)

    def from_step(self, first: int, end: int, workers: int = 0) -> Iterator[tuple[Batch, Batch]]:
        """The batches of steps, made while those before them are used: by a thread, or by processes."""
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


def _told(clip: AnyClip, rng: np.random.Generator) -> float:
    """The frame rate that the model is told: mostly the true one."""
    if rng.uniform() < _TOLD_TRUTH:
        return clip.fps
    if isinstance(clip, HandClip):
        return _TOLD_FPS[int(rng.integers(len(_TOLD_FPS)))]
    return clip.fps * float(np.exp(rng.uniform(*np.log(_TOLD_FACTORS))))
