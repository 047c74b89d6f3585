"""Variants: what a reply to another wording says in the question's own terms."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.questions.phrasing import phrasings
from lmms_eval_plugins.questions.sets import Question
from lmms_eval_plugins.questions.variants import Variant, WordingReader

MOVES = AnswerKind(kind="yes_no", yes_phrases=("mov*",), no_phrases=("still",))
LABELS = AnswerKind(kind="one_of", options=("reach", "transport", "idle"))
GRADES = AnswerKind(kind="score", options=("0", "1", "2"))


def reader(base: AnswerKind, answers: object) -> WordingReader:
    variant = Variant.model_validate({"id": "v", "text": "A?", "answers": answers})
    variant.check_answers(base)
    return WordingReader(variant.kind_of(base), base, variant.means)


@pytest.mark.parametrize(
    ("answers", "text", "expected"),
    [
        ("same", "Yes.", True),
        ("same", "It is still.", False),
        ("opposite", "Yes.", False),
        ("opposite", "No, not at all.", True),
        ("opposite", "It is still.", False),
        ("opposite", "It moves.", True),
        ({"moving": "yes", "resting": "no"}, "Resting.", False),
        ({"moving": "yes", "resting": "no"}, "moving", True),
        ("opposite", "A cup.", UNREADABLE),
        ("opposite", "[STROKEREHAB_MISSING]", None),
    ],
)
def test_replies_about_yes_and_no(answers: object, text: str, expected: object) -> None:
    assert reader(MOVES, answers).read(text, "default") == expected


@given(st.permutations(LABELS.options), st.sampled_from(LABELS.options))
def test_every_answer_in_a_variants_words_is_read_as_the_questions(order: list[str], answer: str) -> None:
    names = {"reach": "approach", "transport": "carry", "idle": "rest"}
    variant = Variant(id="v", text="A?", answers={names[word]: word for word in order})
    own = variant.kind_of(LABELS)
    assert own.options == tuple(names[word] for word in order)
    read = WordingReader(own, LABELS, variant.means).read
    assert {read(way, "default") for way in phrasings(own, variant.in_own_words(answer))} == {answer}


def test_scores_and_sequences_keep_their_types() -> None:
    grade = reader(GRADES, {"0": "2", "1": "1", "2": "0"})
    assert grade.read("FINAL_SCORE: 0", "default") == 2
    order = AnswerKind(kind="sequence_of", options=("reach", "idle"))
    assert reader(order, {"go": "reach", "rest": "idle"}).read("go, rest, go", "default") == ("reach", "idle", "reach")


def test_probabilities_are_those_of_the_questions_answers() -> None:
    recorded = {"Yes": math.log(0.9), " no": math.log(0.1)}
    swapped = reader(MOVES, "opposite").probabilities(recorded)
    assert swapped == {"no": recorded["Yes"], "yes": recorded[" no"]}
    assert reader(MOVES, "same").probabilities(recorded) == recorded
    assert reader(MOVES, {"moving": "yes", "resting": "no"}).probabilities({"Moving": -1.0, "resting": -2.0}) == {
        "yes": -1.0,
        "no": -2.0,
    }


def test_wordings_are_questions_of_their_own() -> None:
    question = Question.model_validate(
        {
            "id": "motion",
            "text": "Does it move?",
            "cropped": "Does the one in the middle?",
            "answer": "yes_no",
            "truth": "motion",
            "yes_phrases": ["mov*"],
            "variants": [{"id": "still", "text": "Is the {hand} hand still?", "answers": "opposite"}],
        }
    )
    base, still = question.wordings
    assert base == question and (still.id, still.truth, still.variants) == ("motion.still", "motion", ())
    assert still.render(hand="left", cropped=True) == "Is the left hand still?"
    assert still.answer.no_phrases == ("mov*",)
    assert question.in_all_wordings("yes") == {"motion": "yes", "motion.still": "no"}
    assert question.in_all_wordings("") == {"motion": "", "motion.still": ""}
    assert "variants" not in question.model_dump()
