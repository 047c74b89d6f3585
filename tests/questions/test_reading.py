import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.questions.kinds import AnswerKind, parse_kind
from lmms_eval_plugins.questions.reading import FAILED_MARK, MISSING_MARK, UNREADABLE, is_missing, read
from lmms_eval_plugins.vocabulary import PRIMITIVES

YES_NO = AnswerKind(kind="yes_no")
MOTION = AnswerKind(kind="yes_no", yes_phrases=("mov*", "reach*"), no_phrases=("still", "stopped mov*"))
ONE_OF = AnswerKind(kind="one_of", options=PRIMITIVES)
SEQUENCE = AnswerKind(kind="sequence_of", options=PRIMITIVES)
SCORE = AnswerKind(kind="score", options=("0", "1", "2"))
COUNT = AnswerKind(kind="count")
TEXT = AnswerKind(kind="text")
KINDS = (YES_NO, MOTION, ONE_OF, SEQUENCE, SCORE, COUNT, TEXT)


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("YES", True),
        ("yes.", True),
        ("**Yes**", True),
        ('"Yes"', True),
        ("Yes, the hand moves. There is no doubt.", True),
        ("Answer: Yes", True),
        ('{"answer": "yes"}', True),
        ("I think the answer is yes", True),
        ("<think>No, it rests. yes? no.</think>\nYes", True),
        ("it rests, no.</think> Yes", True),
        ("NO", False),
        ("No.", False),
        ("`no`", False),
        ("No, it is not moving", False),
        ("no — yesterday's video showed it", False),
        ("There is no object in the hand.", False),
        ("First I looked at the hand.\n\nFinal answer: **No**", False),
        ("", UNREADABLE),
        (" \n", UNREADABLE),
        ("yes and no", UNREADABLE),
        ("Yes/No", UNREADABLE),
        ("Answer YES or NO.", UNREADABLE),
        ("Answer YES or NO: yes", True),
        ("There is no sign of release, so yes.", True),
        ("No. Yes.", UNREADABLE),
        ("not yes", UNREADABLE),
        ("nothing", UNREADABLE),
        ("eyes now", UNREADABLE),
        ("I know nobody", UNREADABLE),
        ("I cannot determine that.", UNREADABLE),
        ("I'm sorry, I can't help with that", UNREADABLE),
        ("There is no way to tell", UNREADABLE),
        ("<think>Yes, it", UNREADABLE),
        ("Moving towards an object.", UNREADABLE),
    ],
)
def test_yes_no(reply, answer):
    assert read(YES_NO, reply) is answer


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("Moving towards an object.", True),
        ("The patient's right hand is actively moving an object.", True),
        ("It reaches for the cup", True),
        ("It is not still", True),
        ("There is no doubt it is moving", True),
        ("It is not only moving, it reaches", True),
        ("The hand is still.", False),
        ("The hand is not moving.", False),
        ("It isn't actively moving anything", False),
        ("It stopped moving", False),
        ("No. Moving towards an object.", False),
        ("It was moving and is now still", UNREADABLE),
        ("I am unable to tell if it is moving", UNREADABLE),
        ("removed", UNREADABLE),
        ("preach", UNREADABLE),
    ],
)
def test_phrases(reply, answer):
    assert read(MOTION, reply) is answer


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("REACH", "reach"),
        ("  'Transport'. ", "transport"),
        ("The primitive is **idle**.", "idle"),
        ("reaching", "reach"),
        ("The hand is stabilizing the plate", "stabilize"),
        ("Transport: it conveys the cup rather than reaching", "transport"),
        ("It is not reach, it is transport", "transport"),
        ("Answer: B", "reposition"),
        ("(c)", "transport"),
        ("not idle", UNREADABLE),
        ("reach or transport", UNREADABLE),
        ("Reach, transport", UNREADABLE),
        ("preach", UNREADABLE),
        ("TRAN", UNREADABLE),
        ("Z", UNREADABLE),
        ("I cannot tell whether this is reach", UNREADABLE),
        ("", UNREADABLE),
    ],
)
def test_one_of(reply, answer):
    assert read(ONE_OF, reply) == answer


def test_options_come_back_as_spelled_and_the_longest_wins():
    kind = AnswerKind(kind="one_of", options=("Face wash", "Face", "RTT exercise"))
    assert read(kind, "FINAL_ANSWER: face_wash") == "Face wash"
    assert read(kind, "rtt  exercise") == "RTT exercise"
    assert read(kind, "the face") == "Face"


