"""What a decoder's posterior says of a video: how often each label occurs, and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.decoding.chain import sample_paths
from lmms_eval_plugins.decoding.clock import Floats, Ints
from lmms_eval_plugins.decoding.decoder import SAMPLES, Decoder, random_numbers
from lmms_eval_plugins.decoding.habits import AGES
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo


@dataclass(frozen=True, slots=True)
class Posterior:
    """Sequences drawn from the posterior of a video.

    Attributes:
        counts: how often each label occurs in each; (samples, labels).
        seconds: for how long, in seconds; (samples, labels).
    """

    counts: Ints
    seconds: Floats


def draw_posteriors(
    decoder: Decoder, videos: Sequence[AnsweredVideo[Timeline]], *, seed: int, samples: int = SAMPLES
) -> list[Posterior]:
    """Draw sequences from the posterior of each video; they are those that `Decoder.decode` chooses among.

    Args:
        decoder: the decoder.
        videos: the videos; their truth is not used.
        seed: seed of the samples; a video's numbers do not depend on the other videos.
        samples: number of sequences, at least 1.

    Raises:
        ValueError: a video has no windows.
    """
    ticks, chains = decoder.chains(videos)
    uniform = [
        random_numbers(seed, video.video_id, samples, len(chain.evidence))
        for video, chain in zip(videos, chains, strict=True)
    ]
    return [
        _counted(states // AGES, np.diff(own.bounds_s), len(decoder.labels))
        for own, states in zip(ticks, sample_paths(chains, uniform), strict=True)
    ]


def _counted(paths: Ints, tick_s: Floats, n_labels: int) -> Posterior:
    starts = np.ones(paths.shape, dtype=bool)
    starts[:, 1:] = paths[:, 1:] != paths[:, :-1]
    shown = [paths == label for label in range(n_labels)]
    return Posterior(
        np.stack([(own & starts).sum(axis=1) for own in shown], axis=1),
        np.stack([own @ tick_s for own in shown], axis=1),
    )
