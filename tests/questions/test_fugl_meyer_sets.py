"""The Fugl-Meyer question sets: complete, and about the same clips in the same order as the published ones."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

import pytest
import yaml

from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_ITEM, ITEMS
from lmms_eval_plugins.questions.reading import read
from lmms_eval_plugins.questions.sets import Question, load_questions

FOLDER = shipped("tasks") / "strokerehab"
PUBLISHED = Path(__file__).parents[3] / "shared" / "vlms4rehab" / "data" / "ia"
VARIANTS = {
    1: ("ia1_3_30", "ia2_31_33"),
    2: ("ia2_3_30", "ia2_31_33"),
    3: ("ia3_3_30", "ia4_31_33"),
    4: ("ia4_3_30", "ia4_31_33"),
}
CLIPS = {1: 924, 2: 665, 3: 607, 4: 607}
ARMS = {"A": "affected", "H": "other", "B": "both"}
VIEWS = {"F": "front", "S": "side"}
needs_checkout = pytest.mark.skipif(not PUBLISHED.is_dir(), reason=f"needs {PUBLISHED}")


def questions_of(variant: int) -> list[Question]:
    return [q for name in VARIANTS[variant] for q in load_questions(FOLDER / "questions" / f"{name}.yaml").questions]


def rows(name: str) -> Iterable[dict[str, str]]:
    with (PUBLISHED / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_item_but_the_inferred_one_has_a_question_and_can_be_scored(variant: int) -> None:
    questions = questions_of(variant)
    assert {q.item for q in questions} == ITEMS.keys() - {INFERRED_ITEM}
    assert len({q.id for q in questions}) == len(questions) == {1: 101, 2: 101, 3: 33, 4: 33}[variant]
    for question in questions:
        assert question.id.startswith(f"item{question.item}_")
        assert "{hand}" in question.text
        assert ("{place}" in question.text) == (question.arm == "both")


@pytest.mark.parametrize(("variant", "most", "typical"), [(1, 75, 35), (2, 51, 30), (3, 125, 110), (4, 110, 90)])
def test_questions_are_short(variant: int, most: int, typical: int) -> None:
    lengths = [len(question.text.split()) for question in questions_of(variant)]
    assert max(lengths) <= most and sum(lengths) / len(lengths) <= typical


def test_a_reasoned_rating_is_read_from_its_last_line() -> None:
    for question in questions_of(4):
        if question.answer.kind == "score":
            assert question.text.endswith("FINAL_SCORE: <0, 1 or 2>")
            assert read(question.answer, "It comes up by 90 degrees, 1 pause.\nFINAL_SCORE: <2>") == 2


@needs_checkout
@pytest.mark.parametrize("variant", VARIANTS)
def test_questions_come_in_the_published_order(variant: int) -> None:
    kinds = {"binary": "yes_no", "rate": "score", "count": "count"}
    published = []
    for row in rows(f"fm_item_questions{variant}.csv"):
        item, arm, view = row["fm_video"].split("_")
        no, yes = ((int(row[key]) if row[key] else None) for key in ("binary_no_score", "binary_yes_score"))
        published.append((int(item), ARMS[arm], VIEWS[view], kinds[row["question_type"]], yes, no))
    ours = [(q.item, q.arm, q.view, q.answer.kind, q.if_yes, q.if_no) for q in questions_of(variant)]
    assert ours == published


@needs_checkout
@pytest.mark.parametrize("variant", VARIANTS)
def test_exactly_the_published_clips_have_questions(variant: int) -> None:
    selections = yaml.safe_load((FOLDER / "selections.yaml").read_text(encoding="utf-8"))
    patients = set(selections["selections"]["fma"]["patients"])
    needs = {(q.item, q.arm, q.view) for q in questions_of(variant)}
    questioned, marked = set(), set()
    for row in rows(f"ia_video_metadata{variant}.csv"):
        if row["patient"] not in patients:
            continue
        shown = range(int(row["fm_low"]), int(row["fm_high"]) + 1)
        if any((item, ARMS[row["laterality"]], VIEWS[row["video_view"]]) in needs for item in shown):
            questioned.add(row["path_v"])
        if row["is_question_view"] == "True":
            marked.add(row["path_v"])
    assert questioned == marked
    assert len(questioned) == CLIPS[variant]
