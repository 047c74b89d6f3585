from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, PRIMITIVES
from lmms_eval_plugins.questions.kinds import AnswerKind, parse_kind
from lmms_eval_plugins.questions.outcomes import CONTRADICTORY, REFUSED, UNREADABLE, NoAnswer
from lmms_eval_plugins.questions.reading import FAILED_MARK, MISSING_MARK, REFUSED_MARK, Policy, is_missing, read

YES_NO = AnswerKind(kind="yes_no")
MOTION = AnswerKind(kind="yes_no", yes_phrases=("mov*", "reach*"), no_phrases=("still", "stopped mov*"))
ONE_OF = AnswerKind(kind="one_of", options=PRIMITIVES)
SEQUENCE = AnswerKind(kind="sequence_of", options=PRIMITIVES)
SCORE = AnswerKind(kind="score", options=("0", "1", "2"))
COUNT = AnswerKind(kind="count")
TEXT = AnswerKind(kind="text")
ACTIVITY = AnswerKind(kind="one_of", options=ACTIVITIES)
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
        ("yes and no", CONTRADICTORY),
        ("Yes/No", UNREADABLE),
        ("Answer YES or NO.", UNREADABLE),
        ("Answer YES or NO: yes", True),
        ("There is no sign of release, so yes.", True),
        ("No. Yes.", CONTRADICTORY),
        ("not yes", UNREADABLE),
        ("nothing", UNREADABLE),
        ("eyes now", UNREADABLE),
        ("I know nobody", UNREADABLE),
        ("I cannot determine that.", REFUSED),
        ("I'm sorry, I can't help with that", REFUSED),
        ("There is no way to tell", REFUSED),
        ("<think>Yes, it", UNREADABLE),
        ("It is not moving.\nFINAL_ANSWER: YES", True),
        ("FINAL_ANSWER: yes\nFINAL_ANSWER: no", False),
        ("FINAL_ANSWER NO", False),
        ("NO\n\nThe hand rests, though the body says yes to moving.", False),
        ("no or yes", UNREADABLE),
        ("N/A", UNREADABLE),
        ("Moving towards an object.", UNREADABLE),
    ],
)
def test_yes_no(reply: str, answer: object) -> None:
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
        ("It is not holding or moving anything", False),
        ("It stopped moving", False),
        ("No. Moving towards an object.", CONTRADICTORY),
        ("It was moving and is now still", UNREADABLE),
        ("I am unable to tell if it is moving", REFUSED),
        ("removed", UNREADABLE),
        ("preach", UNREADABLE),
    ],
)
def test_phrases(reply: str, answer: object) -> None:
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
        ("Reach, transport", CONTRADICTORY),
        ("preach", UNREADABLE),
        ("TRAN", UNREADABLE),
        ("Z", UNREADABLE),
        ("I cannot tell whether this is reach", REFUSED),
        ("", UNREADABLE),
        ("Either reach or transport", UNREADABLE),
        ("transport, not reach or idle", "transport"),
        ("It is reach, not transport or idle", "reach"),
        ("not reach or transport, but idle", "idle"),
        ("reach/transport", UNREADABLE),
    ],
)
def test_one_of(reply: str, answer: object) -> None:
    assert read(ONE_OF, reply) == answer


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("RTT exercise", "RTT"),
        ("It is the rtt.", "RTT"),
        ("FINAL_ANSWER: Shelf exercise", "shelf"),
        ("Cans go onto the shelves", "shelf"),
        ("face washing", "face wash"),
        ("Washing face", "face wash"),
        ("The patient washes her face.", "face wash"),
        ("facewash", "face wash"),
        ("FACE_WASH", "face wash"),
        ("The patient brushes their teeth", "brushing"),
        ("combed hair", "combing"),
        ("drinks from a cup", "drinking"),
        ("There is a brush, so this is not combing.\n\nFINAL_ANSWER: brushing", "brushing"),
        ("**FINAL_ANSWER**: combing (not brushing)", "combing"),
        ("FINAL_ANSWER: <combing>", "combing"),
        ("FINAL_ANSWER: brushing\nNo, wait.\nFINAL_ANSWER: combing", "combing"),
        ("Final answer\ncombing", "combing"),
        ('{"seen": "no brushing, a comb", "answer": "combing"}', "combing"),
        ('```json\n{"answer": "glasses"}\n```', "glasses"),
        ("\\boxed{feeding}", "feeding"),
        ("C.", "deodorant"),
        ("Option H", "RTT"),
        ("FINAL_ANSWER: D", "drinking"),
        ("FINAL_ANSWER: combing or brushing", UNREADABLE),
        ("FINAL_ANSWER: none of them", UNREADABLE),
        ("FINAL_ANSWER: Sorting documents", UNREADABLE),
        ("FINAL_ANSWER: name of the activity", UNREADABLE),
        ("FINAL_ANSWER:", UNREADABLE),
        ("J", UNREADABLE),
        ("himself", UNREADABLE),
    ],
)
def test_activities(reply: str, answer: object) -> None:
    assert read(ACTIVITY, reply) == answer


