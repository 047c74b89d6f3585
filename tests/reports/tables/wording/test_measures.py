"""Measures of answers in several wordings, against values worked out by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.reports.tables.table import Value
from lmms_eval_plugins.reports.tables.wording.measures import (
    acquiescence,
    auc_cell,
    pairwise_kappa,
    self_agreement,
    share_right,
    share_silent,
    true_share,
    yes_share,
)
from tests.support.worded_runs import worded

TRUTH = [True, False, True, None]
SAID: dict[str, list[object]] = {
    "base": [True, False, True, True],
    "goes": [True, True, True, None],
    "still": [False, False, UNREADABLE, True],
}
QUESTION = worded(TRUTH, SAID, "AABB", {"base": [0.9, 0.2, 0.1, 0.9]})


def number(value: Value | None) -> float | None:
    return None if value is None else round(value.value, 6)


def test_scores_of_one_wording() -> None:
    base, _, still = (QUESTION.column(place) for place in range(3))
    assert [number(yes_share(QUESTION, one, False)) for one in (base, still)] == [75.0, round(100 / 3, 6)]
    assert number(true_share(QUESTION)) == round(200 / 3, 6)
    assert [number(share_right(QUESTION, one, False)) for one in (base, still)] == [1.0, round(1 / 3, 6)]
    assert number(auc_cell(QUESTION, QUESTION.p_yes(0), False)) == 0.5
    assert auc_cell(QUESTION, QUESTION.p_yes(1), False) is None
    assert number(share_silent(still)) == 25.0 and share_silent([None]) is None


def test_agreement_of_a_window_with_itself() -> None:
    assert number(self_agreement(QUESTION)) == 0.0
    same = worded(TRUTH, {"base": SAID["base"], "still": SAID["base"]}, "AABB")
    assert (number(self_agreement(same)), number(pairwise_kappa(same))) == (100.0, 1.0)
    two = worded(TRUTH, {"base": SAID["base"], "still": SAID["still"]}, "AABB")
    assert number(pairwise_kappa(two)) == 0.4, "of three windows with both answers two agree, 4/9 by chance"
    assert pairwise_kappa(worded(TRUTH, {"base": [True] * 4, "still": [True] * 4}, "AABB")) is None


def test_acquiescence_by_hand() -> None:
    # Windows in which all were answered: the first two. Own yes: base 1, goes 1, still 1; then base 0, goes 1, still 1.
    assert number(acquiescence(QUESTION)) == ((1 + 1) + (0.5 + 1)) / 2
    assert acquiescence(worded(TRUTH, {"base": SAID["base"], "goes": SAID["goes"]}, "AABB")) is None
    assert acquiescence(worded([True], {"base": [None], "still": [True]}, "A")) is None


@given(st.lists(st.booleans(), min_size=5, max_size=20), st.booleans())
def test_who_means_it_has_no_acquiescence_and_who_says_yes_to_all_has_two(seen: list[bool], always: bool) -> None:
    said = {"base": [True] * len(seen), "still": [False] * len(seen)} if always else {"base": seen, "still": seen}
    question = worded(seen, said, [f"P{place % 5}" for place in range(len(seen))])
    assert number(acquiescence(question)) == (2.0 if always else 1.0)


def test_intervals_are_by_patients() -> None:
    rng = np.random.default_rng(0)
    truth = list(map(bool, rng.random(200) < 0.5))
    noisy = [one if rng.random() < 0.8 else not one for one in truth]
    question = worded(truth, {"base": truth, "still": noisy}, [f"P{place % 8}" for place in range(200)])
    for value in (self_agreement(question), pairwise_kappa(question), acquiescence(question)):
        assert value is not None and value.low is not None and value.high is not None
        assert value.low < value.value < value.high
    few = worded(truth[:4], {"base": truth[:4], "still": noisy[:4]}, "AABB")
    assert [one.low for one in (self_agreement(few), acquiescence(few)) if one] == [None, None]
