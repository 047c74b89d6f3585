from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.places import shipped
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.sets import load_questions

FILES = sorted((shipped("tasks") / "strokerehab" / "questions").glob("*.yaml"))

GOOD = """\
id: mine
version: 1
questions:
  - id: motion
    text: "Does the patient's {hand} hand move in {activity}?"
    answer: yes_no
    yes_phrases: [mov*]
    truth: motion
  - id: grasp
    text: "Does it hold {{something}}?"
    answer: {one_of: [holds, "no"]}
    truth: grasp
"""


def load(folder: Path, text: str):  # type: ignore[no-untyped-def]
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return load_questions(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_set_loads_and_renders(path: Path) -> None:
    questions = load_questions(path)
    assert questions.id == path.stem
    for question in questions.questions:
        for hand in ("left", ""):
            text = question.render(hand=hand, activity="feeding", item="3")
            assert "{" not in text and "  " not in text and text == text.strip()


def test_what_a_set_says(tmp_path: Path) -> None:
    motion, grasp = load(tmp_path, GOOD).questions
    assert motion.answer == AnswerKind(kind="yes_no", yes_phrases=("mov*",))
    assert grasp.answer == AnswerKind(kind="one_of", options=("holds", "no"))
    assert grasp.render() == "Does it hold {something}?"


def test_an_unknown_hand_leaves_no_gap(tmp_path: Path) -> None:
    motion = load(tmp_path, GOOD).questions[0]
    assert motion.render(hand="left", activity="feeding") == "Does the patient's left hand move in feeding?"
    assert motion.render(activity="feeding") == "Does the patient's hand move in feeding?"
    begins = load(tmp_path, GOOD.replace("Does the patient's {hand}", "{hand}")).questions[0]
    assert begins.render(activity="feeding") == "hand move in feeding?"


def test_what_is_put_in_is_not_itself_a_template(tmp_path: Path) -> None:
    assert "{item}" in load(tmp_path, GOOD).questions[0].render(activity="{item}")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{hand}", "{arm}", "placeholder {arm} is none of hand, activity, item"),
        ("{hand}", "{}", "placeholder {} is none of"),
        ("{hand}", "{hand.real}", "placeholder {hand.real} is none of"),
        ("{hand}", "{hand:zz}", "placeholder {hand:zz} is none of"),
        ("{hand}", "{hand!r}", "placeholder {hand!r} is none of"),
        ("{hand}", "{hand", "questions.0.text: "),
        ("Does it hold {{something}}?", "  ", "questions.1.text: is empty"),
        ("id: grasp", "id: motion", "two questions have the id 'motion'"),
        ("id: grasp", "id: Grasp it", "questions.1.id: "),
        ("truth: grasp", "truth: grip", "questions.1.truth: "),
        ("truth: grasp", "trut: grasp", "questions.1.trut: unknown key; did you mean 'truth'"),
        ("yes_phrases", "yes_phrase", "questions.0.yes_phrase: unknown key; did you mean 'yes_phrases'"),
        ("yes_phrases: [mov*]", "yes_phrases: moves", "yes_phrases: "),
        ("yes_phrases: [mov*]", "yes_phrases:", "yes_phrases: "),
        ("yes_phrases: [mov*]", "yes_phrases: [yes]", "yes_phrases.0: "),
        ("yes_phrases: [mov*]", "yes_phrases: ['*']", "the phrase '*' is not words"),
        ("answer: yes_no", "answer: yes_or_no", "'yes_or_no' is not an answer kind; did you mean 'yes_no'"),
        ("answer: yes_no", "answer: count", "yes_phrases and no_phrases belong to yes_no"),
        ('answer: {one_of: [holds, "no"]}', "answer: {one_of: [holds, no]}", "quote the option"),
        ('answer: {one_of: [holds, "no"]}', "answer: {one_of: []}", "one_of needs options"),
        ('answer: {one_of: [holds, "no"]}', "answer: one_of", "one_of needs options"),
        ('answer: {one_of: [holds, "no"]}', "answer: {score: [low, high]}", "scores are whole numbers"),
        ('answer: {one_of: [holds, "no"]}', "answer: 3", "3 is not an answer kind"),
        ('answer: {one_of: [holds, "no"]}', "anwser: text", "questions.1.anwser: unknown key; did you mean 'answer'"),
        ("    truth: grasp\n", "", "questions.1.truth: this key is missing"),
        ("version: 1", "version: 0", "version: "),
        ("id: mine", "name: mine", "name: unknown key; known are: answer, id, "),
    ],
)
def test_what_is_wrong_is_said_in_one_line_with_file_and_field(old: str, new: str, said: str, tmp_path: Path) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(UserError) as raised:
        load(tmp_path, GOOD.replace(old, new))
    message = str(raised.value)
    assert message.startswith(f"{tmp_path / 'mine.yaml'}: ") and said in message
    assert "\n" not in message and "validation error" not in message


@pytest.mark.parametrize("text", ["", "[]", "id: [", "a: b: c", "id: mine\nversion: 1\nquestions: []"])
def test_a_file_that_is_no_set(text: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"mine\.yaml: ") as raised:
        load(tmp_path, text)
    assert "\n" not in str(raised.value)


def test_a_set_that_is_not_there(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    with pytest.raises(UserError, match=r"other\.yaml: no such question set; there are: mine"):
        load_questions(tmp_path / "other.yaml")


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"id: caf\xe9")
    with pytest.raises(UserError, match=r"latin\.yaml: not valid YAML"):
        load_questions(tmp_path / "latin.yaml")