def test_options_come_back_as_spelled_and_the_longest_wins() -> None:
    kind = AnswerKind(kind="one_of", options=("Face wash", "Face", "RTT exercise"))
    assert read(kind, "FINAL_ANSWER: face_wash") == "Face wash"
    assert read(kind, "rtt  exercise") == "RTT exercise"
    assert read(kind, "the face") == "Face"


def test_sequence_of() -> None:
    assert read(SEQUENCE, "REACH, TRANSPORT, REACH, TRAN") == ("reach", "transport", "reach")
    assert read(SEQUENCE, "The hand reaches, then transports the cup.") == ("reach", "transport")
    assert read(SEQUENCE, "reach -> reach") == ("reach", "reach")
    assert read(SEQUENCE, "reach, not idle") == ("reach",)
    assert read(SEQUENCE, "none of these") is UNREADABLE
    assert read(SEQUENCE, "Sorry, I cannot see a reach or a transport") is REFUSED


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
        ("unclear, maybe 1", REFUSED),
        ("", UNREADABLE),
        ("The elbow bends 3 times, by 90 degrees.\nFINAL_SCORE: 2", 2),
        ("FINAL_SCORE: 1 point. The hand came to 2 of 3 places.", 1),
        ("FINAL_SCORE: 1\n2 would need the whole range", 1),
        ("FINAL_SCORE: 1\nFINAL_SCORE: 0", 0),
        ("FINAL_SCORE 2", 2),
        ("FINAL_SCORE: <2>", 2),
        ("FINAL_SCORE: 2.0", 2),
        ("FINAL_SCORE: one", 1),
        ("FINAL_SCORE: 1 (0 is none, 2 is full)", 1),
        ('{"score": 1, "reason": "2 of 3 fingers"}', 1),
        ("It took 3 tries.\n\n**2**", 2),
        ("1\n2", CONTRADICTORY),
        ("FINAL_SCORE: 0, 1 or 2", UNREADABLE),
        ("FINAL_SCORE: 1-2", UNREADABLE),
        ("FINAL_SCORE: 5", UNREADABLE),
    ],
)
def test_score(reply: str, answer: object) -> None:
    assert read(SCORE, reply) == answer


def test_count_and_text() -> None:
    assert read(COUNT, "The patient did it 14 times.") == 14
    assert read(COUNT, "none") is UNREADABLE
    for reply, number in {"3 times": 3, "3x": 3, "≈ 5": 5, "~5": 5, "5+": 5, "twice": 2, "fifteen": 15, "0": 0}.items():
        assert read(COUNT, reply) == number
    for reply in ("between 3 and 5", "3-5", "1, 2, 3", "9" * 5000, "5 on the knee, 4 on the nose", "4.5"):
        assert read(COUNT, reply) is UNREADABLE
    assert read(TEXT, "<think>hm</think> A *cup*. ") == "A *cup*."
    assert read(TEXT, "<think>hm</think>") is UNREADABLE


@pytest.mark.parametrize(
    ("reply", "answer"),
    [("YES", True), ("eyes", True), ("Yes and no", True), ("Moving towards an object.", False), ("", False)],
)
def test_published_yes_no(reply: str, answer: object) -> None:
    assert read(MOTION, reply, "published") is answer


def test_published_options() -> None:
    assert read(SEQUENCE, "REACH, TRANSPORT, TRAN", "published") == ("reach", "transport")
    assert read(ONE_OF, "IDLE", "published") == "idle"
    assert read(ONE_OF, "reaching", "published") is UNREADABLE
    assert read(SCORE, "Score: 1", "published") == 1
    assert read(ACTIVITY, "No brushing is seen.\n\nFINAL_ANSWER: Face wash", "published") == "face wash"


