from __future__ import annotations

import pytest

from lmms_eval_plugins.assessments.dose.detection import Detection, detection
from lmms_eval_plugins.assessments.dose.windows import (
    FrameAccuracy,
    JudgedVideo,
    frame_accuracy,
    primitive_confusion,
    recalls,
)
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, PRIMITIVES

TRUTH = Timeline.from_text("reach@1.000;transport@2.500;idle@4.000;idle@5.000")


def video(*predicted: str, truth: Timeline = TRUTH, window_s: float = 1.0) -> JudgedVideo:
    windows = [Segment(i * window_s, (i + 1) * window_s, label) for i, label in enumerate(predicted)]
    return JudgedVideo("v", "P", None, "feeding", truth, Timeline(tuple(windows)))


def test_true_seconds_of_windows() -> None:
    five = video(*["idle"] * 6)
    assert list(five.true_s({"reach"})) == pytest.approx([0, 1, 0.5, 0, 0, 0])
    assert list(five.labelled_s()) == pytest.approx([0, 1, 1, 1, 1, 0])


def test_middles() -> None:
    six = video(*["idle"] * 6)
    assert six.middles() == ["reach", "reach", "transport", "transport", "idle", "idle"]
    assert six.middles("idle")[0] == "idle"


def test_a_window_on_the_border_of_a_label_of_no_length_touches_one_label_only() -> None:
    truth = Timeline.from_text("reach@0.000;idle@0.500;transport@0.500;transport@2.000")
    assert detection([video("idle", truth=truth)], MOTION_PRIMITIVES, "masked") == Detection(fn=1)


def test_detection_by_what_is_true_of_windows_with_two_truths() -> None:
    one = video("reach", "idle", "reach", "transport", "transport", "idle")  # grasp: n n n y y n; window 2 is mixed
    assert detection([one], GRASP_PRIMITIVES) == Detection(tp=1, fp=1, fn=1, tn=3)
    assert detection([one], GRASP_PRIMITIVES, "masked") == Detection(tp=1, fp=1, fn=0, tn=1)
    assert detection([one], GRASP_PRIMITIVES, "optimistic") == Detection(tp=1, fp=1, fn=0, tn=4)
    assert detection([one], GRASP_PRIMITIVES, "pessimistic") == Detection(tp=1, fp=1, fn=3, tn=1)


def test_f1_precision_recall() -> None:
    found = Detection(tp=2, fp=1, fn=3, tn=4)
    assert (found.f1, found.precision, found.recall, found.n) == (0.5, 2 / 3, 0.4, 10)
    nothing = Detection(tn=4)
    assert (nothing.f1, nothing.precision, nothing.recall) == (None, None, None)
    assert found + nothing == Detection(2, 1, 3, 8)


def test_frame_accuracy_and_its_bound() -> None:
    one = video("idle", "reach", "reach", "idle", "idle", "idle")
    motion = frame_accuracy([one], MOTION_PRIMITIVES)
    assert (motion.value, motion.bound, motion.n_windows) == pytest.approx((3 / 4, 1.0, 4))
    grasp = frame_accuracy([one], GRASP_PRIMITIVES)
    assert (grasp.value, grasp.bound, grasp.n_windows) == pytest.approx(((1 + 0.5 + 0 + 1) / 4, 3.5 / 4, 4))


def test_windows_that_are_partly_labelled_count_with_their_whole_length() -> None:
    truth = Timeline.from_text("reach@0.750;idle@1.000;idle@2.000")
    found = frame_accuracy([video("reach", "reach", truth=truth)], MOTION_PRIMITIVES)
    assert found.value == pytest.approx(0.5)


def test_frame_accuracy_of_nothing() -> None:
    assert frame_accuracy([], MOTION_PRIMITIVES) == FrameAccuracy(None, None, 0)
    unlabelled = video("idle", truth=Timeline.from_text("reach@4.000;reach@5.000"))
    assert frame_accuracy([unlabelled], MOTION_PRIMITIVES) == FrameAccuracy(None, None, 0)


def test_confusion_before_and_after_the_labels() -> None:
    found = primitive_confusion([video("reach", "reach", "idle", "transport", "idle", "stabilize")])
    assert found["reach"]["idle"] == 1  # before the first label the hand is idle
    assert found["stabilize"] == dict.fromkeys(PRIMITIVES, 0)  # starts where the labels end
    assert sum(n for row in found.values() for n in row.values()) == 5
    assert recalls(found) == {"reach": 1.0, "reposition": None, "transport": 0.5, "stabilize": None, "idle": 0.5}


def test_a_video_without_truth_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="v: no true primitives"):
        detection([video("idle", truth=Timeline(()))], MOTION_PRIMITIVES)


def test_unanswered_videos_add_nothing() -> None:
    assert detection([video()], MOTION_PRIMITIVES) == Detection()
