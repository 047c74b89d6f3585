from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, PRIMITIVES
from lmms_eval_plugins.questions.kinds import LABELS_MARK, AnswerKind
from lmms_eval_plugins.questions.sets import QuestionSet, load_questions
from tests.support.damage import any_file_like, one_line_or

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


def load(folder: Path, text: str) -> QuestionSet:
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


def test_the_questions_of_a_set(tmp_path: Path) -> None:
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


def test_inserted_text_is_not_a_template(tmp_path: Path) -> None:
    assert "{item}" in load(tmp_path, GOOD).questions[0].render(activity="{item}")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{hand}", "{arm}", "placeholder {arm} is none of hand, HAND, activity, item, place"),
        ("{hand}", "{}", "placeholder {} is none of"),
        ("{hand}", "{hand.real}", "placeholder {hand.real} is none of"),
        ("{hand}", "{hand:zz}", "placeholder {hand:zz} is none of"),
        ("{hand}", "{hand!r}", "placeholder {hand!r} is none of"),
        ("{hand}", "{hand", "questions.0.text: "),
        ("Does it hold {{something}}?", "  ", "questions.1.text: is empty"),
        ("id: grasp", "id: motion", "two questions have the id 'motion'"),
        ("id: grasp", "id: Grasp it", "questions.1.id: "),
        ("truth: grasp", "truth: grip", "line 12: questions.1.truth: unknown word 'grip'; did you mean 'grasp'?"),
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
        *(
            (
                "    truth: motion\n",
                f"    truth: motion\n    variants:\n      - {{id: v, text: A?, {rest}}}\n",
                expected,
            )
            for rest, expected in (
                ("cropped: B?", "questions.0.variants.0.answers: this key is missing"),
                ("answers: reverse", "'reverse' is neither same nor opposite, nor a list of its options"),
                ("answers: {moving: yes, still: no}", "YAML reads an unquoted yes"),
                ('answers: {moving: "yes"}', "variant v: answers: no option says 'no'"),
                ('answers: {moving: "yes", still: "no", on: "no"}', "YAML reads an unquoted yes"),
                ('answers: {moving: "yes", still: "no", rests: "no"}', "answers: two options say 'no'"),
                ('answers: {moving: "yes", still: maybe}', "answers: 'maybe' is no answer to the question"),
                ('answers: {"yes": "no", "no": "yes"}', "answers: of yes and no write same or opposite"),
                ("answers: same, kind: text", "questions.0.variants.0.kind: unknown key"),
                ("answers: same}\n      - {id: v, text: B?, answers: opposite", "two variants have the id 'v'"),
            )
        ),
        *(
            (
                "    truth: grasp\n",
                f"    truth: grasp\n    variants: [{{id: {id}, text: '{text}', answers: {answers}}}]\n",
                told,
            )
            for id, text, answers, told in (
                (
                    "v",
                    "A?",
                    "opposite",
                    "variant v: answers: only those of yes_no have an opposite, not those of one_of",
                ),
                ("v", "{what}?", "same", "placeholder {what} is none of hand, "),
                ("base", "A?", "same", "base is the name of the question's own wording"),
                ("v", "A?", "{a: holds}", "variant v: answers: no option says 'no'"),
            )
        ),
        ("version: 1", "version: 0", "version: "),
        ("id: mine", "name: mine", "name: unknown key; the nearest of 21 known are: arm, "),
    ],
)
def test_errors_are_one_line_with_file_and_field(old: str, new: str, expected: str, tmp_path: Path) -> None:
    assert GOOD.count(old) == 1
    with pytest.raises(UserError) as raised:
        load(tmp_path, GOOD.replace(old, new))
    message = str(raised.value)
    assert message.startswith(str(tmp_path / "mine.yaml")) and expected in message
    assert "\n" not in message and "validation error" not in message