@pytest.mark.parametrize("mark", [FAILED_MARK, MISSING_MARK])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
@pytest.mark.parametrize("policy", ["default", "published"])
def test_missing_is_neither_unreadable_nor_no(mark: str, kind: AnswerKind, policy: Policy) -> None:
    assert is_missing(f"{mark}: yes]")
    assert read(kind, f"{mark}: yes, score 1, reach]", policy) is None


@pytest.mark.parametrize("none", NoAnswer)
def test_what_is_no_answer_has_no_truth_value(none: NoAnswer) -> None:
    with pytest.raises(TypeError, match=f"{none.name} is neither true nor false"):
        bool(none)
    assert repr(none) == none.name
    answer: object = none
    assert answer != False  # noqa: E712


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
@pytest.mark.parametrize("policy", ["default", "published"])
def test_a_refusal_of_a_service_is_one_under_both_policies(kind: AnswerKind, policy: Policy) -> None:
    assert read(kind, f"{REFUSED_MARK}: HTTP 400: yes, reach, score 1]", policy) is REFUSED


@given(st.sampled_from(KINDS), st.text(max_size=60), st.sampled_from(["default", "published"]))
def test_any_text_can_be_read(kind: AnswerKind, text: str, policy: Policy) -> None:
    answer = read(kind, text, policy)
    assert answer is None or isinstance(answer, NoAnswer | bool | str | tuple | int)
    if kind.kind in ("one_of", "sequence_of") and isinstance(answer, str | tuple):
        assert set([answer] if isinstance(answer, str) else answer) <= set(kind.options)


@given(st.sampled_from(["yes", "no", "Yes.", "NO!"]), st.sampled_from(["{}", '"{}"', "**{}**", " {}\n", "Answer: {}"]))
def test_dressing_does_not_change_an_answer(word: str, dress: str) -> None:
    assert read(YES_NO, dress.format(word)) is (word[0] in "yY")


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=6), st.sampled_from(["yes", "no"]))
def test_only_whole_words_are_answers(letters: str, word: str) -> None:
    assert read(YES_NO, f"{word}{letters}") is UNREADABLE or f"{word}{letters}" in ("nope", "yesno")


WORDS = st.sampled_from(
    [
        *("yes", "no", "not", "or", "and", "1", "2", "0", "7", "two", "B", "is", "moving", "still", "nothing", "sorry"),
        *(*PRIMITIVES, "reaching", "final_answer:"),
    ]
)
REPLIES = st.lists(st.tuples(WORDS, st.sampled_from([" ", ", ", ". ", "\n"])), max_size=8).map(
    lambda parts: "".join(word + gap for word, gap in parts)
)
CLOSED = tuple(kind for kind in KINDS if kind.kind != "text")


@given(st.sampled_from(CLOSED), REPLIES, st.sampled_from(["{}", "**{}**", '"{}"', "“{}”", "`{}`", "_{}_", "\n{}\n"]))
def test_case_markup_and_quotes_around_a_reply_do_not_matter(kind: AnswerKind, reply: str, dress: str) -> None:
    answer = read(kind, reply)
    assert read(kind, dress.format(reply)) == answer
    assert read(kind, reply.upper()) == answer
    assert read(kind, reply.title()) == answer
    assert read(kind, f"<think>{reply[::-1]} yes 1 idle</think>{reply}") == answer


@given(st.sampled_from(CLOSED), REPLIES)
def test_an_answer_is_one_that_the_kind_allows(kind: AnswerKind, reply: str) -> None:
    answer = read(kind, reply)
    if isinstance(answer, NoAnswer):
        return
    if kind.kind == "yes_no":
        assert isinstance(answer, bool)
    elif kind.kind == "one_of":
        assert answer in kind.options
    elif kind.kind == "sequence_of":
        assert isinstance(answer, tuple) and answer and set(answer) <= set(kind.options)
    else:
        assert type(answer) is int and answer >= 0
        assert kind.kind == "count" or str(answer) in kind.options


