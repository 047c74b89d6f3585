"""How many requests about a video have replies, and when too few leave it out of means."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.coverage import Coverage, Entered, ReplyCounts, count_replies_to
from lmms_eval_plugins.questions.outcomes import CONTRADICTORY, REFUSED, UNREADABLE
from lmms_eval_plugins.runs.data_frames.columns import answered


@pytest.mark.parametrize(
    ("answers", "missing", "share", "suffice"),
    [
        (226, 0, 1.0, True),
        (22, 204, 22 / 226, False),  # broken at a tenth: 11 of 113 windows
        (14, 2, 0.875, True),
        (4, 1, 0.8, True),  # exactly four fifths
        (799, 201, 0.799, False),
        (0, 1, 0.0, False),
        (0, 0, 1.0, True),  # no request was needed: positions decide every window
    ],
)
def test_four_fifths_of_the_requests_need_a_reply(answers: int, missing: int, share: float, suffice: bool) -> None:
    counts = ReplyCounts(answers, 0, missing)
    assert counts.share == pytest.approx(share)
    assert counts.suffice is suffice


def test_an_unreadable_reply_is_a_reply() -> None:
    assert ReplyCounts(10, 10, 0).suffice
    windows = [WindowAnswers(0, 1, {"motion": True, "grasp": UNREADABLE}), WindowAnswers(1, 2, {"motion": None})]
    assert count_replies_to(("motion", "grasp"), windows) == ReplyCounts(2, 1, 2)
    assert count_replies_to(("motion",), windows) == ReplyCounts(1, 0, 1)
    assert count_replies_to(("motion",), []) == ReplyCounts(0, 0, 0)


def test_those_left_out_count_as_failed_beside_the_mean() -> None:
    assert Entered(1, 2).share == pytest.approx(1 / 3) and Entered(1, 2).with_failed(1.0, 0.0) == pytest.approx(1 / 3)
    assert Entered(3).with_failed(0.4, 1.0) == pytest.approx(0.4)
    assert Entered(0, 2).with_failed(None, 1.0) == 1.0, "silence throughout is failure, not nothing"
    assert Entered(0).share is None and Entered(0).with_failed(None, 1.0) is None


def test_coverage_names_what_is_left_out_and_counts_what_is_partly_there() -> None:
    whole, partly, broken = ReplyCounts(10, 1, 0), ReplyCounts(9, 0, 1), ReplyCounts(2, 0, 8)
    assert Coverage.of({"a": whole}).notes == ()
    found = Coverage.of({"a": whole, "b": partly, "c": broken})
    assert found == Coverage(3, ("c",), 1, 0.9, ReplyCounts(21, 1, 9))
    left_out, lacking = found.notes
    assert left_out == "1 of 3 videos left out of means: fewer than 80 % of their requests have replies (c)"
    assert lacking == "1 of 3 videos averaged although some of their requests have no reply: 90.0 % or more have"
    assert found + Coverage.of({"d": broken}) == Coverage(4, ("c", "d"), 1, 0.9, ReplyCounts(23, 1, 17))
    assert not any("; " in note for note in found.notes), "the runs table joins notes by it"


def test_refusals_contradictions_and_cut_replies_are_counted_and_named() -> None:
    windows = [
        WindowAnswers(0, 1, {"motion": REFUSED, "grasp": CONTRADICTORY}, cut=frozenset({"grasp"})),
        WindowAnswers(1, 2, {"motion": True, "grasp": None}, cut=frozenset({"motion", "grasp"})),
        WindowAnswers(2, 3, {"motion": UNREADABLE, "grasp": False}),
    ]
    counts = count_replies_to(("motion", "grasp"), windows)
    assert counts == ReplyCounts(answers=5, unreadable=1, missing=1, refused=1, contradictory=1, cut=2)
    assert counts.without_answer == 3 and counts + counts == ReplyCounts(10, 2, 2, 2, 2, 4)
    found = Coverage.of({"a": counts, "b": ReplyCounts(1200, 0, 0, refused=1)})
    assert found.notes[-1] == ("of 1,205 replies: 2 refused, 1 contradictory, 2 cut off by the token limit")
    assert Coverage.of({"b": ReplyCounts(9, 1, 0, cut=1)}).notes == ("of 9 replies: 1 cut off by the token limit",)


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=20))
def test_rows_of_a_table_are_kept_by_the_same_rule(counts: list[tuple[int, int]]) -> None:
    frame = pd.DataFrame(counts, columns=["n_answers", "n_missing"]).astype("Int64")
    kept = [place for place, (came, missing) in enumerate(counts) if ReplyCounts(came, 0, missing).suffice]
    assert list(answered(frame).index) == kept
