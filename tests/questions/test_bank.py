"""The bank of replies: what it holds, that the reader reads it right, and what a wrong file or reading is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.questions.bank import BANK_NAME, ReplyBank, banks_in, load_bank
from lmms_eval_plugins.questions.kinds import KINDS, AnswerKind
from lmms_eval_plugins.questions.outcomes import NoAnswer

BANK = shipped("tasks") / "strokerehab" / BANK_NAME
OF_KINDS = (
    AnswerKind(kind="yes_no"),
    AnswerKind(kind="yes_no", yes_phrases=("mov*", "reach*", "carr*"), no_phrases=("still", "resting", "motionless")),
    AnswerKind(kind="yes_no", yes_phrases=("hold*", "grasp*", "grip*"), no_phrases=("empty", "nothing")),
    AnswerKind(kind="yes_no", yes_phrases=("idle", "resting"), no_phrases=("active", "mov*")),
    AnswerKind(kind="one_of", options=("reach", "reposition", "transport", "stabilize", "idle")),
    AnswerKind(kind="one_of", options=("left", "right")),
    AnswerKind(kind="one_of", options=("Face wash", "RTT exercise", "shelf")),
    AnswerKind(kind="sequence_of", options=("reach", "reposition", "transport", "stabilize", "idle")),
    AnswerKind(kind="score", options=("0", "1", "2")),
    AnswerKind(kind="score", options=("1", "2", "3", "4", "5")),
    AnswerKind(kind="count"),
    AnswerKind(kind="text"),
)


def bank_of(folder: Path, text: str) -> ReplyBank:
    path = folder / BANK_NAME
    path.write_text(text, encoding="utf-8")
    return load_bank(path)


@pytest.mark.parametrize("kind", OF_KINDS, ids=lambda kind: f"{kind.kind} {kind.options[:1] or kind.yes_phrases[:1]}")
def test_the_bank_is_read_right(kind: AnswerKind) -> None:
    bank = load_bank(BANK)
    assert bank.misread(kind) == []
    assert len(list(bank.replies(kind))) >= (15 if kind.kind == "text" else 80)


def test_it_has_hundreds_of_replies_and_all_readings_of_every_kind() -> None:
    bank = load_bank(BANK)
    assert sum(map(len, bank.of_kinds.values())) >= 300
    assert bank.of_kinds.keys() == {"all", *KINDS}
    for kind in OF_KINDS:
        right = {right for _, _, right in bank.replies(kind)}
        ways = {NoAnswer.UNREADABLE, NoAnswer.REFUSED}
        assert ways <= right and len(right - set(NoAnswer)) >= (1 if kind.kind in ("text",) else 2)
        assert (NoAnswer.CONTRADICTORY in right) is (kind.kind in ("yes_no", "one_of", "score", "count"))


def test_a_misread_reply_is_named_by_its_line(tmp_path: Path) -> None:
    bank = bank_of(
        tmp_path, 'yes_no:\n  yes:\n    - "Yes."\n    - "No."\n  refused: [\n    Maybe]\ncount:\n  4: ["5"]\n'
    )
    assert bank.misread(AnswerKind(kind="yes_no")) == [
        f"{bank.path}, line 4: 'No.' is read as no, should be yes",
        f"{bank.path}, line 6: 'Maybe' is read as unreadable, should be refused",
    ]
    assert bank.misread(AnswerKind(kind="count")) == [f"{bank.path}, line 8: '5' is read as 5, should be 4"]


def test_placeholders_stand_for_the_words_of_a_question(tmp_path: Path) -> None:
    bank = bank_of(tmp_path, 'one_of: {first: ["$first, not $second", "left out: shelf"], second: ["$ 5 {$second}"]}')
    kind = AnswerKind(kind="one_of", options=("shelf", "glasses"))
    assert [(text, right) for _, text, right in bank.replies(kind)] == [
        ("shelf, not glasses", "shelf"),
        ("$ 5 {glasses}", "glasses"),
    ], "what names an option itself may mean it, and is passed over"
    alone = bank.replies(AnswerKind(kind="one_of", options=("one",)))
    assert [text for _, text, _ in alone] == ["left out: shelf"], "there is no second option"
    assert not list(bank.replies(AnswerKind(kind="count")))


def test_banks_lie_beside_task_files(tmp_path: Path) -> None:
    bank_of(tmp_path, "{}")
    assert [bank.path for bank in banks_in([tmp_path, tmp_path / "none", BANK.parent])] == [tmp_path / BANK_NAME, BANK]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("yesno: {}", "line 1: yesno: unknown key; did you mean 'yes_no'"),
        ("yes_no: {maybe: [x]}", "'maybe' is no reading"),
        ('all: {"yes": [x]}', "'yes' is no reading of all"),
        ("yes_no: {text: [x]}", "'text' is no reading of yes_no"),
        ("one_of: {3: [x]}", "'3' is no reading of one_of"),
        ("yes_no: [x]", "yes_no"),
        ("count: {3: 4}", "count"),
        ("a: [", "not valid YAML"),
        ("- x", "replies.yaml"),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message) as raised:
        bank_of(tmp_path, text)
    assert "\n" not in str(raised.value)
