"""The nine activities of the demo by name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lmms_eval_plugins.demo.scenes.activities.grooming import combing, deodorant, glasses
from lmms_eval_plugins.demo.scenes.activities.meals import drinking, feeding
from lmms_eval_plugins.demo.scenes.activities.pick_and_place import rtt, shelf
from lmms_eval_plugins.demo.scenes.activities.scene import Performance
from lmms_eval_plugins.demo.scenes.activities.washing import brushing, face_wash
from lmms_eval_plugins.demo.scenes.subjects import Subject
from lmms_eval_plugins.domain.vocabulary import Activity

EXERCISES: dict[Activity, Callable[[Subject, int, np.random.Generator], Performance]] = {
    "brushing": brushing,
    "combing": combing,
    "deodorant": deodorant,
    "drinking": drinking,
    "face wash": face_wash,
    "feeding": feeding,
    "glasses": glasses,
    "RTT": rtt,
    "shelf": shelf,
}
"""A function for each activity, ``(subject, n_frames, rng) -> Performance``."""