@given(st.sampled_from(PRIMITIVES), st.sampled_from(PRIMITIVES), REPLIES)
def test_the_last_end_line_is_the_answer(first: str, last: str, before: str) -> None:
    assert read(ONE_OF, f"{before}\nFINAL_ANSWER: {first}\n{before}\nFINAL_ANSWER: {last}") == last


@given(st.sampled_from([0, 1, 2]), REPLIES)
def test_a_score_line_reads_whatever_stands_before_it(score: int, before: str) -> None:
    assert read(SCORE, f"{before}\nFINAL_SCORE: {score}") == score


@given(st.sampled_from(CLOSED), st.sampled_from(["", " ", "\n\t", "...", "**", '""', "<think>yes 1 idle", "\u200b"]))
def test_a_reply_without_words_is_unreadable(kind: AnswerKind, reply: str) -> None:
    assert read(kind, reply) is UNREADABLE


def test_an_option_of_signs_alone_is_read() -> None:
    kind = AnswerKind(kind="one_of", options=("?", "!"))
    assert read(kind, "?") == "?" and read(kind, " ! ") == "!"


@given(st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=4), st.text(max_size=40))
def test_any_options_are_read(options: list[str], reply: str) -> None:
    try:
        kind = AnswerKind(kind="one_of", options=tuple(options))
    except ValueError:
        return
    assert read(kind, reply) is UNREADABLE or read(kind, reply) in options