ITEM = """\
id: mine
version: 1
questions:
  - id: elbow
    truth: item_score
    item: 7
    arm: other
    view: side
    text: "Does the elbow at the {place} bend at all?"
    answer: yes_no
    if_no: 0
  - {id: speed, truth: item_score, item: 33, text: "How often?", answer: count, reaches: 4}
  - {id: lift, truth: item_score, item: 5, text: "How far?", answer: {score: [0, 1, 2]}}
"""


def test_an_item_question(tmp_path: Path) -> None:
    elbow, speed, lift = load(tmp_path, ITEM).questions
    assert (elbow.item, elbow.arm, elbow.view, elbow.if_yes, elbow.if_no) == (7, "other", "side", None, 0)
    assert elbow.render(place="left") == "Does the elbow at the left bend at all?"
    assert elbow.render() == "Does the elbow at the bend at all?"
    assert (speed.reaches, speed.arm, speed.view) == (4, "affected", "front")
    assert lift.answer.options == ("0", "1", "2")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    item: 7\n", "", "item is missing"),
        ("item: 7", "item: 34", "line 6: questions.0.item: "),
        ("arm: other", "arm: affectd", "line 7: questions.0.arm: unknown word 'affectd'; did you mean 'affected'?"),
        ("view: side", "view: above", "questions.0.view: unknown word 'above'; known are: front, side"),
        ("    if_no: 0\n", "", "line 4: questions.0: a yes_no answer, and no other, scores an item by if_yes or if_no"),
        ("if_no: 0", "if_no: 3", "line 11: questions.0.if_no: "),
        ("if_no: 0", "if_non: 0", "line 11: questions.0.if_non: unknown key; did you mean 'if_no'?"),
        ("answer: yes_no", "answer: count", "a yes_no answer, and no other, scores an item"),
        ("answer: yes_no", "answer: text", "an item is scored from yes_no, score or count, not from text"),
        (", reaches: 4", "", "a count, and no other answer, scores an item by the number that it reaches"),
        ("reaches: 4", "reaches: 0", "line 12: questions.1.reaches: "),
        ("{score: [0, 1, 2]}", "{score: [0, 1, 2]}, reaches: 2", "a count, and no other answer"),
        ("truth: item_score\n", "truth: motion\n", "only a question with truth: item_score has arm, "),
        ("truth: item_score\n", "truth: itemscore\n", "line 5: questions.0.truth: unknown word 'itemscore'"),
        ("id: speed", "id: elbow", "line 3: questions: two questions have the id 'elbow'"),
    ],
)
def test_errors_of_an_item_question(old: str, new: str, message: str, tmp_path: Path) -> None:
    assert ITEM.count(old) == 1
    with pytest.raises(UserError) as raised:
        load(tmp_path, ITEM.replace(old, new))
    assert message in str(raised.value) and "\n" not in str(raised.value)


def test_a_verbatim_text_is_sent_unchanged(tmp_path: Path) -> None:
    text = GOOD.replace("id: grasp\n", "id: grasp\n    verbatim: true\n").replace(
        "Does it hold {{something}}?", "\\n  The {HAND}  hand, {{\\n\\n"
    )
    assert load(tmp_path, text).questions[1].render(hand="left") == "\n  The LEFT  hand, {\n\n"


def test_the_activities_are_the_options_as_the_vocabulary_spells_them() -> None:
    for number in (1, 2):
        (question,) = load_questions(FILES[0].parent / f"identification_{number}.yaml").questions
        assert (question.id, question.truth, question.answer.options) == ("activity", "activity", ACTIVITIES)


def test_the_primitives_are_the_options_as_the_vocabulary_spells_them() -> None:
    questions = [load_questions(FILES[0].parent / f"primitives_{number}.yaml").questions[0] for number in (1, 2)]
    assert [(question.truth, question.answer.kind) for question in questions] == [
        ("primitives", "sequence_of"),
        ("primitive", "one_of"),
    ]
    assert all(question.answer.options == PRIMITIVES for question in questions)