def test_sequence_of():
    assert read(SEQUENCE, "REACH, TRANSPORT, REACH, TRAN") == ("reach", "transport", "reach")
    assert read(SEQUENCE, "The hand reaches, then transports the cup.") == ("reach", "transport")
    assert read(SEQUENCE, "reach -> reach") == ("reach", "reach")
    assert read(SEQUENCE, "reach, not idle") == ("reach",)
    assert read(SEQUENCE, "none of these") is UNREADABLE
    assert read(SEQUENCE, "Sorry, I cannot see a reach or a transport") is UNREADABLE


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("2", 2),
        ("**FINAL_SCORE:** 0", 0),
        ("He lifted it 3 times. FINAL_SCORE: 1", 1),
        ("Score: 2/2", 2),
        ("1 out of 2", 1),
        ("two", 2),
        ("3", UNREADABLE),
        ("-1", UNREADABLE),
        ("1.5", UNREADABLE),
        ("1-2", UNREADABLE),
        ("between 1 and 2", UNREADABLE),
        ("10", UNREADABLE),
        ("unclear, maybe 1", UNREADABLE),
        ("", UNREADABLE),
    ],
)
def test_score(reply, answer):
    assert read(SCORE, reply) == answer


def test_count_and_text():
    assert read(COUNT, "The patient did it 14 times.") == 14
    assert read(COUNT, "none") is UNREADABLE
    assert read(TEXT, "<think>hm</think> A *cup*. ") == "A *cup*."
    assert read(TEXT, "<think>hm</think>") is UNREADABLE


@pytest.mark.parametrize(
    ("reply", "answer"),
    [("YES", True), ("eyes", True), ("Yes and no", True), ("Moving towards an object.", False), ("", False)],
)
def test_published_yes_no(reply, answer):
    assert read(MOTION, reply, "published") is answer


def test_published_options():
    assert read(SEQUENCE, "REACH, TRANSPORT, TRAN", "published") == ("reach", "transport")
    assert read(ONE_OF, "IDLE", "published") == "idle"
    assert read(ONE_OF, "reaching", "published") is UNREADABLE
    assert read(SCORE, "Score: 1", "published") == 1


@pytest.mark.parametrize("mark", [FAILED_MARK, MISSING_MARK])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
@pytest.mark.parametrize("policy", ["default", "published"])
def test_missing_is_neither_unreadable_nor_no(mark, kind, policy):
    assert is_missing(f"{mark}: yes]")
    assert read(kind, f"{mark}: yes, score 1, reach]", policy) is None


def test_unreadable_has_no_truth_value():
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(UNREADABLE)
    assert repr(UNREADABLE) == "UNREADABLE"
    assert UNREADABLE != False  # noqa: E712


@given(st.sampled_from(KINDS), st.text(max_size=60), st.sampled_from(["default", "published"]))
def test_any_text_can_be_read(kind, text, policy):
    answer = read(kind, text, policy)
    assert answer is None or answer is UNREADABLE or isinstance(answer, bool | str | tuple | int)
    if kind.kind in ("one_of", "sequence_of") and isinstance(answer, str | tuple):
        assert set([answer] if isinstance(answer, str) else answer) <= set(kind.options)


@given(st.sampled_from(["yes", "no", "Yes.", "NO!"]), st.sampled_from(["{}", '"{}"', "**{}**", " {}\n", "Answer: {}"]))
def test_dressing_does_not_change_an_answer(word, dress):
    assert read(YES_NO, dress.format(word)) is (word[0] in "yY")


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=6), st.sampled_from(["yes", "no"]))
def test_only_whole_words_are_answers(letters, word):
    assert read(YES_NO, f"{word}{letters}") is UNREADABLE or f"{word}{letters}" in ("nope", "yesno")


def test_kinds_from_yaml_values():
    assert parse_kind("yes_no", yes_phrases=["mov*"]) == AnswerKind(kind="yes_no", yes_phrases=("mov*",))
    assert parse_kind({"one_of": ["reach", "idle"]}).options == ("reach", "idle")
    assert parse_kind({"score": [0, 1, 2]}) == SCORE
    assert parse_kind("count") == COUNT


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("yesno", "did you mean 'yes_no'"),
        ({"oneof": ["a"]}, "did you mean 'one_of'"),
        ("zebra", "known are"),
        (3, "write one of"),
        ({"one_of": ["a"], "score": [1]}, "write one of"),
        ({"one_of": "reach"}, "options of one_of are a list"),
        ({"one_of": []}, "needs options"),
        ("one_of", "needs options"),
        ({"one_of": ["a", "A"]}, "twice"),
        ({"one_of": ["", "A"]}, "empty"),
        ({"one_of": [True, "A"]}, "quote"),
        ({"score": ["high"]}, "whole numbers"),
        ({"count": [1]}, "takes no options"),
    ],
)
def test_bad_kinds_say_what_is_valid(value, message):
    with pytest.raises(ValueError, match=message):
        parse_kind(value)


def test_phrases_belong_to_yes_no():
    with pytest.raises(ValueError, match="belong to yes_no"):
        parse_kind("count", yes_phrases=["many"])


@pytest.mark.parametrize("phrase", ["", "*", " ", "mov**", "(moving)"])
def test_phrases_are_words(phrase):
    with pytest.raises(ValueError, match="not words"):
        AnswerKind(kind="yes_no", yes_phrases=(phrase,))
