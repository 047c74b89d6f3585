"""Heads found in a video, held where they are lost for a while, and blurred."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.pose.heads import HOLD_S, HeadTrack, blurred, find_heads
from lmms_eval_plugins.video.pose.joints import Floats
from lmms_eval_plugins.video.windows import Box
from tests.support.painted import film, index_of

Corners = tuple[float, float, float, float]

HERE, THERE = (10, 10, 30, 30), (100, 10, 120, 30)
HERE_AS_FOUND, THERE_AS_FOUND = Box(*HERE), Box(*THERE)


def track(*looks: Sequence[Corners], step_s: float = 0.1) -> HeadTrack:
    return HeadTrack(step_s, tuple(np.array(look, np.float32).reshape(-1, 4) for look in looks))


def test_a_head_is_where_it_was_found_nearest_in_time() -> None:
    moving = track([HERE], [(40, 10, 60, 30)])
    assert moving.at(0.0)[0] == HERE_AS_FOUND and moving.at(0.1)[0] == Box(40, 10, 60, 30)
    still = track([HERE], [(11, 10, 31, 30)])
    assert still.at(0.0) == [HERE_AS_FOUND], "what is found again nearby is the same head"


def test_a_lost_head_is_still_there_in_a_box_that_widens_for_a_while() -> None:
    lost = track([HERE], *[[]] * 40)
    assert lost.at(1.0) == [Box(0, 0, 40, 40)], "half its size wider on each side after a second"
    assert lost.at(2.0) == [Box(-5, -5, 45, 45)], "and three quarters at most"
    assert lost.at(2.2) == []
    before = track(*[[]] * 10, [HERE])
    assert before.at(0.0) == lost.at(1.0), "also before it is found"


def test_of_two_heads_the_lost_one_is_kept_beside_the_other() -> None:
    one_lost = track([HERE, THERE], [HERE])
    assert one_lost.at(0.1)[0] == HERE_AS_FOUND
    assert one_lost.at(0.1)[1:] == [Box(99, 9, 121, 31)]
    close = track([HERE, (12, 10, 32, 30)])
    assert len(close.at(0.0)) == 2, "two heads of one look are two"


def test_the_share_of_a_video_without_a_known_head() -> None:
    assert track([], []).lost_share == 1.0 and track([HERE], []).lost_share == 0.0
    assert track([HERE], *[[]] * 39).lost_share == pytest.approx(19 / 40), "known at the looks up to 2.0 s of 0 to 3.9"


@given(
    looks=st.lists(st.booleans(), min_size=1, max_size=30),
    time_s=st.floats(0, 6, allow_nan=False),
    step_s=st.sampled_from([1 / 15, 0.2, 0.5]),
)
def test_whatever_was_found_within_reach_is_covered(looks: list[bool], time_s: float, step_s: float) -> None:
    found = track(*([HERE] if seen else [] for seen in looks), step_s=step_s)
    near = any(seen and abs(look * step_s - time_s) <= HOLD_S - 1e-6 for look, seen in enumerate(looks))
    boxes = found.at(time_s)
    assert bool(boxes) >= near
    assert all(box.left <= 10 and box.top <= 10 and box.right >= 30 and box.bottom >= 30 for box in boxes)


class Counting:
    """A finder of heads that keeps which frames it saw."""

    def __init__(self) -> None:
        self.started, self.seen = 0, list[int]()

    def start(self) -> None:
        self.started += 1

    def heads(self, image: Frames) -> Floats:
        self.seen.append(index_of(image))
        return np.array([HERE], np.float32)


def test_heads_are_looked_for_fifteen_times_a_second(tmp_path: Path) -> None:
    finder = Counting()
    found = find_heads(film(tmp_path / "v.mp4", 12, 30), 12, 30.0, finder)
    assert finder.started == 1 and finder.seen == [0, 2, 4, 6, 8, 10]
    assert found.step_s == pytest.approx(1 / 15) and len(found.looks) == 6


def test_nothing_of_a_blurred_head_but_mean_colours_is_left() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    before = picture.copy()
    result = blurred(picture, [Box(20, 10, 50, 40)])
    assert (picture == before).all(), "the picture itself is not changed"
    inside = result[10:40, 20:50]
    outside = np.ones((60, 80), bool)
    outside[10:40, 20:50] = False
    assert (result[outside] == picture[outside]).all()
    assert inside.std() < 0.3 * picture[10:40, 20:50].std()
    shuffled = picture.copy()  # other pixels with the same means leave the same picture
    for top in range(10, 40, 5):
        for left in range(20, 50, 5):
            shuffled[top : top + 5, left : left + 5] = picture[top : top + 5, left : left + 5][::-1, ::-1]
    assert (blurred(shuffled, [Box(20, 10, 50, 40)]) == result).all()


@pytest.mark.parametrize("box", [Box(-20, -20, 5, 5), Box(75, 55, 200, 200), Box(0, 0, 1, 1)])
def test_a_box_at_the_edge_is_blurred_as_far_as_the_picture_goes(box: Box) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    assert blurred(picture, [box]).shape == picture.shape


@pytest.mark.parametrize("box", [Box(-20, 0, 0, 30), Box(0, -20, 30, -1), Box(80, 0, 99, 9), Box(5, 70, 9, 99)])
def test_a_box_outside_changes_nothing(box: Box) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (60, 80, 3)).astype(np.uint8)
    assert (blurred(picture, [box]) == picture).all()
