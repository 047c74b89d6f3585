"""Dose tasks about labels other than the primitives: where they mean the same, so does everything made of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.baselines import omniscient_answers
from lmms_eval_plugins.assessments.dose.gold import centre_label, dose_answer
from lmms_eval_plugins.assessments.dose.method import DoseMethod, DoseMethodName
from lmms_eval_plugins.assessments.dose.rule import primitives_from
from lmms_eval_plugins.assessments.dose.video import predict_timeline, score_video
from lmms_eval_plugins.assessments.dose.windows import JudgedVideo, primitive_confusion
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.sets import Question, QuestionSet, Truth
from tests.support.schemes import make_scheme

SAME = make_scheme("go:m back:m carry:mg hold:g wait")
"""The primitives under other names."""

NAME_OF: dict[str, str] = dict(zip(PRIMITIVES, SAME.names, strict=True))
RULES: tuple[DoseMethodName, ...] = ("motion_grasp", "conditional", "prim")

answers = st.sampled_from([True, False, None])
windows = st.lists(st.tuples(*[answers] * 7, st.sampled_from(["abstain", "still", "moving", "fast"])), max_size=20).map(
    lambda made: [
        WindowAnswers(
            place * 0.5,
            place * 0.5 + 0.5,
            dict(zip(("motion", "grasp", "idle", "starts", "stops", "pick_up", "put_down"), given_, strict=True)),
            pose=pose,
            n_frames=4,
        )
        for place, (*given_, pose) in enumerate(made)
    ]
)
timelines = st.lists(st.tuples(st.sampled_from(PRIMITIVES), st.floats(0.1, 2)), min_size=1, max_size=8).map(
    lambda parts: Timeline.from_marks(
        [(label, round(0.3 + sum(length for _, length in parts[:i]), 3)) for i, (label, _) in enumerate(parts)],
        round(0.3 + sum(length for _, length in parts), 3),
    )
)


def renamed(timeline: Timeline) -> Timeline:
    return Timeline(tuple(Segment(s.start_s, s.end_s, NAME_OF[s.label]) for s in timeline.segments))


@given(windows, st.sampled_from(RULES), st.booleans())
def test_answers_make_the_labels_of_the_same_meaning(
    made: list[WindowAnswers], name: DoseMethodName, raw: bool
) -> None:
    method = DoseMethod(method=name)
    method = method.smoothing(not raw) or method
    assert predict_timeline(made, method, SAME) == renamed(predict_timeline(made, method))


@given(timelines, windows)
def test_scores_and_confusion_are_the_same(truth: Timeline, made: list[WindowAnswers]) -> None:
    method = DoseMethod(method="motion_grasp")
    ours = score_video(video_id="v", patient="p", cohort=None, activity=None, truth=truth, windows=made, method=method)
    theirs = score_video(
        video_id="v",
        patient="p",
        cohort=None,
        activity=None,
        truth=renamed(truth),
        windows=made,
        method=method,
        scheme=SAME,
    )
    assert (theirs.edit_score, theirs.action_error_rate) == (ours.edit_score, ours.action_error_rate)
    assert theirs.relative_counting_error == ours.relative_counting_error
    assert theirs.mae == {NAME_OF[label]: error for label, error in ours.mae.items()}
    predicted = predict_timeline(made, method)
    found = primitive_confusion([JudgedVideo("v", "p", None, None, truth, predicted)])
    own = primitive_confusion([JudgedVideo("v", "p", None, None, renamed(truth), renamed(predicted))], SAME)
    assert own == {NAME_OF[p]: {NAME_OF[t]: n for t, n in row.items()} for p, row in found.items()}
    assert omniscient_answers(renamed(truth), scheme=SAME) == omniscient_answers(truth)


TRUTHS: tuple[Truth, ...] = (
    *("motion", "grasp", "idle", "starts", "stops", "pick_up", "put_down"),
    *("primitive", "primitives", "activity"),
)


@given(timelines, st.floats(0, 6), st.sampled_from(TRUTHS))
def test_correct_answers_are_the_same(truth: Timeline, start_s: float, kind: Truth) -> None:
    question = Question(id="q", text="?", answer=AnswerKind(kind="text"), truth=kind)
    times = start_s, start_s + 0.5
    centre = centre_label(truth, *times)
    ours = dose_answer(question, truth, centre, "feeding", *times)
    theirs_centre = centre_label(renamed(truth), *times, SAME)
    theirs = dose_answer(question, renamed(truth), theirs_centre, "feeding", *times, SAME)
    assert centre is not None and theirs_centre == NAME_OF[centre]
    if kind in ("primitive", "primitives"):
        assert ours.reply is not None
        assert theirs.reply == ", ".join(NAME_OF[label] for label in ours.reply.split(", "))
    else:
        assert theirs.reply == ours.reply


def test_one_label_for_all_empty_movement_needs_no_look_ahead() -> None:
    names = make_scheme("move:m hold:g carry:mg rest").rule_labels
    made = primitives_from([0, 0.5, 1.0], [True, True, True], [False, None, False], names=names)
    assert made == ["move", None, "move"]  # of the primitives, the first could be a reach or a reposition


def test_a_window_before_the_first_label_has_an_answer_only_where_the_scheme_has_a_rest() -> None:
    moving = make_scheme("reach:m carry:mg")
    truth = Timeline.from_text("reach@1.000;carry@2.000;carry@3.000")
    assert centre_label(truth, 0, 0.5, moving) is None
    motion, primitives = (
        Question(id="q", text="?", answer=AnswerKind(kind="text"), truth=kind) for kind in ("motion", "primitives")
    )
    assert dose_answer(motion, truth, None, None, 0, 0.5, moving).reply is None
    assert dose_answer(primitives, truth, None, None, 0, 1.5, moving).reply == "reach"


def test_metrics_and_rows_are_of_the_schemes_labels() -> None:
    own = DOSE.by_scheme(SAME)
    assert DOSE.by_scheme(DOSE.scheme) is DOSE and own.name == DOSE.name and own.owns(DoseMethod(method="sequence"))
    assert [name for name in own.metrics if name.startswith("mae_")] == [
        *(f"mae_{label}" for label in SAME.names),
        "mae_avg",
    ]
    truth = Timeline.from_text("wait@0.000;go@1.000;go@2.000")
    window = WindowAnswers(0, 2, {"primitives": ("wait", "go", "wait")})
    video = AnsweredVideo("v", "p", None, None, truth, (window,))
    method = DoseMethod(method="sequence")
    score = own.score(method, [video])
    assert set(score.metrics) == set(own.metrics)
    assert score.metrics["mae_wait"][0] == 1 and score.metrics["true_go"][0] == 1
    assert score.metrics["mae_avg"][0] == pytest.approx(1 / 5)
    (row,) = own.score_rows(method, [video])
    assert (row["true_wait"], row["predicted_wait"], row["mae_carry"]) == (1, 2, 0) and "mae_idle" not in row


def question_set(*questions: tuple[Truth, AnswerKind]) -> QuestionSet:
    return QuestionSet(
        id="mine",
        version=1,
        questions=tuple(Question(id=truth, text="?", answer=kind, truth=truth) for truth, kind in questions),
    )


YES_NO = AnswerKind(kind="yes_no")
PAIR = question_set(("motion", YES_NO), ("grasp", YES_NO))


@pytest.mark.parametrize("name", ["motion_grasp", "conditional", "prim"])
def test_a_scheme_without_a_kind_of_label_refuses_the_methods_that_need_it(name: DoseMethodName) -> None:
    four = question_set(*((truth, YES_NO) for truth in TRUTHS[:7]))
    DOSE.by_scheme(SAME).check_questions(DoseMethod(method=name), four, Path("q.yaml"))
    poor = DOSE.by_scheme(make_scheme("reach:m carry:mg rest", "poor"))
    with pytest.raises(UserError, match=r"^the scheme 'poor' has no label for a hand that holds one without moving"):
        poor.check_questions(DoseMethod(method=name), four, Path("q.yaml"))


def test_options_and_truths_that_the_scheme_does_not_know_are_named_with_their_nearest() -> None:
    own, method = DOSE.by_scheme(make_scheme("reach grasp release")), DoseMethod(method="one_primitive")
    known = AnswerKind(kind="one_of", options=("Reach", "release"))
    own.check_questions(method, question_set(("primitive", known)), Path("q.yaml"))
    strange = AnswerKind(kind="one_of", options=("reach", "releese"))
    with pytest.raises(UserError) as found:
        own.check_questions(method, question_set(("primitive", strange)), Path("q.yaml"))
    assert str(found.value) == (
        "q.yaml, primitive: the option 'releese' is no label of the dataset's scheme 'own'; did you mean 'release'?"
    )
    with pytest.raises(UserError, match=r"q.yaml, motion: asks for motion, of which no label .* 'own' is true"):
        own.check_questions(method, question_set(("primitive", known), ("motion", YES_NO)), Path("q.yaml"))
    activity = AnswerKind(kind="one_of", options=("feeding",))  # no label of what a hand does
    own.check_questions(method, question_set(("primitive", known), ("activity", activity)), Path("q.yaml"))


def test_labels_that_motion_and_grasp_cannot_tell_from_others_are_named() -> None:
    own = DOSE.by_scheme(make_scheme("go:m back:m third:m hold:g carry:mg push:mg rest"))
    (remark,) = own.remarks(DoseMethod(method="motion_grasp"))
    assert remark == "motion and grasp answers never make the labels third, push: others mean the same"
    assert own.remarks(DoseMethod(method="sequence")) == () and DOSE.remarks(DoseMethod(method="motion_grasp")) == ()
