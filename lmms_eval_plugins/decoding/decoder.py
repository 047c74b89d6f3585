"""A decoder fitted on other patients' labels, which decodes videos without labels."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.decoding.chain import Chain, likeliest_paths, sample_paths
from lmms_eval_plugins.decoding.clock import SAME_SHARE, Clock, Floats, Ints, Ticks, cut_into_ticks
from lmms_eval_plugins.decoding.evidence import Expert
from lmms_eval_plugins.decoding.habits import AGES, Habits
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import AnsweredVideo

Loss = Literal["edit", "counts"]

_FIRST_LETTER = ord("a")


def least_risk(paths: Ints, loss: Loss) -> int:
    """Return the index of the path of labels with the least mean loss against all paths; of equal ones the first.

    Args:
        paths: sampled paths; (N, T).
        loss: ``edit``: ``Lev(p, r) / max(|p|, |r|)``, that is one minus a hundredth of the edit score; or ``counts``:
            ``Σ_k |c_p(k) − c_r(k)| / Σ_k c_r(k)``, the relative counting error.
    """
    sequences = letters(paths)
    return int(np.argmin(_edit_risk(sequences) if loss == "edit" else _count_risk(sequences)))


def letters(paths: Ints) -> list[str]:
    """Return each path as characters, one per label from ``a`` on, with repeats merged; paths are (N, T)."""
    kept = np.ones(paths.shape, dtype=bool)
    kept[:, 1:] = paths[:, 1:] != paths[:, :-1]
    text = (paths[kept] + _FIRST_LETTER).astype("<u4").tobytes().decode("utf-32-le")
    ends = [0, *kept.sum(axis=1).cumsum().tolist()]
    return [text[start:end] for start, end in pairwise(ends)]


def _edit_risk(sequences: Sequence[str]) -> Floats:
    distances = cdist(sequences, sequences, scorer=Levenshtein.distance)
    lengths = np.array([len(sequence) for sequence in sequences])
    risk: Floats = (distances / np.maximum(lengths[:, None], lengths[None, :])).mean(axis=1)
    return risk


def _count_risk(sequences: Sequence[str]) -> Floats:
    used = sorted(set().union(*sequences))
    counts = np.array([[sequence.count(letter) for letter in used] for sequence in sequences])
    errors = np.abs(counts[:, None, :] - counts[None, :, :]).sum(axis=-1)
    risk: Floats = (errors / counts.sum(axis=1)[None, :]).mean(axis=1)
    return risk


Method = Literal["viterbi", "sample", "mbr", "mbr_counts"]
"""The most likely path; one posterior sample; the sample of least expected loss by edit distance, or by counts."""

LOSSES: Mapping[Method, Loss] = {"mbr": "edit", "mbr_counts": "counts"}

SAMPLES = 128
"""Posterior samples per video; four times as many raise the edit score by 0.2, the difference between seeds."""


@dataclass(frozen=True, slots=True)
class Decoder:
    """A fitted decoder.

    Attributes:
        clock: the clock of the windows that it was fitted on.
        experts: evidence from answers; one expert for each model whose answers it reads.
        habits: habits of labels, pooled over activities.
        habits_by_activity: activity → its own habits with a share of all others'; empty where activities are pooled.
        weight: weight of a window's evidence: 1 takes windows for independent; 0 is the blind control, which uses
            habits and the video's length, and no answers.
        patients: the patients on whose labels it was fitted.
        labels: the labels that its timelines are of.
    """

    clock: Clock
    experts: tuple[Expert, ...]
    habits: Habits
    habits_by_activity: Mapping[str, Habits]
    weight: float
    patients: tuple[str, ...]
    labels: tuple[str, ...] = PRIMITIVES

    def decode(
        self, videos: Sequence[AnsweredVideo[Timeline]], method: Method, *, seed: int = 0, samples: int = SAMPLES
    ) -> list[Timeline]:
        """Decode the timeline of each video.

        A video's random numbers depend on the seed and its id only, so that its timeline does not depend on the other
        videos.

        Args:
            videos: the videos; their truth is not used.
            method: the method of decoding.
            seed: seed of the samples.
            samples: number of samples of a method of least risk, at least 1.

        Raises:
            ValueError: a video has no windows; `check` refuses it with a message for users.
        """
        return [first for (first,) in self.decode_by_seeds(videos, method, (seed,), samples)]

    def decode_by_seeds(
        self, videos: Sequence[AnsweredVideo[Timeline]], method: Method, seeds: Sequence[int], samples: int = SAMPLES
    ) -> list[tuple[Timeline, ...]]:
        """Decode several timelines of each video, one by each seed: those that `decode` gives by it."""
        ticks, chains = self.chains(videos)
        paths = choose_paths(chains, [video.video_id for video in videos], method, seeds, samples)
        return [
            tuple(own.timeline(path, self.labels) for path in by_seed)
            for own, by_seed in zip(ticks, paths, strict=True)
        ]

    def chains(self, videos: Sequence[AnsweredVideo[Timeline]]) -> tuple[list[Ticks], list[Chain]]:
        """Return the ticks of each video, and its chain.

        Raises:
            ValueError: a video has no windows.
        """
        ticks = [cut_into_ticks(video.windows, self.clock) for video in videos]
        return ticks, [self._chain(video, own) for video, own in zip(videos, ticks, strict=True)]

    def _chain(self, video: AnsweredVideo[Timeline], ticks: Ticks) -> Chain:
        ratios = sum((expert.ratios(ticks) for expert in self.experts), np.zeros((len(ticks.window), len(self.labels))))
        return make_chain(ratios, self.habits_for(video), self.weight / self.clock.ticks)

    def habits_for(self, video: AnsweredVideo[Timeline]) -> Habits:
        """Return the habits of the video's activity; the pooled ones where it is unknown or not in training."""
        return self.habits_by_activity.get(video.activity or "", self.habits)

    def check(self, videos: Sequence[AnsweredVideo[Timeline]], labels: Sequence[str] = PRIMITIVES) -> None:
        """Refuse the videos of a run that does not fit the decoder.

        Single videos may have other windows than most, as videos of another frame rate do.

        Args:
            videos: the videos.
            labels: the labels of their dataset.

        Raises:
            UserError: the dataset has other labels, the videos have other windows or other questions, or a video has
                no windows.
        """
        if set(labels) != set(self.labels):
            raise UserError(
                f"the decoder was fitted on the labels {listed(self.labels)}; the run has {listed(labels)}:"
                " fit one on runs with the same labels"
            )
        for video in videos:
            if not video.windows:
                raise UserError(f"{video.video_id}: no windows, so there is nothing to decode")
        clock = Clock.from_windows(video.windows for video in videos)
        for what, own, other in (
            ("windows of", self.clock.window_s, clock.window_s),
            ("a window every", self.clock.stride_s, clock.stride_s),
        ):
            several = any(len(video.windows) > 1 for video in videos)
            if abs(own - other) > SAME_SHARE * own and several:
                raise UserError(
                    f"the decoder was fitted on {what} {own:.3f} s, here it is {other:.3f} s;"
                    " fit one on runs with the same windows"
                )
        answered = {question for video in videos for window in video.windows for question in window.answers}
        read = [question for expert in self.experts for question in expert.code.forms]
        if absent := [question for question in read if question not in answered]:
            raise UserError(
                f"the decoder reads answers to {', '.join(map(repr, read))}; {', '.join(map(repr, absent))}"
                f" was not asked here (there is {', '.join(map(repr, sorted(answered))) or 'nothing'})"
            )


