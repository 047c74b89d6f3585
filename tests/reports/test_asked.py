"""Questions with a truth of their own: whom a control learns from, what a silence counts as, and orders."""

from __future__ import annotations

from statistics import median_low

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.reports.asked import (
    LabelledQuestion,
    answers_in_order,
    asked_questions,
    classes_said,
    confusions,
)
from tests.support.labelled_frames import Said, frames_of

NUMBERS = st.lists(st.tuples(st.integers(0, 9), st.none() | st.integers(0, 9)), min_size=1, max_size=8)
WORDS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from([*"abcd", "?", ""])), min_size=1, max_size=12)


def question(said: Said) -> LabelledQuestion:
    runs, answers = frames_of(said)
    (found,) = asked_questions(runs, answers, answers)
    return found


def words(pairs: list[tuple[str, str]]) -> Said:
    return Said("r", "t", "q", "one_of", [true for true, _ in pairs], [said for _, said in pairs])


def numbers(pairs: list[tuple[int, int | None]]) -> Said:
    values = ["?" if said is None else str(said) for _, said in pairs]
    return Said("r", "t", "q", "count", [str(true) for true, _ in pairs], values)


@settings(max_examples=25)
@given(NUMBERS)
def test_the_control_of_numbers_is_the_median_of_other_patients(pairs: list[tuple[int, int | None]]) -> None:
    asked = question(numbers(pairs))
    if len(pairs) <= 2:
        assert asked.control is None, "two windows are of one patient"
        return
    assert asked.control is not None
    patients = asked.windows["patient"]
    for patient, said in zip(patients, asked.control["value"], strict=True):
        assert int(said) == median_low(int(one) for one in asked.windows["truth"][patients != patient])


@settings(max_examples=25)
@given(NUMBERS)
def test_no_number_is_no_better_than_any_number_in_range(pairs: list[tuple[int, int | None]]) -> None:
    silent = question(numbers([(true, None) for true, _ in pairs]))
    errors = silent.primary(silent.windows)
    most = max(true for true, _ in pairs)
    for said in (0, most):
        speaking = question(numbers([(true, said) for true, _ in pairs]))
        assert (speaking.primary(speaking.windows) <= errors).all()
    assert (errors > 0).all(), "silence is never right"


@settings(max_examples=25)
@given(WORDS)
def test_confusions_count_every_window_that_enters(pairs: list[tuple[str, str]]) -> None:
    asked = question(words(pairs))
    rows, counts = asked.windows, confusions(asked.windows)
    assert counts.to_numpy().sum() == rows["enters"].sum()
    right = sum(int(counts.loc[true, true]) for true in counts.index)
    assert right == sum(true == said for true, said in zip(rows["truth"], classes_said(rows), strict=True))
    assert right == asked.primary(rows).sum()


def test_confusions_of_nothing_and_of_states() -> None:
    assert confusions(question(words([("a", ""), ("b", "")])).windows).to_numpy().tolist() == [[0, 0], [0, 0]]
    missing = confusions(question(words([("a", "a")] * 9 + [("b", "")])._replace(windows_of_video=10)).windows)
    assert missing.to_numpy().tolist() == [[9, 0, 0], [0, 0, 1]] and missing.columns[-1] == "missing"
    counts = confusions(question(words([("a", "?"), ("b", "d")])).windows)
    assert list(counts.columns) == ["a", "b", "d", "unreadable"] and counts.loc["a", "unreadable"] == 1


def test_an_answer_that_counts_as_right_is_of_the_true_class() -> None:
    runs, answers = frames_of(words([("a", "A"), ("b", "b")]))
    answers = answers.assign(right=[True, True])
    (asked,) = asked_questions(runs, answers, answers)
    assert classes_said(asked.windows) == ["a", "b"]


def test_answers_in_the_order_of_readers() -> None:
    assert answers_in_order(["left", "10", "no", "9", "yes", "both"]) == ["yes", "no", "9", "10", "both", "left"]


def test_the_reference_is_perfect_and_the_control_takes_the_first_of_equals() -> None:
    asked = question(words([("b", "a"), ("a", "a"), ("c", "c"), ("c", "c")]))
    assert asked.control is not None
    assert list(asked.control["value"]) == ["c", "c", "a", "a"]
    assert asked.primary(asked.reference).eq(1).all()
    assert np.isnan(asked.reference["p_yes"]).all() and asked.reference["probabilities"].isna().all()


def test_videos_without_enough_replies_do_not_enter() -> None:
    said = words([("a", "a")] * 5 + [("a", "a")] * 3 + [("a", "")] * 2)._replace(windows_of_video=5)
    asked = question(said)
    assert asked.windows.groupby("video_id")["enters"].sum().tolist() == [5, 0]
    four = question(said._replace(values=["a"] * 4 + [""] + ["a"] * 5))
    assert four.windows.groupby("video_id")["enters"].sum().tolist() == [5, 5]
    assert four.primary(four.windows).sum() == 9, "a reply that never came is not right"
    assert (asked.name, asked.size) == ("t: q", "10 windows, 2 videos, 2 patients")


def test_of_some_videos_the_control_has_learned_from_all() -> None:
    """What it says of a window does not depend on which others are shown; nor does what a missing number counts as."""
    truth = ["4", "4", "2", "2", "2", "0", "1", "1"]
    runs, every = frames_of(Said("m", "t", "hard", "score", truth, ["4", "?", "2", "2", "0", "0", "1", "2"]))
    shown = every[every["patient"].isin(["P01", "P04"])]
    (whole,), (part,) = (asked_questions(runs, answers, every) for answers in (every, shown))
    assert set(part.windows["patient"]) == {"P01", "P04"} and len(part.windows) == 4
    assert whole.control is not None and part.control is not None
    assert list(part.control["value"]) == list(whole.control.loc[part.windows.index, "value"])
    assert list(part.primary(part.answers["m"])) == list(whole.primary(whole.answers["m"])[part.windows.index])
    assert asked_questions(runs, every.iloc[:0], every) == []


def test_where_answers_balance_the_best_constant_is_the_stronger_control() -> None:
    """What is most frequent elsewhere is what is rare in the patient: here of two, each with another hand."""
    asked = question(Said("m", "t", "hand", "one_of", ["left"] * 2 + ["right"] * 2, ["left"] * 4))
    assert asked.control is not None and asked.stronger_control is not None
    assert asked.primary(asked.control).mean() == 0
    assert asked.primary(asked.stronger_control).mean() == 0.5
