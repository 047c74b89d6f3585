"""The people of training, scoring and demo are different ones."""

from __future__ import annotations

import inspect

import numpy as np

from lmms_eval_plugins.demo.render import ensure_demo
from lmms_eval_plugins.demo.scenes.exams.items import ITEMS
from lmms_eval_plugins.demo.scenes.subjects import SHIRTS, Colour, make_subject
from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.scenes import ExamScene, scenes_of
from lmms_eval_plugins.domain.vocabulary import COHORTS


def test_nobody_and_no_colour_is_in_two_parts(config: TrainingConfig) -> None:
    training, held_out = scenes_of(config)
    seeds = {scene.seed for scene in training}, {scene.seed for scene in held_out}
    assert not seeds[0] & seeds[1]
    assert 0 not in seeds[0] | seeds[1], "seed 0 is the demo dataset's"
    assert inspect.signature(ensure_demo).parameters["seed"].default == 0
    filmed = {(scene.seed, scene.index) for scene in (*training, *held_out)}
    assert not _colours({(0, index) for index in range(8)}) & _colours(filmed)


def test_who_it_is_does_not_tell_how_well_the_arm_moves(config: TrainingConfig) -> None:
    """Every clip of the assessment is of another person; levels are alike for all cohorts and all shirts."""
    for scenes in scenes_of(config):
        clips = [scene for scene in scenes if isinstance(scene, ExamScene)]
        assert len({scene.index for scene in clips}) == len(clips)
        for item in ITEMS:
            assert {scene.scores[item] for scene in clips if item in scene.exam.items} == {0, 1, 2}
        for groups in (len(COHORTS), len(SHIRTS)):
            levels = [[scene.levels[0] for scene in clips if scene.index % groups == group] for group in range(groups)]
            means = np.array([np.mean(of_group) for of_group in levels])
            noise = np.sqrt(2 / 3 / min(map(len, levels)))
            assert np.abs(means - 1).max() < 4 * noise


def _colours(people: set[tuple[int, int]]) -> set[tuple[str, Colour]]:
    subjects = [make_subject(seed, index) for seed, index in people]
    looks = {(part, getattr(s.looks, part)) for s in subjects for part in ("skin", "shirt", "hair", "strap")}
    return looks | {(part, getattr(s.visit, part)) for s in subjects for part in ("table", "wall")}
