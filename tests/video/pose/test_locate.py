"""The patient through a video, with a detector whose replies the test gives."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.video.container import VideoError
from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.pose.follow import Follower, extent, grown, largest, overlap
from lmms_eval_plugins.video.pose.joints import Floats
from lmms_eval_plugins.video.pose.locate import locate_patient
from lmms_eval_plugins.video.windows import Box
from tests.conftest import HEIGHT, WIDTH, write_video
from tests.support.painted import HEIGHT as HIGH
from tests.support.painted import WIDTH as WIDE
from tests.support.painted import film, turn


def person(x: float, y: float, size: float, confidence: float = 0.9) -> Floats:
    """Return seventeen joints in a square."""
    joints = np.zeros((17, 3), np.float32)
    joints[:, 0] = x + size * np.linspace(0, 1, 17)
    joints[:, 1] = y + size * np.linspace(0, 1, 17)
    joints[:, 2] = confidence
    return joints


class ListedPeople:
    """A detector that finds the same people in every frame, or those of a list."""

    def __init__(
        self,
        people: Sequence[Sequence[Floats]],
        boxes: Sequence[tuple[float, float, float, float]] = (),
        one_person: bool = False,
    ) -> None:
        self.one_person = one_person
        self._people, self._boxes = deque(people), np.array(boxes, np.float32).reshape(-1, 4)
        self.shapes: list[tuple[int, ...]] = []
        self.started, self._waiting = 0, 0

    def start(self) -> None:
        self.started += 1

    def boxes(self, image: Frames) -> Floats:
        return self._boxes

    def show(self, image: Frames) -> None:
        assert self._waiting < 2, "no more than two pictures may be on their way"
        self._waiting += 1
        self.shapes.append(image.shape)

    def seen(self) -> Floats:
        self._waiting -= 1
        people = self._people.popleft() if len(self._people) > 1 else self._people[0]
        return np.array(people, np.float32).reshape(-1, 17, 3)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", 6, 15)


def test_every_frame_is_shown_once(clip: Path) -> None:
    finder = ListedPeople([[person(5, 5, 20)]], one_person=True)
    located = locate_patient(clip, 6, 15, finder)
    assert (finder.started, finder.shapes) == (1, [(HEIGHT, WIDTH, 3)] * 6)
    assert located.n_found == 6 and located.remarks == ()
    assert np.array_equal(located.keypoints, np.array([person(5, 5, 20)] * 6))


def test_nobody_is_there(clip: Path) -> None:
    located = locate_patient(clip, 6, 15, ListedPeople([[]]))
    assert located.n_found == 0 and located.remarks == ("nobody was found in it",)
    assert np.isnan(located.keypoints[..., :2]).all() and (located.keypoints[..., 2] == 0).all()


def test_the_largest_of_several_is_followed_with_a_remark(clip: Path) -> None:
    small, large = person(2, 2, 10), person(20, 10, 25)
    finder = ListedPeople([[small, large], [large, small]], boxes=[(2, 2, 12, 12), (20, 10, 45, 35)])
    located = locate_patient(clip, 6, 15, finder)
    assert located.remarks == ("2 people at its beginning: the largest is taken for the patient",)
    assert np.array_equal(located.keypoints, np.array([large] * 6))


def test_a_box_says_who_the_patient_is(clip: Path) -> None:
    small, large = person(2, 2, 10), person(20, 10, 25)
    located = locate_patient(clip, 6, 15, ListedPeople([[large, small]]), Box(0, 0, 14, 14))
    assert located.remarks == () and np.array_equal(located.keypoints[5], small)


def test_a_detector_of_one_person_sees_only_the_patients_part(clip: Path) -> None:
    finder = ListedPeople([[person(5, 5, 10)]], one_person=True)
    located = locate_patient(clip, 6, 15, finder, Box(20, 10, 40, 30))
    assert finder.shapes == [(32, 32, 3)] * 6, "grown by three tenths on each side"
    assert np.array_equal(located.keypoints[0], person(5 + 14, 5 + 4, 10)), "in places of the whole frame"


@pytest.mark.parametrize("box", [Box(0, 0, 65, 10), Box(-1, 0, 9, 9), Box(9, 9, 9, 20), Box(70, 60, 90, 80)])
def test_a_box_outside_the_frame_is_an_error(clip: Path, box: Box) -> None:
    with pytest.raises(VideoError, match="does not lie in its frames, which are 64x48"):
        locate_patient(clip, 6, 15, ListedPeople([[]]), box)


def test_who_is_lost_is_not_mixed_up_with_another() -> None:
    follower = Follower(np.array([0, 0, 10, 10], np.float32))
    assert np.array_equal(follower.pick(np.array([person(1, 1, 10), person(30, 1, 10)])), person(1, 1, 10))
    assert not follower.pick(np.array([person(30, 1, 10)]))[:, 2].any()
    assert not follower.pick(np.zeros((0, 17, 3), np.float32))[:, 2].any()
    assert np.array_equal(follower.pick(np.array([person(2, 2, 10)])), person(2, 2, 10))


def test_boxes_of_people() -> None:
    assert extent(person(1, 2, 10)).tolist() == [1, 2, 11, 12]
    assert np.isnan(extent(person(1, 2, 10, confidence=0.1))).all()
    assert overlap(np.array([0, 0, 10, 10], np.float32), np.array([5, 0, 15, 10], np.float32)) == pytest.approx(1 / 3)
    assert overlap(np.array([0, 0, 10, 10], np.float32), np.array([20, 0, 30, 10], np.float32)) == 0
    assert largest(np.array([[0, 0, 2, 2], [0, 0, 3, 3]], np.float32)).tolist() == [0, 0, 3, 3]
    assert grown(np.array([0, 10, 20, 20], np.float32), 100, 21) == Box(0, 7, 26, 21)


def test_a_portrait_video_is_seen_upright(tmp_path: Path) -> None:
    path = turn(film(tmp_path / "v.mp4", 2), 90)
    finder = ListedPeople([[person(5, 5, 20)]], one_person=True)
    locate_patient(path, 2, 30, finder)
    assert finder.shapes == [(WIDE, HIGH, 3)] * 2, "as high as the sensor is wide"
