"""The tasks of the assessment: what the arm does at each score, and its pictures."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
import numpy.typing as npt
import pytest

from lmms_eval_plugins.demo.scenes.body import FOREARM_M, UPPER_ARM_M
from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH
from lmms_eval_plugins.demo.scenes.exams.body import ExamTake, examine_arm
from lmms_eval_plugins.demo.scenes.exams.items import EXAM_FPS, EXAMS, Exam, View
from lmms_eval_plugins.demo.scenes.exams.moves import INDEX_FINGER_M
from lmms_eval_plugins.demo.scenes.motion import Array
from lmms_eval_plugins.demo.scenes.painting.exam import paint_exam
from lmms_eval_plugins.demo.scenes.subjects import generator, make_subject
from lmms_eval_plugins.domain.vocabulary import Hand

BY_NAME = {exam.name: exam for exam in EXAMS}


def played(name: str, level: int | dict[int, int], index: int = 1, arm: Hand | None = None) -> ExamTake:
    subject, exam = make_subject(0, index), BY_NAME[name]
    scores = dict.fromkeys(exam.items, level) if isinstance(level, int) else level
    return examine_arm(subject, exam, arm or subject.hand, scores, generator(5, index))


def fingertip(taken: ExamTake) -> Array:
    return taken.joints[f"{taken.arm}_wrist"] + INDEX_FINGER_M * taken.arms[taken.arm].hand


@pytest.mark.parametrize("index", range(8))
class TestMovements:
    @pytest.mark.parametrize("name", ["5", "13", "15", "16"])
    def test_the_arm_rises_as_high_as_the_score(self, name: str, index: int) -> None:
        rises = []
        for level in (0, 1, 2):
            upper = played(name, level, index)
            rises.append(float(upper.arms[upper.arm].upper[-1, 1]))
        assert rises[1] - rises[0] > 0.15
        assert rises[2] - rises[1] > 0.3

    def test_the_arm_stretches_down_as_far_as_the_score(self, index: int) -> None:
        heights = []
        for level in (0, 1, 2):
            taken = played("10", level, index)
            heights.append(taken.joints[f"{taken.arm}_wrist"][-1, 1])
        assert heights[0] > heights[1] + 0.1 > heights[2] + 0.2

    def test_the_hand_flaps_as_far_as_the_score(self, index: int) -> None:
        swings = [
            np.ptp(np.rad2deg(np.arcsin(t.arms[t.arm].hand[:, 1]))) for t in (played("20", n, index) for n in (0, 1, 2))
        ]
        assert swings[0] < 12
        assert 25 < swings[1] < 50
        assert swings[2] > 90

    @pytest.mark.parametrize(("item", "closed"), [(24, True), (25, False)])
    def test_fingers_bend_and_stretch_as_far_as_their_own_score(self, item: int, closed: bool, index: int) -> None:
        ends = []
        for level in (0, 1, 2):
            taken = played("24_25", {24: 1, 25: 1, item: level}, index)
            curls = taken.arms[taken.arm].curls[:, 1:].mean(axis=1)
            ends.append(curls.max() if closed else -curls[-1])
        assert ends[1] - ends[0] > 0.12
        assert ends[2] - ends[1] > 0.12

    def test_the_finger_misses_the_nose_as_the_score_says(self, index: int) -> None:
        nearest = []
        for level in (0, 1, 2):
            taken = played("31_33", {31: 2, 32: level, 33: 2}, index)
            nearest.append(float(np.linalg.norm(fingertip(taken) - taken.joints["nose"], axis=1).min()))
        assert nearest[0] > 0.11
        assert 0.04 < nearest[1] < 0.09
        assert nearest[2] < 0.03

    def test_the_finger_shakes_as_the_score_says(self, index: int) -> None:
        shakes = []
        for level in (0, 1, 2):
            tip = fingertip(played("31_33", {31: level, 32: 2, 33: 2}, index))
            shakes.append(float(np.abs(np.diff(tip[:, :2], 3, axis=0)).mean()))
        assert shakes[0] > 1.5 * shakes[1] > 2 * shakes[2]

    def test_the_other_arm_is_faster_by_what_the_score_says(self, index: int) -> None:
        subject = make_subject(0, index)
        other: Hand = "right" if subject.hand == "left" else "left"
        quick = len(played("31_33", 2, index, other).joints["nose"]) / EXAM_FPS
        slower = [
            len(played("31_33", {31: 2, 32: 2, 33: n}, index).joints["nose"]) / EXAM_FPS - quick for n in (0, 1, 2)
        ]
        assert slower[0] >= 6
        assert 2 <= slower[1] < 6
        assert slower[2] < 2


@pytest.mark.parametrize("exam", EXAMS, ids=lambda exam: exam.name)
def test_bones_keep_their_length_and_arms_mirror(exam: Exam) -> None:
    arms: tuple[Hand, Hand] = ("left", "right")
    for arm in arms:
        taken = played(exam.name, 1, 3, arm)
        shoulder, elbow, wrist = (taken.joints[f"{arm}_{part}"] for part in ("shoulder", "elbow", "wrist"))
        assert np.linalg.norm(elbow - shoulder, axis=1) == pytest.approx(UPPER_ARM_M)
        assert np.linalg.norm(wrist - elbow, axis=1) == pytest.approx(FOREARM_M)
    left, right = (played(exam.name, 1, 3, arm) for arm in arms)
    assert left.joints["left_wrist"] * [-1, 1, 1] == pytest.approx(right.joints["right_wrist"])


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize(("exam", "view"), [(exam, view) for exam in EXAMS for view in exam.views])
def test_every_task_is_painted_at_every_level(exam: Exam, view: View, level: int) -> None:
    subject = make_subject(0, 2)
    scores = dict.fromkeys(exam.items, level)

    def pictures() -> Iterator[npt.NDArray[np.uint8]]:
        return paint_exam(subject, exam, examine_arm(subject, exam, subject.hand, scores, generator(1)), view)

    made = [*islice(pictures(), 0, 30, 29)]
    again = next(pictures())
    assert made[0].shape == (HEIGHT, WIDTH, 3)
    assert made[0].dtype == np.uint8
    assert (made[0] == again).all()
    assert np.abs(made[1].astype(int) - made[0]).mean() > (0.02 if level == 0 else 0.2)


def test_clips_last_two_to_fourteen_seconds() -> None:
    for index in range(8):
        for exam in EXAMS:
            for level in (0, 1, 2):
                seconds = len(played(exam.name, level, index).joints["nose"]) / EXAM_FPS
                assert 2 <= seconds <= 14.8
                assert exam.name == "31_33" or seconds == pytest.approx(exam.seconds, abs=0.04)
