"""Gold answers, read and scored, give the score that they were made for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.assessments.fugl_meyer.clips import SLOW_S, gold_answer
from lmms_eval_plugins.assessments.fugl_meyer.rules import AnsweredClip, ItemQuestion, item_results
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.reading import read
from lmms_eval_plugins.questions.sets import load_questions
from tests.support.fugl_meyer import COUNT, RATING, YES_NO, ask

SETS = ("ia1_3_30", "ia2_3_30", "ia3_3_30", "ia4_3_30", "ia2_31_33", "ia4_31_33")


@lru_cache
def questions_of(name: str) -> tuple[ItemQuestion, ...]:
    questions = load_questions(shipped("tasks") / "strokerehab" / "questions" / f"{name}.yaml").questions
    return tuple(ItemQuestion.of(question) for question in questions)


def answered(
    questions: Sequence[ItemQuestion], scores: Mapping[int, int], length_s: float, until_s: float
) -> list[AnsweredClip]:
    """One clip per arm, every window answered by gold."""
    n_windows = max(1, round(until_s / length_s + 0.5))
    clips = []
    for arm in ("affected", "other", "both"):
        asked = [question for question in questions if question.arm == arm]
        windows = []
        for number in range(n_windows):
            start_s, end_s = number * length_s, (number + 1) * length_s
            gold = {q: gold_answer(q, scores[q.item], start_s=start_s, end_s=end_s) for q in asked}
            said = {q.id: None if text is None else read(q.kind, text) for q, text in gold.items()}
            windows.append(WindowAnswers(start_s, end_s, said))
        if asked:
            names = tuple(question.id for question in asked)
            clips.append(AnsweredClip(arm, "P1", None, arm, scores, names, tuple(windows)))
    return clips


@pytest.mark.parametrize("name", SETS)
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_gold_answers_score_as_they_should(name: str, data: st.DataObject) -> None:
    questions = questions_of(name)
    items = sorted({question.item for question in questions})
    scores = {item: data.draw(st.sampled_from([0, 1, 2]), label=str(item)) for item in items}
    dense = name.endswith("31_33")
    length_s = data.draw(st.floats(0.1, 1.2), label="window") if dense else 3.0
    clips = answered(questions, scores, length_s, until_s=SLOW_S + length_s if dense else 3.0)
    found = {one.item: one for one in item_results(clips, questions)}
    assert {item: found[item].predicted for item in items} == scores
    assert all(one.truth == one.predicted for item, one in found.items() if item != 18)
    if 18 in found:
        assert found[18].predicted == (2 if scores[15] == scores[16] == scores[17] == 2 else 0)


@pytest.mark.parametrize(
    ("question", "score", "answer"),
    [
        (ask("q", 13, YES_NO, if_no=0), 0, "no"),
        (ask("q", 13, YES_NO, if_no=0), 2, "yes"),
        (ask("q", 13, YES_NO, if_yes=1), 1, "yes"),
        (ask("q", 13, YES_NO, if_yes=1), 0, "no"),
        (ask("q", 13, YES_NO, if_yes=1, if_no=0), 2, None),
        (ask("q", 5, RATING), 2, "2"),
        (ask("q", 5, RATING.model_copy(update={"options": ("1", "2")})), 0, None),
        (ask("q", 33, COUNT, reaches=5), 0, "0"),
        (ask("q", 33, COUNT, "other", reaches=5), 0, "5"),
    ],
)
def test_single_answers(question: ItemQuestion, score: int, answer: str | None) -> None:
    assert gold_answer(question, score, start_s=0.0, end_s=2.0) == answer


@settings(deadline=None)
@given(st.floats(0.05, 3.0), st.sampled_from([1, 2]))
def test_counts_add_up(length_s: float, score: int) -> None:
    question = ask("q", 33, COUNT, reaches=5)
    edges = [number * length_s for number in range(int(SLOW_S / length_s) + 3)]
    said = [gold_answer(question, score, start_s=a, end_s=b) for a, b in pairwise(edges)]
    assert sum(int(text or -1) for text in said) == 5
