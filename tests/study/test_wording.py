from __future__ import annotations

import csv
import gzip
import json
import lzma
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.questions.sets import QuestionSet, load_questions
from lmms_eval_plugins.study.wording import load_published

SHARED = Path(__file__).resolve().parents[3] / "shared/vlms4rehab"
SETS = shipped("tasks") / "strokerehab" / "questions"
SINGLE_LOGS = ["primitives_1", "primitives_2", "primitives_3", "identification_1", "identification_2"]
COLUMNS = ["qid", "fm_video", "question_type", "sampling", "binary_no_score", "binary_yes_score", "question"]
ROWS = [
    ["0", "3_B_F", "rate", "uniform", "", "", 'How {far}? "{0}"'],
    ["1", "13_A_S", "binary", "uniform", "0", "", "Does it start?"],
    ["2", "13_A_S", "binary", "uniform", "", "1", "Is it\nwhole? "],
    ["7", "33_A_F", "count", "dense", "", "", "Knee?"],
    ["8", "33_A_F", "count", "dense", "", "", "Nose?"],
    ["9", "33_H_F", "count", "dense", "", "", "Knee?"],
    ["10", "33_H_F", "count", "dense", "", "", "Nose?"],
]


def own(name: str) -> QuestionSet:
    return load_questions(SETS / f"{name}.yaml")


def write_log(checkout: Path, text: object, name: str = "logs/a/b/1_samples_strokerehab_primitives_3.jsonl") -> Path:
    path = checkout / name
    path.parent.mkdir(parents=True, exist_ok=True)
    line = (json.dumps({"input": text}) + "\n").encode()
    path.write_bytes(
        gzip.compress(line) if path.suffix == ".gz" else lzma.compress(line) if path.suffix == ".xz" else line
    )
    return path


def write_table(checkout: Path, rows: list[list[str]], number: int = 1, columns: list[str] = COLUMNS) -> Path:
    path = checkout / "data" / "ia" / f"fm_item_questions{number}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *rows])
    return path


@pytest.mark.parametrize("ending", ["", ".gz", ".xz"])
def test_texts_come_from_the_log_and_all_else_is_ours(ending: str, tmp_path: Path) -> None:
    name = f"logs/x/1_samples_strokerehab_primitives_3.jsonl{ending}"
    write_log(tmp_path, "  The LEFT hand {go}? What is left.\n\n <SEP> The left hand  holds?\n", name)
    ours = own("primitives_3")
    motion, grasp = load_published("strokerehab_primitives_3", tmp_path, ours).questions
    assert motion.render(hand="right") == "  The RIGHT hand {go}? What is left.\n\n"
    assert grasp.render(hand="right") == "The right hand  holds?\n"
    for question, before in zip((motion, grasp), ours.questions, strict=True):
        changes = {"text": before.text, "verbatim": False}
        assert question.model_copy(update=changes) == before


def test_a_log_is_found_by_its_name_or_its_folder_and_the_first_one_is_taken(tmp_path: Path) -> None:
    write_log(tmp_path, "c", "logs_later/1_samples_strokerehab_identification_2.jsonl")
    write_log(tmp_path, "b", "logs/strokerehab_identification_2/m/1_samples_strokerehab_identification.jsonl")
    write_log(tmp_path, "a", "logs/other/1_samples_strokerehab_identification_1.jsonl")
    write_log(tmp_path, "d", "data/1_samples_strokerehab_primitives_2.jsonl")
    (question,) = load_published("strokerehab_identification_2", tmp_path, own("identification_2")).questions
    assert question.text == "b"
    with pytest.raises(UserError, match="no log of strokerehab_primitives_2 "):
        load_published("strokerehab_primitives_2", tmp_path, own("primitives_2"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("one", "holds 1 questions; motion, grasp are expected"),
        ("a <SEP> b <SEP> c", "holds 3 questions"),
        ("", "no input"),
        (None, "no input"),
    ],
)
def test_a_log_that_does_not_fit(text: object, message: str, tmp_path: Path) -> None:
    path = write_log(tmp_path, text)
    with pytest.raises(UserError, match=f"{path.name}: .*{message}"):
        load_published("strokerehab_primitives_3", tmp_path, own("primitives_3"))


@pytest.mark.parametrize("content", [b"", b"[]\n", b"{\n", b"\xff\n"])
@pytest.mark.parametrize("ending", ["", ".gz", ".xz"])
def test_a_damaged_log(content: bytes, ending: str, tmp_path: Path) -> None:
    path = write_log(tmp_path, "x", f"logs/1_samples_strokerehab_primitives_2.jsonl{ending}")
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"{path.name}: its first row"):
        load_published("strokerehab_primitives_2", tmp_path, own("primitives_2"))


