"""Pictures of activities."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import numpy as np
import numpy.typing as npt
import pytest

from lmms_eval_plugins.demo.scenes.activities.exercises import EXERCISES
from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH, camera_of
from lmms_eval_plugins.demo.scenes.painting.brush import Canvas
from lmms_eval_plugins.demo.scenes.painting.painter import paint
from lmms_eval_plugins.domain.vocabulary import Activity
from tests.demo.conftest import Play


def test_pictures_move_and_are_the_same_twice(play: Play) -> None:
    played = play(0, "RTT", n_frames=60)
    first, second = (
        [*islice(paint(played.subject, played.performance.scene, played.take), 29, 60, 10)] for _ in range(2)
    )
    assert all((one == other).all() for one, other in zip(first, second, strict=True))
    assert first[0].shape == (HEIGHT, WIDTH, 3)
    assert first[0].dtype == np.uint8
    assert np.abs(first[-1].astype(int) - first[0]).mean() > 0.5


@pytest.mark.parametrize("activity", EXERCISES)
def test_every_activity_looks_different_before_anything_moves(play: Play, activity: Activity) -> None:
    def table(name: Activity) -> npt.NDArray[np.int64]:
        played = play(0, name, n_frames=10)
        return next(paint(played.subject, played.performance.scene, played.take)).astype(np.int64)[HEIGHT // 2 :]

    own = table(activity)
    for other in EXERCISES:
        if other != activity:
            assert (np.abs(own - table(other)).sum(axis=2) > 60).mean() > 0.03, other


@pytest.mark.parametrize("activity", EXERCISES)
def test_what_is_carried_is_seen_in_the_hand(play: Play, activity: Activity) -> None:
    played = play(0, activity, n_frames=150)
    hand = played.take.hands[played.performance.hand]
    frame = int(np.flatnonzero(hand.held >= 0)[10])
    item = played.performance.scene.items[hand.held[frame]]
    unseen = replace(played.take, items=played.take.items + [[[0.0, -9.0, 0.0]]] * len(played.take.items))
    with_item, without = (
        next(islice(paint(played.subject, played.performance.scene, take), frame, None)).astype(int)
        for take in (played.take, unseen)
    )
    x, y = camera_of(played.subject.visit).project(hand.position[frame])[:2].astype(int)
    near = np.abs(with_item - without)[max(y - 60, 0) : y + 60, max(x - 60, 0) : x + 60].sum(axis=2) > 60
    assert near.sum() > 250, item.look


@pytest.mark.parametrize("index", range(8))
def test_the_straps_are_at_the_wrists(play: Play, index: int) -> None:
    played = play(index, "RTT", n_frames=10)
    picture = next(paint(played.subject, played.performance.scene, played.take)).astype(int)
    camera = camera_of(played.subject.visit)
    strap = np.array(Canvas.blank(played.subject.visit).ink(played.subject.looks.strap))
    for hand in ("left", "right"):
        x, y = camera.project(played.take.joints[f"{hand}_wrist"][0])[:2].astype(int)
        near = picture[max(y - 20, 0) : y + 8, x - 20 : x + 20]
        assert (np.abs(near - strap).sum(axis=2) < 24).sum() > 12


def test_a_hand_is_large_in_a_small_picture(play: Play) -> None:
    for index in range(8):
        subject = play(index, "RTT", n_frames=10).subject
        scale = camera_of(subject.visit).project(np.array([0.0, 0.05, 0.2]))[2]
        assert 0.1 * 1.14 * scale * 112 / WIDTH > 10
