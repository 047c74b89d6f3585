from __future__ import annotations

from dataclasses import replace

import pytest

from lmms_eval_plugins.assessments.fugl_meyer.assessment import FuglMeyerMethod
from lmms_eval_plugins.assessments.fugl_meyer.prior import ItemPriors
from lmms_eval_plugins.assessments.registry import assessment_of
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import KnownTask, Session
from lmms_eval_plugins.models.baselines.item_prior import prior_answer, priors_in
from lmms_eval_plugins.models.registered import ItemPrior
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.sets import Question
from tests.support.fugl_meyer import COUNT, YES_NO, ask
from tests.support.requests import make_row

QUESTIONS = (
    ask("rating", 5),
    ask("able", 13, YES_NO, if_no=0),
    ask("knee", 33, COUNT, reaches=4),
    ask("other_knee", 33, COUNT, "other", reaches=4),
)
SCORES = {"A": {5: 2, 13: 0, 33: 1}, "B": {5: 0, 13: 2, 33: 2}, "C": {5: 1, 13: 0, 33: 0}}
KNOWN = ItemPriors.of(QUESTIONS, SCORES, {})


def said(known: ItemPriors | None, patient: str, question: str, **fields: object) -> str | None:
    """What it says about one second of a patient's clip; the row's own truth is something else."""
    row = make_row(patient=patient, question_id=question, start_s=0.0, end_s=1.0, label="2", target="2", **fields)
    return prior_answer(known)(row)


def test_answers_lead_to_the_median_of_the_others() -> None:
    assert [said(KNOWN, patient, "rating") for patient in "ABC"] == ["0", "1", "0"]
    assert [said(KNOWN, patient, "able") for patient in "ABC"] == ["no", "no", "no"]
    assert [said(KNOWN, patient, "knee") for patient in "ABC"] == ["0", "0", "0"]
    assert said(KNOWN, "A", "other_knee") == "3", "the other arm has done three of four after a second"


def test_a_rating_that_does_not_offer_the_score_is_left_to_other_questions() -> None:
    known = ItemPriors.of([ask("able", 13, YES_NO, if_yes=1, if_no=2)], SCORES, {})
    assert said(known, "A", "able", options=("1", "2")) == "1"


def test_patients_outside_the_task_are_asked_only_where_no_other_has_a_score() -> None:
    others = {"X": {5: 2, 24: 1}}
    known = ItemPriors.of([ask("rating", 5), ask("grasp", 24)], SCORES | {"A": {5: 2}}, others)
    assert known.scores["A"] == {5: 0, 13: 0, 33: 0, 24: 1}, "as tables impute, and X only for item 24"
    alone = ItemPriors.of([ask("rating", 5)], {"A": {5: 0}}, others)
    assert alone.scores == {"A": {5: 2, 24: 1}}


def test_a_patient_without_scores_is_answered_too_and_an_unknown_item_is_not() -> None:
    known = ItemPriors.of([ask("rating", 5), ask("grasp", 24)], SCORES | {"D": {}}, {})
    assert said(known, "D", "rating") == "1"
    assert said(known, "D", "grasp") is None


def test_nobody_to_learn_from_and_tasks_without_items_are_errors() -> None:
    with pytest.raises(UserError, match="no patient but A has item scores"):
        said(ItemPriors.of(QUESTIONS, {"A": {5: 1}}, {}), "A", "rating")
    for known in (None, KNOWN):
        with pytest.raises(UserError, match=r"no answer to question 'motion'; run it on Fugl-Meyer tasks \(strokereh"):
            said(known, "A", "motion")


def test_the_fingerprint_is_of_the_scores_and_the_rules() -> None:
    again = ItemPriors.of(QUESTIONS, dict(reversed(SCORES.items())), {})
    other_scores = ItemPriors.of(QUESTIONS, SCORES | {"C": {5: 2}}, {})
    other_rules = ItemPriors.of([ask("able", 13, YES_NO, if_yes=2)], SCORES, {})
    prints = {known.fingerprint for known in (KNOWN, again, other_scores, other_rules)}
    assert KNOWN.fingerprint == again.fingerprint and len(prints) == 3


def test_a_run_lends_the_task_from_which_the_medians_are_taken() -> None:
    question = Question.model_validate(
        {"id": "rating", "text": "?", "answer": {"score": [0, 1, 2]}, "truth": "item_score", "item": 5}
    )
    videos = tuple(
        AnsweredVideo(video_id=f"{patient}_FM5", patient=patient, cohort=None, activity=None, truth=scores, windows=())
        for patient, scores in SCORES.items()
    )
    method = FuglMeyerMethod(method="fugl_meyer")
    known = KnownTask(assessment_of(method), method, (question,), videos)
    found = priors_in(known)
    assert found and found.scores == KNOWN.scores
    assert ItemPrior(Session(known=known)).fingerprint == found.fingerprint
    assert priors_in(replace(known, method=None)) is None
    assert priors_in(None) is None