def test_kinds_from_yaml_values() -> None:
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
def test_errors_of_a_kind_name_valid_ones(value: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_kind(value)


def test_phrases_belong_to_yes_no() -> None:
    with pytest.raises(ValueError, match="belong to yes_no"):
        parse_kind("count", yes_phrases=["many"])


@pytest.mark.parametrize("phrase", ["", "*", " ", "mov**", "(moving)"])
def test_phrases_are_words(phrase: str) -> None:
    with pytest.raises(ValueError, match="not words"):
        AnswerKind(kind="yes_no", yes_phrases=(phrase,))


THOUGHTS = (
    "<think>{}</think>",
    "<thinking>{}</thinking>\n\n",
    "<THOUGHT>{}</THOUGHT>",
    "<reasoning>{}</reasoning>",
    "<reflection>{}</reflection>",
    "[THINK]{}[/THINK]",
    "◁think▷{}◁/think▷",
    "<|begin_of_thought|>{}<|end_of_thought|>",
    "<|thinking|>{}<|/thinking|>",
    "<|START_THINKING|>{}<|END_THINKING|>",
    "<seed:think>{}</seed:think>",
    "<unused94>thought\n{}<unused95>",
    "<|channel>thought\n{}<channel|>",
    "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final<|message|>",
    "analysisWell, {}assistantfinal",
    "{}</think>",
    "Thinking...\n{}\n...done thinking.\n",
    "```thinking\n{}\n```\n",
)
DRESSES = (
    "{}", "**{}**", "_{}_", '"{}"', "“{}”", "`{}`", "```\n{}\n```", "<b>{}</b>", "\n{}\n", "> {}", "{}<|im_end|>",
    "{}</s>", "\u200b{}", *(f"{thought.replace('{}', 'yes 1 idle, no')}{{}}" for thought in THOUGHTS),
)  # fmt: skip


@pytest.mark.parametrize("thought", THOUGHTS)
@pytest.mark.parametrize(
    ("kind", "reply", "answer"), [(YES_NO, "No", False), (ONE_OF, "reach", "reach"), (SCORE, "2", 2)]
)
def test_thoughts_are_stripped_by_whichever_markers(thought: str, kind: AnswerKind, reply: str, answer: object) -> None:
    thinking = thought.format("Is it? yes, idle, 1. No: still")
    assert read(kind, thinking + reply) == answer
    assert read(kind, thinking) is UNREADABLE


@given(st.sampled_from(CLOSED), REPLIES, st.lists(st.sampled_from(DRESSES), max_size=3))
def test_reading_is_idempotent_under_markup(kind: AnswerKind, reply: str, dresses: list[str]) -> None:
    dressed = reply
    for dress in dresses:
        dressed = dress.replace("{}", dressed)
    assert read(kind, dressed) == read(kind, reply)


ANSWER_WORDS = {
    "yes_no": r"yes|yeah|yep|y|true|no|nope|n|false|mov\w*|reach\w*|still|stopped",
    "one_of": r"(?:reach|reposition|transport|stabiliz|idl)\w*|[a-e]",
    "sequence_of": r"(?:reach|reposition|transport|stabiliz|idl)\w*",
    "score": r"\d+|zero|one|two",
    "count": r"\d+|once|twice|thrice|zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty"
    r"|\w+teen",
}
SPEECH = st.lists(
    st.sampled_from(
        [
            "the",
            "hand",
            "is",
            "let",
            "me",
            "look",
            "if",
            "whether",
            "I",
            "need",
            "to",
            "cannot",
            "tell",
            ".",
            ",",
            "?",
            "!",
            ":",
            ";",
            "(",
            ")",
            "\n",
            "not",
            "never",
            "n't",
            "it's",
            "don't",
            "think",
            "then",
            "first",
            "but",
            "and",
            "or",
            "sorry",
            "video",
            "provided",
            "visible",
            "table",
            "cup",
            "holds",
            "grips",
            "frame",
            "**",
            "",
            "`",
            "<think>",
            "</think>",
            "[THINK]",
            "<answer>",
            "</answer>",
            "answer:",
            "final_answer:",
            "score:",
            "final_score:",
            "\\boxed{",
            "}",
            "◁think▷",
            "know",
            "yesterday",
            "nothing",
            "another",
            "notable",
            "stillness",
            "someone",
            "dozens",
            "any",
            "nobody",
            "nose",
        ]
    ),
    max_size=14,
).map(" ".join)


@given(st.sampled_from(CLOSED), st.one_of(SPEECH, st.text(max_size=80)))
def test_no_reply_without_an_answer_word_is_read_as_an_answer(kind: AnswerKind, reply: str) -> None:
    if not re.search(rf"(?<!\w)(?:{ANSWER_WORDS[kind.kind]})(?!\w)", reply.lower()):
        assert isinstance(read(kind, reply), NoAnswer)


@given(st.sampled_from(CLOSED), SPEECH, st.sampled_from(("Let me look", "I need to check if it is", "The question is")))
def test_a_plan_adds_no_answer(kind: AnswerKind, reply: str, plan: str) -> None:
    if isinstance(read(kind, reply), NoAnswer):
        assert isinstance(read(kind, f"{reply}. {plan}"), NoAnswer)


LONG = (
    "a",
    "no ",
    "yes, ",
    "reach or ",
    "not reach ",
    "<think>",
    "[/",
    "i need to ",
    "cannot ",
    "1\n",
    "the hand is moving and ",
)


@pytest.mark.parametrize("part", LONG)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.kind)
def test_a_reply_that_goes_round_in_circles_is_read_as_a_shorter_one(part: str, kind: AnswerKind) -> None:
    """Work that grows with the square of the length would not end."""
    replies = (read(kind, part * (length // len(part))) for length in (20_000, 200))
    long, short = (set(reply) if isinstance(reply, str | tuple) else reply for reply in replies)
    assert long == short


def test_a_reply_that_is_cut_off_answers_nothing_by_the_way() -> None:
    assert read(MOTION, "Got it, let's look. The left hand is moving at first, then") is UNREADABLE
    assert read(MOTION, "I see the frames. The hand is moving in the first of them. In the second it") is UNREADABLE
    assert read(MOTION, "Yes, the left hand is moving towards the") is True
    assert read(ONE_OF, "I see the frames. It looks like a reach in the first. In the second it") is UNREADABLE
    assert read(MOTION, "The hand is moving") is True


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("Yes, the hand is still.", CONTRADICTORY),
        ("Yes, the hand is still moving.", True),
        ("No, it is still moving.", CONTRADICTORY),
        ("Yes, it is not still.", True),
        ("No, it is not moving.", False),
        ("No, the other hand is moving.", False),
        ("No. The hand is still. The camera is moving.", False),
        ("Yes. It moves, and is still at the end.", True),
        ("The hand holds no cup, but it is moving.", True),
        ("Movement is not visible.", False),
        ("I cannot see any movement.", False),
        ("No movement is visible.", False),
        ("No hand movement can be seen.", False),
        ("The hand is moving and still.", CONTRADICTORY),
    ],
)
def test_what_is_said_of_the_hand_may_contradict(reply: str, answer: object) -> None:
    assert read(MOTION, reply) is answer