@pytest.mark.parametrize("text", ["", "[]", "id: [", "a: b: c", "id: mine\nversion: 1\nquestions: []"])
def test_a_file_that_is_no_set(text: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"mine\.yaml(, line \d+)?: ") as raised:
        load(tmp_path, text)
    assert "\n" not in str(raised.value)


def test_a_syntax_error_has_its_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"mine\.yaml, line 5: not valid YAML \(") as raised:
        load(tmp_path, GOOD.replace("text: \"Does the patient's", "text: Does: it: "))
    assert "<unicode string>" not in str(raised.value)


def test_a_set_that_is_not_there(tmp_path: Path) -> None:
    load(tmp_path, GOOD)
    with pytest.raises(UserError, match=r"other\.yaml: no such question set; there are: mine"):
        load_questions(tmp_path / "other.yaml")


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"id: caf\xe9")
    with pytest.raises(UserError, match=r"latin\.yaml: not valid YAML"):
        load_questions(tmp_path / "latin.yaml")


LABELS = ("reach", "let go", "rest")


def test_a_question_may_have_the_labels_of_the_dataset(tmp_path: Path) -> None:
    text = GOOD.replace('Does it hold {{something}}?"', 'Which of {labels}, {{now}}?"').replace(
        '[holds, "no"]', "labels"
    )
    questions = load(tmp_path, text.replace("truth: grasp", "truth: primitive")).of_labels(LABELS)
    motion, primitive = questions.questions
    assert motion == load(tmp_path, GOOD).questions[0]
    assert primitive.answer == AnswerKind(kind="one_of", options=LABELS)
    assert primitive.render() == "Which of reach, let go, rest, {now}?"
    with pytest.raises(UserError, match=r"the options of score are a list"):
        load(tmp_path, GOOD.replace('{one_of: [holds, "no"]}', "{score: labels}"))


@pytest.mark.parametrize(("number", "kind"), [(1, "sequence_of"), (2, "one_of")])
def test_the_shipped_sets_ask_for_the_labels_of_any_dataset(number: int, kind: str) -> None:
    questions = load_questions(FILES[0].parent / f"primitives_{number}.yaml")
    assert questions.of_labels(PRIMITIVES).questions == questions.questions
    assert questions.of_labels(tuple(reversed(PRIMITIVES))).questions == questions.questions
    (ours,) = questions.questions
    (own,) = questions.of_labels(LABELS).questions
    assert (own.id, own.truth, own.answer.kind, own.answer.options) == (ours.id, ours.truth, kind, LABELS)
    for cropped in (False, True):
        text = own.render(hand="left", cropped=cropped)
        assert "reach, let go, rest" in text and "transport" not in text.lower() and "{" not in text
        assert ("left" in text) != cropped


def test_a_set_with_options_of_its_own_keeps_them(tmp_path: Path) -> None:
    fixed = GOOD.replace("truth: grasp", "truth: primitive")
    assert load(tmp_path, fixed).of_labels(LABELS).questions == load(tmp_path, fixed).questions


def test_braces_in_a_label_are_those_of_a_label(tmp_path: Path) -> None:
    question = load(tmp_path, GOOD).questions[0].model_copy(update={"text": "The {hand} hand: {labels}"})
    asked = question.of_words(LABELS_MARK, ("rest{x}", "{}", "{hand}"))
    assert asked.render(hand="left {y}") == "The left {y} hand: rest{x}, {}, {hand}"


@settings(deadline=None)
@given(any_file_like(FILES))
def test_any_file_is_a_question_set_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "questions.yaml"
    path.write_bytes(data)
    found = one_line_or(lambda: load_questions(path))
    if isinstance(found, QuestionSet):
        for question in found.of_labels(PRIMITIVES).questions:
            question.render(hand="left", activity="feeding", item="x", place="left")
