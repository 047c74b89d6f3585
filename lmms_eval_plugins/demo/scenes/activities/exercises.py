"""What is done: the nine activities by name; :mod:`activities` has a function for each, and the words for scenes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lmms_eval_plugins.demo.scenes.activities.grooming import combing, deodorant, glasses
from lmms_eval_plugins.demo.scenes.activities.meals import drinking, feeding
from lmms_eval_plugins.demo.scenes.activities.pick_and_place import rtt, shelf
from lmms_eval_plugins.demo.scenes.activities.scene import Item, Performance, Prop, Scene, Shelf
from lmms_eval_plugins.demo.scenes.activities.washing import brushing, face_wash
from lmms_eval_plugins.demo.scenes.posture import side_sign
from lmms_eval_plugins.demo.scenes.subjects import Subject
from lmms_eval_plugins.domain.vocabulary import Activity

__all__ = ["EXERCISES", "Item", "Performance", "Prop", "Scene", "Shelf", "side_sign"]

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
"""The activities that can be performed, each ``(subject, n_frames, rng) -> Performance``."""