def test_no_checkout(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder; the published wording comes from a checkout of vlms4rehab"):
        load_published("strokerehab_primitives_3", tmp_path / "gone", own("primitives_3"))


def test_questions_on_items_come_from_the_table(tmp_path: Path) -> None:
    write_table(tmp_path, ROWS)
    first = load_published("strokerehab_ia1_3_30", tmp_path, own("ia1_3_30"))
    assert first.id == "ia1_3_30"
    rate, starts, whole = first.questions
    assert (rate.id, rate.item, rate.arm, rate.view, rate.answer.options) == ("q0", 3, "both", "front", ("0", "1", "2"))
    assert rate.render(hand="left") == 'How {far}? "{0}"'
    assert (starts.item, starts.arm, starts.view, starts.if_no, starts.if_yes) == (13, "affected", "side", 0, None)
    assert (whole.if_no, whole.if_yes, whole.answer.kind, whole.render()) == (None, 1, "yes_no", "Is it\nwhole? ")
    last = load_published("strokerehab_ia1_31_33", tmp_path, own("ia1_3_30")).questions
    assert [(question.id, question.arm, question.reaches) for question in last] == [
        ("q7", "affected", 4),
        ("q8", "affected", 5),
        ("q9", "other", 4),
        ("q10", "other", 5),
    ]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        (1, "3_X_F", "line 2: unknown or missing 'X'"),
        (1, "3_B", "line 2: not a question on a Fugl-Meyer item"),
        (1, "x_B_F", "line 2: not a question on a Fugl-Meyer item"),
        (1, "34_B_F", "line 2: item: "),
        (2, "guess", "line 2: unknown or missing 'guess'"),
        (2, "binary", "line 2: .*if_yes or if_no"),
        (6, "", "line 2: text: is empty"),
    ],
)
def test_a_row_that_is_no_question(column: int, value: str, message: str, tmp_path: Path) -> None:
    row = [value if place == column else cell for place, cell in enumerate(ROWS[0])]
    write_table(tmp_path, [row])
    with pytest.raises(UserError, match=rf"fm_item_questions1\.csv, {message}"):
        load_published("strokerehab_ia1_3_30", tmp_path, own("ia1_3_30"))


def test_a_table_that_is_not_there_or_empty(tmp_path: Path) -> None:
    ours = own("ia1_3_30")
    with pytest.raises(UserError, match=r"fm_item_questions4\.csv: cannot be read"):
        load_published("strokerehab_ia4_3_30", tmp_path, ours)
    write_table(tmp_path, ROWS[:3], number=4)
    with pytest.raises(UserError, match=r"fm_item_questions4\.csv: no question whose sampling is dense"):
        load_published("strokerehab_ia4_31_33", tmp_path, ours)
    write_table(tmp_path, ROWS, number=4, columns=["id", *COLUMNS[1:]])
    with pytest.raises(UserError, match="line 2: unknown or missing 'qid'"):
        load_published("strokerehab_ia4_3_30", tmp_path, ours)


@pytest.mark.parametrize("name", SINGLE_LOGS)
def test_every_row_of_the_published_logs_has_our_rendered_text(name: str) -> None:
    logs = [
        path
        for path in sorted(SHARED.glob("logs*/**/*.jsonl"))
        if path.stem.endswith(name) or any(part.endswith(f"_{name}") for part in path.parts)
    ]
    if not logs:
        pytest.skip(f"no published logs at {SHARED}")
    questions = load_published(f"strokerehab_{name}", SHARED, own(name)).questions
    for path in logs:
        with path.open(encoding="utf-8") as file:
            inputs = {json.loads(line)["input"] for line in file}
        rendered = {" <SEP> ".join(question.render(hand=hand) for question in questions) for hand in ("left", "right")}
        assert inputs <= rendered
        assert len(rendered) == (1 if "identification" in name else 2)


@pytest.mark.parametrize(("number", "uniform", "dense"), [(1, 95, 6), (2, 95, 6), (3, 27, 6), (4, 27, 6)])
def test_every_published_question_on_items_has_its_exact_text(number: int, uniform: int, dense: int) -> None:
    table = SHARED / f"data/ia/fm_item_questions{number}.csv"
    if not table.is_file():
        pytest.skip(f"no published tables at {SHARED}")
    with table.open(encoding="utf-8", newline="") as file:
        texts = [row["question"] for row in csv.DictReader(file)]
    ours = own("ia1_3_30")
    parts = [load_published(f"strokerehab_ia{number}_{part}", SHARED, ours).questions for part in ("3_30", "31_33")]
    assert [len(part) for part in parts] == [uniform, dense]
    assert [question.render(hand="left") for part in parts for question in part] == texts
    assert {question.item for question in parts[0]} == set(range(3, 31)) - {18}
    assert [question.reaches for question in parts[1]] == [None, None, 4, 5, 4, 5]
