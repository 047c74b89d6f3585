from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult
from lmms_eval_plugins.assessments.fugl_meyer.rules import (
    ItemQuestion,
    Reached,
    item_results,
    rating_over_windows,
    speed_score,
)
from lmms_eval_plugins.questions.kinds import parse_kind
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.questions.sets import Question
from tests.support.fugl_meyer import COUNT, RATING, YES_NO, ask, clip

ITEM_13 = [
    ask("onset", 13, YES_NO, if_no=0),
    ask("fault", 13, YES_NO, if_yes=1),
    ask("rating", 13, parse_kind({"score": [1, 2]})),
]


def of_one(
    answers: Mapping[str, object], questions: Sequence[ItemQuestion] = ITEM_13, truth: Mapping[int, int] | None = None
) -> ItemResult:
    (found,) = item_results([clip([answers], truth=truth, questions=[q.id for q in questions])], questions)
    return found


@pytest.mark.parametrize(
    ("onset", "fault", "rating", "score"),
    [
        (False, True, 2, 0),
        (True, True, 2, 1),
        (True, False, 2, 2),
        (True, False, 1, 1),
        (UNREADABLE, True, 2, 1),
        (None, UNREADABLE, 2, 2),
        (UNREADABLE, None, 1, 1),
    ],
)
def test_the_first_usable_answer_in_the_order_of_the_questions_decides(
    onset: object, fault: object, rating: int, score: int
) -> None:
    found = of_one({"onset": onset, "fault": fault, "rating": rating}, truth={13: 2})
    assert (found.predicted, found.state, found.truth, found.cohort) == (score, "scored", 2, "mild")


def test_four_ways_of_having_no_points() -> None:
    questions = [ask("q", 5)]
    assert of_one({"q": 0}, questions).predicted == 0
    zero, unreadable, missing = (of_one({"q": answer}, questions) for answer in (0, UNREADABLE, None))
    (no_clip,) = item_results([clip([{}], questions=())], questions)
    assert [found.state for found in (zero, unreadable, missing, no_clip)] == [
        "scored",
        "unreadable",
        "missing",
        "no_clip",
    ]
    assert [
        (f.replies.answers, f.replies.unreadable, f.replies.missing) for f in (zero, unreadable, missing, no_clip)
    ] == [
        (1, 0, 0),
        (1, 1, 0),
        (0, 0, 1),
        (0, 0, 0),
    ]
    assert [f.predicted for f in (unreadable, missing, no_clip)] == [None] * 3


def test_a_clip_about_which_nothing_came_back_is_missing() -> None:
    (found,) = item_results([clip([], questions=["q"])], [ask("q", 5)])
    assert (found.state, found.replies.missing, found.replies.answers) == ("missing", 1, 0)


def test_an_item_whose_last_clip_is_absent() -> None:
    shown = {"onset": True, "fault": False}
    (found,) = item_results([clip([shown])], ITEM_13)
    assert (found.predicted, found.state) == (None, "no_clip")
    (found,) = item_results([clip([shown | {"fault": True}])], ITEM_13)
    assert (found.predicted, found.state) == (1, "scored")


def test_replies_that_leave_the_score_open_do_not_settle_it() -> None:
    found = of_one({"onset": True, "fault": False}, ITEM_13[:2])
    assert (found.predicted, found.state, found.replies.answers, found.replies.unreadable) == (None, "unreadable", 2, 0)


def test_a_score_is_not_read_from_yes_or_no() -> None:
    assert of_one({"q": True}, [ask("q", 5)]).predicted is None
    assert of_one({"q": 1}, [ask("q", 5, YES_NO, if_yes=1)]).predicted is None


@pytest.mark.parametrize(
    ("ratings", "score"), [((0,), 0), ((0, 1), 1), ((1, 2), 1), ((2, 2, 1), 2), ((0, 0, 1), 0), ((0, 2), 1), ((), None)]
)
def test_ratings_over_windows(ratings: tuple[int, ...], score: int | None) -> None:
    assert rating_over_windows(ratings) == score


def test_windows_without_a_readable_rating_are_passed_over() -> None:
    windows: list[dict[str, object]] = [{"q": 2}, {"q": UNREADABLE}, {"q": None}, {"q": 2}]
    (found,) = item_results([clip(windows)], [ask("q", 31)])
    assert (found.predicted, found.replies.answers, found.replies.unreadable, found.replies.missing) == (2, 3, 1, 1)


@pytest.mark.parametrize(("said", "score"), [((True, True, False), 1), ((True, False), None), ((False, None), 2)])
def test_yes_and_no_over_windows(said: tuple[bool | None, ...] | tuple[bool, ...], score: int | None) -> None:
    (found,) = item_results([clip([{"q": one} for one in said])], [ask("q", 13, YES_NO, if_yes=1, if_no=2)])
    assert found.predicted == score


SPEED = [
    ask("a_knee", 33, COUNT, "affected", reaches=4),
    ask("a_nose", 33, COUNT, "affected", reaches=5),
    ask("o_knee", 33, COUNT, "other", reaches=4),
    ask("o_nose", 33, COUNT, "other", reaches=5),
]


def speed(
    affected: Sequence[tuple[object, object]], other: Sequence[tuple[object, object]] = ((2, 2), (2, 3))
) -> ItemResult:
    """The result of item 33 where each window of one second has these counts of knee and nose."""
    own = [{"a_knee": knee, "a_nose": nose} for knee, nose in affected]
    others = [{"o_knee": knee, "o_nose": nose} for knee, nose in other]
    clips = [clip(own, questions=("a_knee", "a_nose")), clip(others, arm="other", questions=("o_knee", "o_nose"))]
    (found,) = item_results(clips, SPEED)
    return found


