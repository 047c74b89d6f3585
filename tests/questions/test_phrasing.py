from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, PRIMITIVES
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.phrasing import phrasings
from lmms_eval_plugins.questions.reading import read
from lmms_eval_plugins.questions.sets import load_questions

PRIMITIVE = AnswerKind(kind="one_of", options=PRIMITIVES)
ACTIVITY = AnswerKind(kind="one_of", options=ACTIVITIES)
SEQUENCE = AnswerKind(kind="sequence_of", options=PRIMITIVES)
CLOSED = [
    *((AnswerKind(kind="yes_no"), answer) for answer in ("yes", "no")),
    *((PRIMITIVE, answer) for answer in PRIMITIVES),
    *((ACTIVITY, answer) for answer in ACTIVITIES),
    *((AnswerKind(kind="score", options=("0", "1", "2")), answer) for answer in "012"),
    *((AnswerKind(kind="count"), answer) for answer in ("0", "1", "5", "31")),
    *((SEQUENCE, answer) for answer in ("reach", "reach, transport", "idle, reach, idle", ", ".join(PRIMITIVES))),
]


def value(kind: AnswerKind, answer: str) -> object:
    if kind.kind == "yes_no":
        return answer == "yes"
    if kind.kind in ("score", "count"):
        return int(answer)
    return tuple(answer.split(", ")) if kind.kind == "sequence_of" else answer


@pytest.mark.parametrize(("kind", "answer"), CLOSED, ids=lambda part: part if isinstance(part, str) else part.kind)
def test_every_phrasing_reads_back(kind: AnswerKind, answer: str) -> None:
    replies = phrasings(kind, answer)
    assert replies[0] == answer and len(replies) >= 10 and len(set(replies)) == len(replies)
    assert {text: read(kind, text) for text in replies} == dict.fromkeys(replies, value(kind, answer))


@given(st.lists(st.sampled_from(PRIMITIVES), min_size=1, max_size=6), st.integers(0, 200))
def test_any_sequence_and_count_reads_back(sequence: list[str], number: int) -> None:
    for text in phrasings(SEQUENCE, ", ".join(sequence)):
        assert read(SEQUENCE, text) == tuple(sequence), text
    count = AnswerKind(kind="count")
    for text in phrasings(count, str(number)):
        assert read(count, text) == number, text


def test_a_free_text_has_one_phrasing() -> None:
    assert phrasings(AnswerKind(kind="text"), " A cup. ") == ("A cup.",)


@pytest.mark.parametrize(
    "path", sorted((shipped("tasks") / "strokerehab" / "questions").glob("*.yaml")), ids=lambda path: path.stem
)
def test_every_answer_to_every_shipped_question_reads_back(path: Path) -> None:
    for question in load_questions(path).questions:
        kind = question.answer
        answers = kind.options or {"yes_no": ("yes", "no"), "count": ("0", "1", "7")}.get(kind.kind, ())
        for answer in answers:
            for text in phrasings(kind, answer):
                assert read(kind, text) == value(kind, answer), (question.id, text)
