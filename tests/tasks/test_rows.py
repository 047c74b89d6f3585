from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from lmms_eval_plugins.assessments.dose.gold import centre_label
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FuglMeyerMethod
from lmms_eval_plugins.assessments.registry import assessment_of
from lmms_eval_plugins.dataset.trial import FmaClip
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, GRASP_PRIMITIVES, MOTION_PRIMITIVES, PRIMITIVES
from lmms_eval_plugins.questions.kinds import parse_kind
from lmms_eval_plugins.questions.reading import read
from lmms_eval_plugins.questions.sets import Question, QuestionSet, Truth
from lmms_eval_plugins.tasks.rows import RequestRow, RequestRows, options_of, rows_of
from lmms_eval_plugins.tasks.videos import Video
from lmms_eval_plugins.video.windows import Box, Window
from tests.support.tasks import prepared_for, questions_of

KINDS: dict[Truth, Any] = {
    "motion": "yes_no",
    "grasp": "yes_no",
    "primitive": {"one_of": list(PRIMITIVES)},
    "primitives": {"sequence_of": list(PRIMITIVES)},
    "idle": "yes_no",
    "starts": "yes_no",
    "stops": "yes_no",
    "pick_up": "yes_no",
    "put_down": "yes_no",
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
    return Window("v", index, start_s, end_s, (index, index + 1), (box,) if box else ())


def video(video_id: str = "v", truth: Timeline | None = TRUTH, windows: tuple[Window, ...] = ()) -> Video:
    return Video(
        video_id=video_id,
        path=Path(f"/videos/{video_id}.mp4"),
        patient="P1",
        cohort=None,
        activity="feeding",
        hand="left",
        fps=30.0,
        n_frames=180,
        windows=windows,
        truth=truth,
    )


def dose_rows(videos: Sequence[Video], questions: QuestionSet = QUESTIONS) -> list[RequestRow]:
    return list(rows_of(videos, questions, assessment_of(DoseMethod(method="motion_grasp"))))


def test_all_truths_have_a_question_here() -> None:
    assert {*KINDS, "activity", "item_score", "label", "none"} == set(get_args(Truth))


@pytest.mark.parametrize("primitive", PRIMITIVES)
def test_targets_of_every_primitive_are_what_their_readers_read(primitive: str) -> None:
    truth = Timeline((Segment(0.0, 5.0, primitive),))
    rows = {row.question_id: row for row in dose_rows([video(truth=truth, windows=(window(0, 1, 2),))])}
    answers = {q.id: read(q.answer, rows[q.id].target) for q in QUESTIONS.questions}
    assert answers == {
        "motion": primitive in MOTION_PRIMITIVES,
        "grasp": primitive in GRASP_PRIMITIVES,
        "primitive": primitive,
        "primitives": (primitive,),
        "idle": primitive == "idle",
        "starts": primitive in MOTION_PRIMITIVES,
        "stops": primitive not in MOTION_PRIMITIVES,
        "pick_up": primitive in GRASP_PRIMITIVES,
        "put_down": primitive not in GRASP_PRIMITIVES,
    }
    assert {row.label for row in rows.values()} == {primitive}


def test_a_sequence_is_all_that_the_window_shows() -> None:
    rows = dose_rows([video(windows=(window(0, 1.5, 3.4),))])
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
    assert centre_label(TRUTH, start_s, end_s) == label


def test_before_the_first_label_the_hand_waits_whatever_that_label_is() -> None:
    late = Timeline((Segment(1.0, 2.0, "transport"),))
    rows = {row.question_id: row.target for row in dose_rows([video(truth=late, windows=(window(0, 0, 0.5),))])}
    assert rows == {
        **dict.fromkeys(("motion", "grasp", "starts", "pick_up"), "no"),
        **dict.fromkeys(("primitive", "primitives"), "idle"),
        **dict.fromkeys(("idle", "stops", "put_down"), "yes"),
    }


def test_in_a_gap_the_label_before_it_goes_on() -> None:
    gap = Timeline((Segment(0.0, 1.0, "reach"), Segment(2.0, 3.0, "idle")))
    assert centre_label(gap, 1.2, 1.6) == "reach"


@pytest.mark.parametrize("truth", [None, Timeline(())])
def test_without_labels_there_is_no_target(truth: Timeline | None) -> None:
    rows = dose_rows([video(truth=truth, windows=(window(0, 0, 1),))])
    assert {(row.label, row.target) for row in rows} == {("", "")}


def test_rows_are_numbered_by_video_window_and_question() -> None:
    windows = (window(0, 0, 1), window(1, 1, 2))
    rows = dose_rows([video("a", windows=windows), video("b", windows=windows)])
    assert [row.row for row in rows] == list(range(4 * len(KINDS)))
    assert [(row.video_id, row.window, row.question_id) for row in rows] == [
        (video_id, index, truth) for video_id in "ab" for index in (0, 1) for truth in KINDS
    ]


def test_a_row_has_the_prompt_and_the_frames_of_its_window() -> None:
    row = dose_rows([video(windows=(window(3, 1.5, 2.0, Box(1, 2, 3, 4)),))])[0]
    assert row.text == "What of the left hand in feeding?"
    assert (row.path, row.fps, row.frames, row.box) == ("/videos/v.mp4", 30.0, (3, 4), (1, 2, 3, 4))
    rows = RequestRows([row.as_dict()])
    assert list(rows.features) == list(rows[0])


def test_options_of_closed_questions() -> None:
    options = {q.id: options_of(q) for q in QUESTIONS.questions}
    assert options.pop("primitive") == options.pop("primitives") == PRIMITIVES
    assert set(options.values()) == {("yes", "no")}
    open_question = Question(id="why", text="Why?", answer=parse_kind("text"), truth="motion")
    assert options_of(open_question) == ()


@pytest.mark.parametrize(
    ("label", "target"), [("feeding", "feeding"), ("RTT left side", "RTT"), ("shelf right side", "shelf"), ("", "")]
)
def test_an_activity_is_named_as_the_options_do(label: str, target: str) -> None:
    question = Question(id="activity", text="What?", answer=parse_kind({"one_of": list(ACTIVITIES)}), truth="activity")
    asked = QuestionSet(id="q", version=1, questions=(question,))
    (row,) = dose_rows([replace(video(windows=(window(0, 0, 5),)), activity=label or None)], asked)
    assert (row.label, row.target) == (target, target)
    assert not target or read(question.answer, row.target) == target


def clip(scores: dict[int, int], **fields: Any) -> Video:
    values = {"path": "c.mp4", "patient": "P1", "item_low": 1, "item_high": 33, "laterality": "A", "view": "F"}
    shown = FmaClip.model_validate({**values, "duration_s": 6, **fields})
    return replace(video(windows=(window(0, 0, 3), window(1, 3, 6))), activity=None, truth=scores, clip=shown)


def targets(question: Question, score: dict[int, int], **fields: Any) -> list[tuple[str, str]]:
    """Label and target of each window."""
    asked = QuestionSet(id="q", version=1, questions=(question,))
    by_items = assessment_of(FuglMeyerMethod(method="fugl_meyer"))
    return [(row.label, row.target) for row in rows_of([clip(score, **fields)], asked, by_items)]


def test_targets_about_an_item_lead_to_its_score() -> None:
    rating = Question(id="r", text="?", answer=parse_kind({"score": [0, 1, 2]}), truth="item_score", item=31)
    assert targets(rating, {31: 1}) == [("1", "1")] * 2
    starts = Question(id="s", text="?", answer=parse_kind("yes_no"), truth="item_score", item=13, if_no=0)
    assert [targets(starts, {13: score})[0] for score in (0, 1, 2)] == [("0", "no"), ("1", "yes"), ("2", "yes")]
    touches = Question(id="t", text="?", answer=parse_kind("count"), truth="item_score", item=33, reaches=5)
    assert [[target for _, target in targets(touches, {33: score})] for score in (0, 1, 2)] == [
        ["0", "0"],
        ["3", "2"],
        ["5", "0"],
    ]


def test_an_item_without_a_score_has_no_target() -> None:
    rating = Question(id="r", text="?", answer=parse_kind({"score": [0, 1, 2]}), truth="item_score", item=31)
    assert targets(rating, {30: 1}) == [("", "")] * 2


def test_prompts_name_the_place_of_the_affected_side_and_the_hand(mini_study: Path) -> None:
    by_items = assessment_of(FuglMeyerMethod(method="fugl_meyer"))
    both = rows_of(prepared_for("ia1_3_30", mini_study).videos, questions_of("ia1_3_30"), by_items)
    beginnings = {row.patient: row.text.partition(" arm,")[0] for row in both if row.question_id == "item5_rating"}
    assert beginnings == {
        "P01": "The left half of the picture shows the examined left",
        "P02": "The upper half of the picture shows the examined right",
        "P03": "The left half of the picture shows the examined left",
    }
    touches = rows_of(prepared_for("ia2_31_33", mini_study).videos, questions_of("ia2_31_33"), by_items)
    of_hand = {(row.question_id, row.hand): row.text for row in touches if row.patient == "P02"}
    assert "does the right hand" in of_hand["item33_affected_knee", "right"]
    assert "does the left hand" in of_hand["item33_other_knee", "left"]
