from __future__ import annotations

from dataclasses import replace

import pytest

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.video import VideoScore, count_replies, predict_timeline, score_video
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.coverage import ReplyCounts
from lmms_eval_plugins.questions.outcomes import UNREADABLE

PAIRS = DoseMethod(method="motion_grasp")
ONE = DoseMethod(method="one_primitive")
LISTS = DoseMethod(method="sequence")
TRUTH = Timeline.from_text("idle@0.000;reach@1.000;transport@2.000;transport@3.000")


def pair(start_s: float, motion: object, grasp: object) -> WindowAnswers:
    return WindowAnswers(start_s, start_s + 1, {"motion": motion, "grasp": grasp})


def score(windows: list[WindowAnswers], method: DoseMethod = PAIRS, truth: Timeline = TRUTH) -> VideoScore:
    return score_video(
        video_id="v", patient="S1", cohort="mild", activity="feeding", truth=truth, windows=windows, method=method
    )


def test_two_answers_become_primitives() -> None:
    windows = [pair(0.0, False, False), pair(1.0, True, False), pair(2.0, True, True)]
    assert predict_timeline(windows, PAIRS).to_text() == TRUTH.to_text()
    assert predict_timeline(windows[::-1], PAIRS).to_text() == TRUTH.to_text()


def test_an_unknown_answer_leaves_a_gap() -> None:
    windows = [pair(0.0, False, False), pair(1.0, UNREADABLE, False), pair(2.0, True, True)]
    assert predict_timeline(windows, PAIRS).segments == (Segment(0.0, 1.0, "idle"), Segment(2.0, 3.0, "transport"))
    windows[1] = replace(windows[1], answers={"grasp": False})
    assert predict_timeline(windows, PAIRS).at(1.5) is None


def test_a_list_is_spread_evenly_over_its_window() -> None:
    windows = [WindowAnswers(0.0, 4.0, {"primitives": ("reach", "transport", "reach", "reposition")})]
    windows.append(WindowAnswers(4.0, 8.0, {"primitives": UNREADABLE}))
    windows.append(WindowAnswers(8.0, 9.0, {"primitives": ("idle",)}))
    timeline = predict_timeline(windows, LISTS)
    assert [segment.start_s for segment in timeline.segments] == [0.0, 1.0, 2.0, 3.0, 8.0]
    assert timeline.at(5.0) is None
    assert timeline.end_s == 9.0


def test_overlapping_windows_end_where_the_next_begins() -> None:
    windows = [WindowAnswers(i / 2, i / 2 + 1, {"primitive": "idle"}) for i in range(4)]
    assert [segment.end_s for segment in predict_timeline(windows, ONE).segments] == [0.5, 1.0, 1.5, 2.5]


def test_own_question_names_and_horizon() -> None:
    method = DoseMethod(method="motion_grasp", motion="m", grasp="g", horizon_s=0.5)
    windows = [WindowAnswers(i, i + 1, {"m": True, "g": bool(i)}) for i in range(2)]
    assert predict_timeline(windows, method).labels == ("reposition", "transport")


def test_a_perfect_video() -> None:
    result = score([pair(0.0, False, False), pair(1.0, True, False), pair(2.0, True, True)])
    assert (result.edit_score, result.action_error_rate, result.relative_counting_error) == (100, 0, 0)
    assert result.count_truth == {"reach": 1, "reposition": 0, "transport": 1, "stabilize": 0, "idle": 1}
    assert (result.replies.answers, result.replies.unreadable, result.replies.missing) == (6, 0, 0)


def test_unreadable_and_missing_replies_are_counted_apart() -> None:
    windows = [pair(0.0, False, UNREADABLE), pair(1.0, None, False), WindowAnswers(2.0, 3.0, {"other": True})]
    result = score(windows)
    assert (result.replies.answers, result.replies.unreadable, result.replies.missing) == (3, 1, 3)
    assert count_replies(windows, PAIRS) == ReplyCounts(3, 1, 3)
    assert set(result.count_predicted.values()) == {0}


def test_stretches_on_both_sides_of_a_gap_are_one() -> None:
    windows = [pair(0.0, False, False), pair(1.0, None, None), pair(2.0, False, False)]
    assert score(windows).count_predicted["idle"] == 1


def test_a_video_without_truth_is_refused_by_name() -> None:
    with pytest.raises(UserError, match=r"^v: no true labels"):
        score([pair(0.0, True, True)], truth=Timeline(()))


def test_no_windows_at_all() -> None:
    assert predict_timeline([], PAIRS) == Timeline(())
    assert score([]).edit_score == 0
