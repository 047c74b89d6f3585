"""When replies from the cache count as those of plain generate."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.models.auto.path import AnsweringPath, GeneratedReply, first_difference


def reply(*tokens: int, yes: float | None = None) -> GeneratedReply:
    return GeneratedReply(tokens, False, None if yes is None else {"yes": yes})


def never(*_: object) -> float:
    raise AssertionError("nothing had to be asked")


@given(st.lists(st.lists(st.integers(0, 9), max_size=4)), st.floats(-50, 0))
def test_the_same_replies_do_not_differ(replies: list[list[int]], yes: float) -> None:
    said = [reply(*tokens, yes=yes) for tokens in replies]
    assert first_difference(said, said, 1e-3, never) is None


def test_log_probabilities_may_differ_by_rounding_alone() -> None:
    assert first_difference([reply(1, yes=-2.0)], [reply(1, yes=-2.0009)], 1e-3, never) is None
    assert first_difference([reply(1, yes=-math.inf)], [reply(1, yes=-math.inf)], 1e-3, never) is None
    for other in (reply(1, yes=-2.002), reply(1, yes=-math.inf), reply(1, yes=math.nan), reply(1)):
        said = first_difference([reply(1, yes=-2.0)], [other], 1e-3, never)
        assert said and said.startswith("the log-probability of 'yes' is -2 by plain generate")


@pytest.mark.parametrize(("lead", "differs"), [(0.0, False), (9e-4, False), (-9e-4, False), (2e-3, True), (-1.0, True)])
def test_tokens_may_differ_where_two_are_as_likely(lead: float, differs: bool) -> None:
    asked = []

    def lead_of(*of: object) -> float:
        asked.append(of)
        return lead

    plain, shared = [reply(4), reply(1, 2, 3)], [reply(4), reply(1, 5, 6, 7)]
    assert bool(first_difference(plain, shared, 1e-3, lead_of)) is differs
    assert asked == [(1, (1,), 2, 5)]


def test_a_reply_that_ends_elsewhere_differs() -> None:
    said = first_difference([reply(1, 2)], [reply(1)], 1e-3, never)
    assert said == "a reply has 2 tokens by plain generate, 1 from the cache"


def test_in_words() -> None:
    assert str(AnsweringPath(True, "video", "equal")) == (
        "frames as one video; each window goes through the network once (equal)"
    )
    assert str(AnsweringPath(False, "images", "it fails")) == (
        "frames as images; plain generate, question by question (it fails)"
    )
