from __future__ import annotations

import pytest

from lmms_eval_plugins.assessments.labelled.score import LabelledMethod
from lmms_eval_plugins.assessments.registry import assessment_of
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import KnownTask, Session
from lmms_eval_plugins.models.baselines.most_frequent import UsualAnswers, usual_answers_in, usual_reply
from lmms_eval_plugins.models.registered import MostFrequent
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.sets import Question
from lmms_eval_plugins.questions.truths import KnownAnswers, TruthMark, TruthSource
from lmms_eval_plugins.statistics.elsewhere import usual_answer
from tests.support.requests import make_row

HANDS = AnswerKind(kind="one_of", options=("left", "right"))
SCORE = AnswerKind(kind="score", options=("0", "1", "2", "10"))
KINDS = {"hand": HANDS, "effort": SCORE}
KNOWN = {
    "A": {"hand": ["left"] * 3, "effort": ["0"]},
    "B": {"hand": ["right", "left"], "effort": ["2"]},
    "C": {"hand": ["right"], "effort": ["10"]},
}


def test_each_patient_gets_what_is_usual_in_the_others() -> None:
    usual = UsualAnswers.of(KINDS, KNOWN, {"X": {"hand": ["left"] * 9, "effort": ["0"]}})
    assert usual.answers == {
        "A": {"hand": "right", "effort": "2"},
        "B": {"hand": "left", "effort": "0"},
        "C": {"hand": "left", "effort": "0"},
    }


def test_patients_outside_the_task_teach_what_no_other_in_it_does() -> None:
    usual = UsualAnswers.of(KINDS, {"A": KNOWN["A"]}, {"X": {"hand": ["right"]}})
    assert usual.answers == {"A": {"hand": "right"}}


def test_numbers_have_a_median_and_equally_frequent_answers_an_order() -> None:
    numbers = SCORE.of_numbers
    assert usual_answer(["10", "2", "1"], of_numbers=numbers) == "2"
    assert usual_answer(["10", "2"], of_numbers=numbers) == "2"
    assert usual_answer(["9", "100", "10"], of_numbers=AnswerKind(kind="count").of_numbers) == "10"
    assert usual_answer(["right", "left"], of_numbers=HANDS.of_numbers) == "left"


def video(patient: str, answers: KnownAnswers | None) -> AnsweredVideo[object]:
    return AnsweredVideo(
        video_id=patient,
        patient=patient,
        cohort=None,
        activity=None,
        truth={"hand": answers} if answers else None,
        windows=(WindowAnswers(0.0, 1.0, {}), WindowAnswers(1.0, 2.0, {})),
        questions=("hand",),
    )


def test_true_answers_are_those_about_the_windows_of_a_task() -> None:
    method = LabelledMethod(method="labelled")
    question = Question(id="hand", text="?", answer=HANDS, truth="label", source=TruthSource(column="x"))
    late = KnownAnswers("segments", (TruthMark(1.0, 2.0, "right"),))
    videos = (video("A", late), video("B", KnownAnswers.of_video("left")), video("C", None))
    task = KnownTask(assessment_of(method), method, (question,), videos)
    usual = usual_answers_in(task)
    assert usual is not None
    assert usual.answers == {"A": {"hand": "left"}, "B": {"hand": "right"}, "C": {"hand": "left"}}
    assert MostFrequent(Session(known=task)).fingerprint == usual.fingerprint


def test_a_question_that_nobody_elses_truth_is_known_of_has_no_answer() -> None:
    reply = usual_reply(UsualAnswers.of(KINDS, KNOWN, {}))
    assert reply(make_row(patient="A", question_id="hand")) == "right"
    assert reply(make_row(patient="A", question_id="remark")) is None
    for usual in (None, UsualAnswers.of(KINDS, {"A": KNOWN["A"]}, {})):
        with pytest.raises(UserError, match="no true answers of a patient but A are known; add patients"):
            usual_reply(usual)(make_row(patient="A", question_id="hand"))