@pytest.mark.parametrize(
    ("affected", "score"),
    [
        ([(4, 5)], 2),  # faster than the other arm
        ([(4, 4), (0, 0), (0, 1)], 2),  # 3 s against 2 s
        ([(4, 4), (0, 0), (0, 0), (0, 1)], 1),  # 2 s longer
        ([(0, 5)] + [(0, 0)] * 5 + [(4, 0)], 1),  # the later of knee (7 s) and nose (1 s)
        ([(4, 4)] + [(0, 0)] * 6 + [(0, 1)], 0),  # 6 s longer
        ([(4, 4), (0, 0)], 0),  # never there
    ],
)
def test_speed(affected: Sequence[tuple[object, object]], score: int) -> None:
    found = speed(affected)
    assert (found.predicted, found.state) == (score, "scored")


@pytest.mark.parametrize(
    ("affected", "other", "state"),
    [
        ([(4, 4), (UNREADABLE, 0)], [(4, 5)], "unreadable"),
        ([(4, 4), (0, None)], [(4, 5)], "missing"),
        ([(4, 5)], [(4, 4)], "unreadable"),  # the other arm never gets there
        ([(4, 5)], [(4, UNREADABLE)], "unreadable"),
        ([], [(4, 5)], "missing"),
    ],
)
def test_speed_that_is_not_known(
    affected: Sequence[tuple[object, object]], other: Sequence[tuple[object, object]], state: str
) -> None:
    found = speed(affected, other)
    assert (found.predicted, found.state) == (None, state)


def test_speed_without_the_clip_of_one_arm() -> None:
    for shown in (SPEED[:2], SPEED[2:]):
        only = clip([{question.id: 5 for question in shown}], arm=shown[0].arm)
        (found,) = item_results([only], SPEED)
        assert (found.predicted, found.state) == (None, "no_clip")


def test_a_late_window_that_cannot_be_read_does_not_matter() -> None:
    assert speed([(4, 5), (UNREADABLE, UNREADABLE)]).predicted == 2


@settings(deadline=None)
@given(st.floats(0, 60), st.floats(0, 60))
def test_a_slower_arm_never_scores_more(time_s: float, more_s: float) -> None:
    other = Reached(5.0, True)
    first = speed_score(Reached(time_s, True), other)
    second = speed_score(Reached(time_s + more_s, True), other)
    assert first is not None and second is not None and second <= first
    assert (speed_score(Reached(None, True), other), speed_score(Reached(None, False), other)) == (0, None)


@pytest.mark.parametrize(
    ("given_scores", "score", "state"),
    [
        ((2, 2, 2), 2, "scored"),
        ((2, 2, 1), 0, "scored"),
        ((None, 1, UNREADABLE), 0, "scored"),
        ((2, 2, UNREADABLE), None, "unreadable"),
        ((2, None, 2), None, "missing"),
    ],
)
def test_item_18_is_inferred(given_scores: tuple[object, ...], score: int | None, state: str) -> None:
    questions = [ask(f"q{item}", item) for item in (15, 16, 17)]
    answers = {f"q{item}": answer for item, answer in zip((15, 16, 17), given_scores, strict=True)}
    found = item_results([clip([answers], truth={18: 1})], questions)
    assert [one.item for one in found] == [15, 16, 17, 18]
    assert (found[-1].predicted, found[-1].state, found[-1].truth) == (score, state, 1)
    assert (found[-1].replies.answers, found[-1].replies.missing) == (0, 0)


def test_item_18_is_not_inferred_unless_all_three_have_questions() -> None:
    found = item_results([clip([{"q15": 2, "q16": 2}])], [ask("q15", 15), ask("q16", 16)])
    assert [one.item for one in found] == [15, 16]


def test_every_patient_gets_every_item_in_order() -> None:
    questions = [ask("later", 24), ask("early", 5)]
    found = item_results([clip([{"later": 1}], "B"), clip([{"early": 1}], "A")], questions)
    assert [(one.patient, one.item, one.state) for one in found] == [
        ("B", 5, "no_clip"),
        ("B", 24, "scored"),
        ("A", 5, "scored"),
        ("A", 24, "no_clip"),
    ]


def test_two_clips_for_one_question() -> None:
    with pytest.raises(ValueError, match="P1: the question 'q' is asked about two clips"):
        item_results([clip([{"q": 1}]), clip([{"q": 1}])], [ask("q", 5)])


def test_the_scoring_part_of_a_question() -> None:
    question = Question.model_validate(
        {"id": "q", "text": "Bent?", "answer": "yes_no", "truth": "item_score", "item": 13, "arm": "both", "if_no": 0}
    )
    assert ItemQuestion.of(question) == ItemQuestion("q", 13, YES_NO, "both", None, 0, None)
    other = Question.model_validate({"id": "q", "text": "Moving?", "answer": "yes_no", "truth": "motion"})
    with pytest.raises(ValueError, match="scores no item"):
        ItemQuestion.of(other)


answers = st.sampled_from([0, 1, 2, UNREADABLE, None])


@settings(deadline=None)
@given(st.lists(answers, max_size=6), st.randoms())
def test_the_order_of_windows_does_not_matter_to_a_rating(replies: list[object], random: Random) -> None:
    windows = [{"q": one} for one in replies]
    shuffled = random.sample(windows, len(windows))
    first, second = (
        item_results([clip(some, questions=["q"])], [ask("q", 31, RATING)])[0] for some in (windows, shuffled)
    )
    assert first == second
    readable = [one for one in replies if isinstance(one, int)]
    if readable:
        assert first.predicted is not None and min(readable) <= first.predicted <= max(readable)
