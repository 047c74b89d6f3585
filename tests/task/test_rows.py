from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest

from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.questions.kinds import parse_kind
from lmms_eval_plugins.questions.reading import read
from lmms_eval_plugins.questions.sets import Question, QuestionSet, Truth
from lmms_eval_plugins.task.prepare import Video
from lmms_eval_plugins.task.rows import Rows, centre_label, options_of, rows_of
from lmms_eval_plugins.timeline import Segment, Timeline
from lmms_eval_plugins.video.windows import Box, Window
from lmms_eval_plugins.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, PRIMITIVES

KINDS: dict[Truth, Any] = {
    "motion": "yes_no",
    "grasp": "yes_no",
    "primitive": {"one_of": list(PRIMITIVES)},
    "primitives": {"sequence_of": list(PRIMITIVES)},
}
QUESTIONS = QuestionSet(
    id="all",
    version=1,
    questions=tuple(
        Question(id=truth, text="What of the {hand} hand in {activity}?", answer=parse_kind(kind), truth=truth)
        for truth, kind in KINDS.items()
    ),
)
TRUTH = Timeline.from_marks([("idle", 1.0), ("reach", 2.0), ("transport", 3.0), ("stabilize", 4.0)], end_s=5.0)


def window(index: int, start_s: float, end_s: float, box: Box | None = None) -> Window:
    return Window("v", index, start_s, end_s, (index, index + 1), box)


def video(video_id: str = "v", truth: Timeline | None = TRUTH, windows: tuple[Window, ...] = ()) -> Video:
    trial = Trial(
        video_id=video_id,
        path=Path(f"/videos/{video_id}.mp4"),
        patient="P1",
        activity="feeding",
        fps=30.0,
        n_frames=180,
        duration_s=6.0,
        width=64,
        height=48,
    )
    return Video(trial, "left", truth, windows)


def test_all_truths_have_a_question_here() -> None:
    assert set(KINDS) == set(get_args(Truth))


@pytest.mark.parametrize("primitive", PRIMITIVES)
def test_targets_of_every_primitive_are_what_their_readers_read(primitive: str) -> None:
    truth = Timeline((Segment(0.0, 5.0, primitive),))
    rows = {row.question_id: row for row in rows_of([video(truth=truth, windows=(window(0, 1, 2),))], QUESTIONS)}
    answers = {q.id: read(q.answer, rows[q.id].target) for q in QUESTIONS.questions}
    assert answers == {
        "motion": primitive in MOTION_PRIMITIVES,
        "grasp": primitive in GRASP_PRIMITIVES,
        "primitive": primitive,
        "primitives": (primitive,),
    }
    assert {row.label for row in rows.values()} == {primitive}


def test_a_sequence_is_all_that_the_window_shows() -> None:
    rows = rows_of([video(windows=(window(0, 1.5, 3.4),))], QUESTIONS)
    (target,) = [row.target for row in rows if row.question_id == "primitives"]
    assert target == "idle, reach, transport"


@pytest.mark.parametrize(
    ("start_s", "end_s", "label"),
    [
        (0.0, 0.5, "idle"),  # before the first label: the hand waits
        (1.9, 2.1, "reach"),  # the centre is the label's inclusive start
        (1.9, 2.09, "idle"),
        (4.5, 5.4, "stabilize"),
        (5.5, 6.0, "stabilize"),  # after the last label's end
    ],
)
def test_the_label_is_the_one_at_the_windows_centre(start_s: float, end_s: float, label: str) -> None:
    assert centre_label(TRUTH, window(0, start_s, end_s)) == label


def test_before_the_first_label_the_hand_waits_whatever_that_label_is() -> None:
    late = Timeline((Segment(1.0, 2.0, "transport"),))
    rows = {
        row.question_id: row.target for row in rows_of([video(truth=late, windows=(window(0, 0, 0.5),))], QUESTIONS)
    }
    assert rows == {"motion": "no", "grasp": "no", "primitive": "idle", "primitives": "idle"}


def test_in_a_gap_the_label_before_it_goes_on() -> None:
    gap = Timeline((Segment(0.0, 1.0, "reach"), Segment(2.0, 3.0, "idle")))
    assert centre_label(gap, window(0, 1.2, 1.6)) == "reach"


@pytest.mark.parametrize("truth", [None, Timeline(())])
def test_without_labels_there_is_no_target(truth: Timeline | None) -> None:
    rows = list(rows_of([video(truth=truth, windows=(window(0, 0, 1),))], QUESTIONS))
    assert {(row.label, row.target) for row in rows} == {("", "")}


def test_rows_are_numbered_by_video_window_and_question() -> None:
    windows = (window(0, 0, 1), window(1, 1, 2))
    rows = list(rows_of([video("a", windows=windows), video("b", windows=windows)], QUESTIONS))
    assert [row.row for row in rows] == list(range(16))
    assert [(row.video_id, row.window, row.question_id) for row in rows] == [
        (video_id, index, truth) for video_id in "ab" for index in (0, 1) for truth in KINDS
    ]


def test_a_row_says_what_was_asked_about() -> None:
    row = next(rows_of([video(windows=(window(3, 1.5, 2.0, Box(1, 2, 3, 4)),))], QUESTIONS))
    assert row.text == "What of the left hand in feeding?"
    assert (row.path, row.fps, row.frames, row.box) == ("/videos/v.mp4", 30.0, (3, 4), (1, 2, 3, 4))
    rows = Rows([row.as_dict()])
    assert list(rows.features) == list(rows[0])


def test_options_of_closed_questions() -> None:
    assert [options_of(q) for q in QUESTIONS.questions] == [("yes", "no"), ("yes", "no"), PRIMITIVES, PRIMITIVES]
    open_question = Question(id="why", text="Why?", answer=parse_kind("text"), truth="motion")
    assert options_of(open_question) == ()
