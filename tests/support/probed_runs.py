"""Dose runs with made-up hidden states, from which the label at a window's middle can be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.runs.hidden.hidden_file import BEHIND_FRAMES, HiddenLog, HiddenState
from tests.support.measured_runs import few_videos, write_dose_run

PLACES = (BEHIND_FRAMES, "grasp", "motion")
WIDTH = 8


def write_states(
    folder: Path,
    videos: Sequence[AnsweredVideo[Timeline]],
    strength: float = 2.0,
    layers: Sequence[int] = (1, 2),
    width: int = WIDTH,
    places: Sequence[str] = PLACES,
) -> Path:
    """Write hidden states of the windows of some videos into a run's folder; returns it.

    Args:
        folder: the run's.
        videos: the videos.
        strength: by so many standard deviations numbers of different primitives differ behind the last layer; behind
            others they differ by noise alone.
        layers: numbers of the layers.
        width: numbers of a state.
        places: questions, or behind the frames.
    """
    rng = np.random.default_rng(0)
    means = dict(zip(PRIMITIVES, rng.normal(size=(len(PRIMITIVES), width)), strict=True))
    with HiddenLog(folder) as log:
        for video in videos:
            for number, window in enumerate(video.windows):
                label = video.truth.at((window.start_s + window.end_s) / 2) if video.truth else None
                shift = strength * means[label] if label else 0
                log.append(
                    [
                        HiddenState(
                            "k",
                            video.video_id,
                            number,
                            place,
                            layer,
                            (rng.normal(size=width) + (layer == max(layers)) * shift).astype(np.float16),
                        )
                        for layer in layers
                        for place in places
                    ]
                )
    return folder


def write_probed_run(
    folder: Path, patients: int = 4, each: int = 2, right: float = 0.7, strength: float = 2.0, **more: object
) -> Path:
    """Write a dose run of short videos whose states tell more than its answers do; returns its folder."""
    videos = few_videos(patients, each, 20, right)
    return write_states(write_dose_run(folder, videos, **more), videos, strength)  # type: ignore[arg-type]
