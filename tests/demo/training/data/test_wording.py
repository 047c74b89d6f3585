"""The wording of questions and answers."""

from __future__ import annotations

from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.demo.scenes.exams.items import ITEMS
from lmms_eval_plugins.demo.training.data.footage import ExamFootage
from lmms_eval_plugins.demo.training.data.wording import (
    HAND_KINDS,
    ITEM_KINDS,
    KINDS,
    QuestionSubject,
    answer_of_primitive,
    answer_of_score,
    load_wording,
)
from lmms_eval_plugins.domain.fugl_meyer import ITEMS as FMA_ITEMS
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.sets import load_questions
from tests.support.demo_model import question_text

QUESTIONS = shipped("tasks") / "strokerehab" / "questions"


def test_the_questions_of_the_tasks_are_learned() -> None:
    """All of them, except counts, those that depend on the previous window, and items that the demo does not film."""
    wording = load_wording()
    learned = [form.question for forms in wording.of_tasks.values() for form in forms]
    for path in sorted(QUESTIONS.glob("*.yaml")):
        for question in load_questions(path).questions:
            has_truth = question.item in ITEMS if question.truth == "item_score" else question.truth in KINDS
            has_truth &= question.answer.kind != "count"
            assert (question in learned) == has_truth, (path.name, question.id)
    motion, grasp = load_questions(QUESTIONS / "primitives_3.yaml").questions
    assert question_text(wording, "motion", "left") == motion.render(hand="left")
    assert question_text(wording, "grasp", "right") == grasp.render(hand="right")


def test_every_kind_has_paraphrases() -> None:
    wording = load_wording()
    for kind in KINDS:
        assert len(wording.paraphrases[kind]) >= 4 or kind == "criterion"
    for kind in HAND_KINDS:
        assert all("{hand}" in form.text for form in wording.paraphrases[kind])


def test_questions_are_rendered_as_the_tasks_do(exams: tuple[ExamFootage, ExamFootage]) -> None:
    wording = load_wording()
    for question in load_questions(QUESTIONS / "ia1_3_30.yaml").questions:
        if question.item in ITEMS:
            subject = QuestionSubject(
                "left", question.item, question.arm, question.view, "left half" * (question.arm == "both")
            )
            texts = [form.render(subject) for kind in ITEM_KINDS for form in wording.task_forms(kind, subject)]
            place = subject.place
            assert question.render(hand="left", item=FMA_ITEMS[question.item].name, place=place) in texts


def test_answers() -> None:
    answers = {primitive: [answer_of_primitive(kind, primitive) for kind in HAND_KINDS[:3]] for primitive in PRIMITIVES}
    assert answers == {
        "reach": ["YES", "NO", "reach"],
        "reposition": ["YES", "NO", "reposition"],
        "transport": ["YES", "YES", "transport"],
        "stabilize": ["NO", "YES", "stabilize"],
        "idle": ["NO", "NO", "idle"],
    }


def test_scores_become_answers() -> None:
    """Yes or no settles a score or leaves it open; a rating without the score has the nearest one."""
    forms = load_wording().of_tasks
    by_id = {form.question.id: form for kind in ITEM_KINDS for form in forms[kind] if form.question}
    assert [answer_of_score(by_id["item13_elbow_bends"], score) for score in (0, 1, 2)] == ["NO", "YES", "NO"]
    assert [answer_of_score(by_id["item13_onset_arm_down"], score) for score in (0, 1, 2)] == ["NO", "YES", "YES"]
    low = next(form for form in forms["rating"] if form.question and form.question.answer.options == ("1", "2"))
    assert [answer_of_score(low, score) for score in (0, 1, 2)] == ["1", "1", "2"]
