"""Performances without pictures: labels, hands and objects of a demo video."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Protocol

import pytest

from lmms_eval_plugins.demo.scenes.activities.exercises import EXERCISES
from lmms_eval_plugins.demo.scenes.activities.scene import Performance
from lmms_eval_plugins.demo.scenes.body import Take, play_performance
from lmms_eval_plugins.demo.scenes.motion import timeline_of
from lmms_eval_plugins.demo.scenes.subjects import Subject, generator, make_subject
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import Activity


@dataclass(frozen=True)
class Played:
    subject: Subject
    performance: Performance
    take: Take
    timeline: Timeline


class Play(Protocol):
    """Plays an activity of a subject; the same arguments give the same object."""

    def __call__(self, index: int, activity: Activity, seed: int = 0, n_frames: int = 600) -> Played: ...


@pytest.fixture(scope="session")
def play() -> Play:
    @cache
    def _play(index: int, activity: Activity, seed: int = 0, n_frames: int = 600) -> Played:
        subject = make_subject(seed, index)
        rng = generator(seed, index, 1, list(EXERCISES).index(activity))
        performance = EXERCISES[activity](subject, n_frames, rng)
        taken = play_performance(subject, performance, n_frames, rng)
        return Played(subject, performance, taken, timeline_of(performance.scripts[performance.hand], n_frames))

    return _play
