from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.kinds import AnswerKind, parse_kind
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.questions.sets import Question, load_questions
from lmms_eval_plugins.questions.truths import KnownAnswers, TruthMark, TruthSource, exchanged_sides

WORDS = AnswerKind(kind="text")
SET = AnswerKind(kind="text", match="set")
HANDS = AnswerKind(kind="one_of", options=("left", "right", "neither"))
SCORE = AnswerKind(kind="score", options=("0", "1", "2"))


def question(tmp_path: Path, truth: str, answer: str = "{one_of: [left, right, neither]}") -> Question:
    path = tmp_path / "own.yaml"
    path.write_text(
        f"id: own\nversion: 1\nquestions:\n  - id: which\n    text: Which?\n    answer: {answer}\n    truth: {truth}\n",
        encoding="utf-8",
    )
    (one,) = load_questions(path).questions
    return one


@pytest.mark.parametrize(
    ("truth", "source"),
    [
        ("{column: hand}", TruthSource(column="hand")),
        ("{table: sub/t.csv, column: x}", TruthSource(table="sub/t.csv", column="x")),
        ('{labels: {reach: "{hand}", idle: neither}}', TruthSource(labels={"reach": "{hand}", "idle": "neither"})),
    ],
)
def test_a_truth_in_the_data_is_the_word_label_with_a_source(tmp_path: Path, truth: str, source: TruthSource) -> None:
    one = question(tmp_path, truth)
    assert one.truth == "label" and one.source == source


def test_no_truth_is_a_word(tmp_path: Path) -> None:
    one = question(tmp_path, "none", "text")
    assert one.truth == "none" and one.source is None


def test_yes_and_no_of_yaml_are_answers(tmp_path: Path) -> None:
    source = question(tmp_path, "{labels: {reach: yes, idle: no, rest: null}}", "yes_no").source
    assert source is not None and source.by_label(AnswerKind(kind="yes_no"), None) == {"reach": "yes", "idle": "no"}


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        ("{colum: hand}", "line 4: questions.0: truth.colum: unknown key; did you mean 'column'?"),
        ("{}", "truth: a truth in the data is {column: NAME}"),
        ("{table: t.csv}", "truth: a truth in the data is"),
        ("{column: x, labels: {reach: left}}", "truth: a truth in the data is"),
        ("{table: t.csv, labels: {reach: left}}", "truth: labels are the dataset's own; leave table out"),
        ("{table: ../t.csv, column: x}", "'..' in '../t.csv' is only dots"),
        ("{table: /t.csv, column: x}", "absolute path"),
        ("{labels: {reach: up}}", "truth.labels.reach: 'up' is none of the answers; known are: left, neither, right"),
        ("nowhere", "unknown word 'nowhere'"),
    ],
)
def test_what_is_wrong_with_a_truth_is_named_with_file_and_line(tmp_path: Path, truth: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        question(tmp_path, truth)
    assert message in str(error.value) and str(tmp_path / "own.yaml") in str(error.value)


def test_the_source_is_no_key_of_a_question_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"source: unknown key; say `truth: \{column: NAME\}`"):
        question(tmp_path, "none\n    source: {column: x}")


@pytest.mark.parametrize(
    ("kind", "written", "target"),
    [
        (AnswerKind(kind="yes_no"), "Yes", "yes"),
        (AnswerKind(kind="yes_no"), "0", "no"),
        (HANDS, " LEFT ", "left"),
        (SCORE, "2.0", "2"),
        (AnswerKind(kind="count"), "07", "7"),
        (AnswerKind(kind="sequence_of", options=("reach", "idle")), "Reach; idle;reach", "reach, idle, reach"),
        (WORDS, "a  towel", "a towel"),
    ],
)
def test_written_answers_become_targets(kind: AnswerKind, written: str, target: str) -> None:
    assert kind.target_of(written) == target


