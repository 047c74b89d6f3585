from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from lmms_eval_plugins.demo.scenes.activities.exercises import EXERCISES
from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH, camera_of
from lmms_eval_plugins.demo.scenes.painting.brush import Canvas, shaded
from lmms_eval_plugins.demo.scenes.painting.painter import paint
from lmms_eval_plugins.demo.scenes.subjects import make_subject
from lmms_eval_plugins.domain.vocabulary import Activity


def test_pictures_move_and_are_the_same_twice(play: Callable) -> None:
    played = play(0, "RTT", n_frames=60)
    first, second = (
        [*islice(paint(played.subject, played.performance.scene, played.take), 29, 60, 10)] for _ in range(2)
    )
    assert all((one == other).all() for one, other in zip(first, second, strict=True))
    assert first[0].shape == (HEIGHT, WIDTH, 3)
    assert first[0].dtype == np.uint8
    assert np.abs(first[-1].astype(int) - first[0]).mean() > 0.5


@pytest.mark.parametrize("activity", EXERCISES)
def test_every_activity_looks_different_before_anything_moves(play: Callable, activity: Activity) -> None:
    def table(name: Activity) -> np.ndarray:
        played = play(0, name, n_frames=10)
        return next(paint(played.subject, played.performance.scene, played.take)).astype(int)[HEIGHT // 2 :]

    own = table(activity)
    for other in EXERCISES:
        if other != activity:
            assert (np.abs(own - table(other)).sum(axis=2) > 60).mean() > 0.03, other


@pytest.mark.parametrize("activity", EXERCISES)
def test_what_is_carried_is_seen_in_the_hand(play: Callable, activity: Activity) -> None:
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
def test_the_straps_are_at_the_wrists(play: Callable, index: int) -> None:
    played = play(index, "RTT", n_frames=10)
    picture = next(paint(played.subject, played.performance.scene, played.take)).astype(int)
    camera = camera_of(played.subject.visit)
    strap = np.array(Canvas.blank(played.subject.visit).ink(played.subject.looks.strap))
    for hand in ("left", "right"):
        x, y = camera.project(played.take.joints[f"{hand}_wrist"][0])[:2].astype(int)
        near = picture[max(y - 20, 0) : y + 8, x - 20 : x + 20]
        assert (np.abs(near - strap).sum(axis=2) < 24).sum() > 12


def test_a_hand_is_large_in_a_small_picture(play: Callable) -> None:
    for index in range(8):
        subject = play(index, "RTT", n_frames=10).subject
        scale = camera_of(subject.visit).project(np.array([0.0, 0.05, 0.2]))[2]
        assert 0.1 * 1.14 * scale * 112 / WIDTH > 10


def test_points_of_the_table_project_where_they_should() -> None:
    camera = camera_of(make_subject(0, 0).visit)
    left, right, far, near, high = camera.project(
        np.array([(0.2, 0, 0.2), (-0.2, 0, 0.2), (0, 0, 0), (0, 0, 0.5), (0, 0.3, 0)])
    )
    assert left[0] > right[0]
    assert near[1] > far[1] > high[1]
    assert near[2] > far[2]


def test_a_disc_is_centred_on_its_pixel() -> None:
    canvas = Canvas.blank(make_subject(0, 0).visit)
    canvas.disc((100.0, 50.0), 8.0, (200, 200, 200))
    weight = canvas.picture()[..., 1].astype(float)
    rows, columns = np.indices(weight.shape)
    assert (columns * weight).sum() / weight.sum() == pytest.approx(100, abs=0.06)
    assert (rows * weight).sum() / weight.sum() == pytest.approx(50, abs=0.06)


def test_limbs_that_point_at_the_camera_are_discs() -> None:
    canvas = Canvas.blank(make_subject(0, 0).visit)
    canvas.limb(np.array([100.0, 100.0]), np.array([101.0, 100.0]), 20.0, 10.0, (200, 120, 80))
    painted = np.argwhere(canvas.picture().any(axis=2))
    assert np.ptp(painted, axis=0) == pytest.approx([40, 40], abs=2)


def test_shades() -> None:
    assert shaded((100, 50, 0), 0.5) == (50, 25, 0)
    assert shaded((100, 50, 0), 2.0) == (255, 255, 255)
