"""Which numbers of a reply are its answer: bounds, measures, and what is denied are none."""

from __future__ import annotations

import pytest

from lmms_eval_plugins.questions.numbers import is_never, numbers_in_reply, standalone_numbers


@pytest.mark.parametrize(
    ("reply", "numbers"),
    [
        ("i count 3 touches", {3}),
        ("3, at frames 2, 5 and 8", {3}),
        ("3 at 0:01, 0:03 and 0:05", {3}),
        ("in 3 of 8 frames", set()),
        ("two hands, three touches", {3}),
        ("at least 3", set()),
        ("at least three times", set()),
        ("no more than 3", set()),
        ("3 or more", set()),
        ("over 4 seconds 3 touches", {3}),
        ("not 3", set()),
        ("it is not 3 but 4", {4}),
        ("i would not say 3", set()),
        ("2 (not 3, nor 5)", {2}),
        ("2 (or 3)", {2, 3}),
        ("some (2)", {2}),
        ("it is one of the two", set()),
        ("twice", {2}),
    ],
)
def test_numbers_in_a_count(reply: str, numbers: set[int]) -> None:
    assert numbers_in_reply(reply, times=True, most=None) == numbers


@pytest.mark.parametrize(
    ("reply", "numbers"),
    [
        ("a 1 out of 2", {1}),
        ("1 point out of a maximum of 2 points", {1}),
        ("1/2", {1}),
        ("1/3", set()),
        ("2 of 3 criteria are met", set()),
        ("out of 2", set()),
        ("the maximum is 2", set()),
        ("it bends 1 time", set()),
    ],
)
def test_a_score_is_out_of_the_largest_that_there_is(reply: str, numbers: set[int]) -> None:
    assert numbers_in_reply(reply, times=False, most=2) == numbers


def test_of_a_marked_answer_the_number_that_it_begins_with_counts() -> None:
    assert standalone_numbers("1, not 2", marked=True, most=2) == {1}
    assert standalone_numbers("2/3", marked=True, most=2) == set()
    assert standalone_numbers("the arm\n2,\nrises 45 degrees", marked=False, most=2) == {2}


def test_never_is_told_from_none() -> None:
    assert is_never("never.")
    assert is_never("no touches at all")
    assert not is_never("none")
    assert not is_never("never mind")