@pytest.mark.parametrize(
    ("kind", "written", "message"),
    [
        (AnswerKind(kind="yes_no"), "perhaps", "'perhaps' is neither yes nor no"),
        (HANDS, "lefft", "'lefft' is none of the answers; did you mean 'left'"),
        (SCORE, "3", "'3' is none of the answers"),
        (SCORE, "1.5", "'1.5' is no whole number"),
        (AnswerKind(kind="count"), "many", "'many' is no whole number"),
        (AnswerKind(kind="sequence_of", options=("reach", "idle")), "reach, up", "'up' is none of the answers"),
        (AnswerKind(kind="sequence_of", options=("reach", "idle")), ";", "';' names none of the answers"),
    ],
)
def test_what_is_no_answer_of_the_kind_is_refused(kind: AnswerKind, written: str, message: str) -> None:
    with pytest.raises(ValueError) as error:
        kind.target_of(written)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("kind", "answer", "truth", "right"),
    [
        (WORDS, ' "A  Towel." ', "a towel", True),
        (WORDS, "towel, a", "a, towel", False),
        (SET, "Towel; cup.", "cup, towel", True),
        (SET, "cup", "cup, towel", False),
        (SET, UNREADABLE, "cup", False),
        (HANDS, "left", "left", True),
        (HANDS, None, "left", False),
        (AnswerKind(kind="yes_no"), False, False, True),
        (SCORE, 1, 2, False),
    ],
)
def test_what_is_right(kind: AnswerKind, answer: object, truth: str, right: bool) -> None:
    assert kind.is_right(answer, truth) is right


def test_texts_say_how_they_are_compared() -> None:
    assert parse_kind("text") == parse_kind({"text": "exact"}) == WORDS and parse_kind({"text": "set"}) == SET
    with pytest.raises(ValueError, match="compared as exact or as set, not as 'sets'; did you mean 'set'"):
        parse_kind({"text": "sets"})
    with pytest.raises(ValueError, match="match belongs to text, not to count"):
        AnswerKind(kind="count", match="set")


def test_the_centre_of_a_window_decides_between_segments() -> None:
    known = KnownAnswers("segments", (TruthMark(0.0, 1.0, "left"), TruthMark(2.0, 3.0, "right")))
    assert [known.answer_in(start, start + 1) for start in (0.0, 0.4, 0.5, 1.5, 2.4, 2.5)] == [
        *("left", "left", None, "right", "right", None),
    ]


def test_events_are_there_counted_or_the_only_one_in_a_window() -> None:
    events = [TruthMark(2.0, 2.0, "left"), TruthMark(0.5, 0.5, "right")]
    whether = KnownAnswers.of_events(AnswerKind(kind="yes_no"), events)
    number = KnownAnswers.of_events(AnswerKind(kind="count"), events)
    which = KnownAnswers.of_events(HANDS, events)
    windows = [(0.0, 1.0), (1.0, 2.0), (2.0, 3.0), (0.0, 3.0)]
    assert [whether.answer_in(*one) for one in windows] == ["yes", "no", "yes", "yes"]
    assert [number.answer_in(*one) for one in windows] == ["1", "0", "1", "2"]
    assert [which.answer_in(*one) for one in windows] == ["right", None, "left", None]


def test_no_events_are_known_to_be_none() -> None:
    assert KnownAnswers.of_events(AnswerKind(kind="count"), ()).answer_in(0.0, 9.0) == "0"
    assert KnownAnswers.of_events(HANDS, ()).answer_in(0.0, 9.0) is None


@given(st.lists(st.floats(0, 100), max_size=12), st.lists(st.floats(0, 100), min_size=1, max_size=6))
def test_windows_share_out_the_events_of_a_video(times: list[float], cuts: list[float]) -> None:
    known = KnownAnswers.of_events(AnswerKind(kind="count"), [TruthMark(time, time, "yes") for time in times])
    edges = [0.0, *sorted(cuts), 101.0]
    counts = [int(known.answer_in(start, end) or 0) for start, end in pairwise(edges)]
    assert sum(counts) == len(times)


@pytest.mark.parametrize(
    ("answer", "options", "exchanged"),
    [
        ("left", ["left", "right", "neither"], "right"),
        ("neither", ["left", "right", "neither"], "neither"),
        ("Right hand", ["Left hand", "Right hand"], "Left hand"),
        ("left, right, left", ["left", "right"], "right, left, right"),
        ("left", ["left", "not left"], "left"),
        ("bright", ["bright", "left", "right"], "bright"),
        ("left", [], "left"),
    ],
)
def test_sides_are_exchanged_where_the_options_name_both(answer: str, options: list[str], exchanged: str) -> None:
    assert exchanged_sides(answer, options) == exchanged
    assert exchanged_sides(exchanged, options) == answer