def make_chain(ratios: Floats, habits: Habits, weight: float) -> Chain:
    """Make a chain from log ratios of evidence (ticks, labels) and habits."""
    return Chain((weight * ratios)[:, habits.states], habits.initial, habits.transition)


_SEEDS_AT_ONCE = 5
"""So many seeds are sampled in one pass, which bounds the memory: 0.1 GB for nine videos of a minute each."""


def choose_paths(
    chains: Sequence[Chain], names: Sequence[str], method: Method, seeds: Sequence[int], samples: int = SAMPLES
) -> list[list[Ints]]:
    """Return the index of the label at each tick, by a method: for each chain a path (ticks,) by each seed."""
    if method == "viterbi":
        return [[path // AGES] * len(seeds) for path in likeliest_paths(chains)]
    n = 1 if method == "sample" else samples
    chosen: list[list[Ints]] = [[] for _ in chains]
    for start in range(0, len(seeds), _SEEDS_AT_ONCE):
        some = seeds[start : start + _SEEDS_AT_ONCE]
        uniform = [
            np.concatenate([random_numbers(seed, name, n, len(chain.evidence)) for seed in some])
            for name, chain in zip(names, chains, strict=True)
        ]
        for own, drawn in zip(chosen, sample_paths(chains, uniform), strict=True):
            of_seeds = np.split(drawn // AGES, len(some))
            own += [paths[0 if method == "sample" else least_risk(paths, LOSSES[method])] for paths in of_seeds]
    return chosen


def random_numbers(seed: int, name: str, n: int, n_ticks: int) -> Floats:
    """Return the random numbers of a video by a seed, in [0, 1); (n, ticks)."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())]).random((n, n_ticks))
