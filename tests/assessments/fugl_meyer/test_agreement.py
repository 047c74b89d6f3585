from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.assessments.fugl_meyer.agreement import (
    FUGL_MEYER_METRICS,
    FuglMeyerScore,
    joined,
    score_fugl_meyer,
)
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemQuestion
from lmms_eval_plugins.assessments.fugl_meyer.common_items import WAYS
from lmms_eval_plugins.assessments.fugl_meyer.totals import error_of, patient_totals
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.statistics.reliability import quadratic_kappa
from tests.support.fugl_meyer import ask, clip, result

ITEMS = (5, 15, 16, 17, 24)
QUESTIONS = [ask(f"q{item}", item) for item in ITEMS]


def score(
    truth: Mapping[str, Mapping[int, int]],
    said: Mapping[str, Mapping[int, object]],
    questions: Sequence[ItemQuestion] = QUESTIONS,
) -> FuglMeyerScore:
    """The score where every patient's truth and answers are given by item."""
    clips = [
        clip(
            [{f"q{item}": answer for item, answer in said[patient].items()}],
            patient,
            truth[patient],
            questions=[q.id for q in questions if q.item in said[patient]],
        )
        for patient in truth
    ]
    return score_fugl_meyer(clips, questions)


def by_hand() -> FuglMeyerScore:
    truth = {
        "A": {5: 2, 15: 2, 16: 2, 17: 2, 18: 2, 24: 1},
        "B": {5: 0, 15: 1, 16: 0, 17: 0, 18: 0, 24: 2},
        "C": {5: 1, 15: 1, 16: 1, 17: 1, 18: 0, 24: 1},
    }
    answers: dict[str, dict[int, object]] = {
        "A": {5: 2, 15: 2, 16: 2, 17: 2, 24: 0},  # 18 inferred: 2
        "B": {5: 1, 15: 1, 16: UNREADABLE, 17: UNREADABLE},  # 24 has no clip; 18 inferred: 0
        "C": {5: 1, 15: 1, 16: 1, 17: 1, 24: 1},  # 18 inferred: 0
    }
    return score(truth, answers)


def test_by_hand() -> None:
    found = by_hand()
    means: dict[str, Any] = {name: pair[0] for name, pair in found.metrics.items()}
    sem = {name: pair[1] for name, pair in found.metrics.items()}
    assert found.n == 3
    assert means["accuracy"] == pytest.approx((4 + 1 + 5) / 15)
    assert sem["accuracy"] == pytest.approx(math.sqrt(((0.8 - 2 / 3) ** 2 + (0.2 - 2 / 3) ** 2 + (1 - 2 / 3) ** 2) / 6))
    assert means["apd"] == pytest.approx((1 + 7 + 0) / 3)  # B: 1 + 0 + 2 + 2 + 2
    assert means["mae_item"] == pytest.approx(8 / 15)
    assert means["mae_FS"] == pytest.approx(1 / 3)
    assert means["mae_MOS"] == pytest.approx(4 / 9)
    assert means["mae_hand"] == pytest.approx(3 / 3)
    assert found.metrics["mae_wrist"] == (None, None)
    # totals with item 18: A 11 and 10; B 3, and 2 of true 1 over 5, 15, 18, and 1 for each of three items without a
    # score, as the lower of the others' has it; C 5 and 5
    totals = {total.patient: total for total in found.totals}
    assert [(t.true, t.predicted, t.true_of_scored) for t in totals.values()] == [(11, 10, 11), (3, 2, 1), (5, 5, 5)]
    assert [t.imputed for t in totals.values()] == [10, 5, 5]
    assert (totals["B"].n_items, totals["B"].n_scored, totals["B"].highest) == (6, 3, 12)
    assert means["mtsd"] == pytest.approx((1 + (1 + 6) + 0) / 3)
    assert means["total_true"] == pytest.approx(19 / 3)
    assert means["total_predicted"] == pytest.approx(20 / 3)
    assert means["bias"] == pytest.approx(1 / 3)
    spread = 1.96 * math.sqrt((16 + 25 + 1) / 9 / 2)
    assert (means["limit_low"], means["limit_high"]) == (pytest.approx(1 / 3 - spread), pytest.approx(1 / 3 + spread))
    assert means["spearman"] == pytest.approx(math.sqrt(3) / 2)
    true = [2, 2, 2, 2, 1, 0, 1, 0, 0, 2, 1, 1, 1, 1, 1]
    assert means["kappa"] == quadratic_kappa(true, [2, 2, 2, 2, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    assert means["unreadable_rate"] == pytest.approx(2 / 14)
    assert means["missing_rate"] == 0
    assert means["no_clip_rate"] == pytest.approx(1 / 15)
    assert means["scored_rate"] == pytest.approx(12 / 15)
    assert FUGL_MEYER.answered(found).entered.share == 1
    assert FUGL_MEYER.answered(found).with_failed["mae_item"] == pytest.approx(means["mae_item"])
    assert tuple(found.metrics) == FUGL_MEYER_METRICS


def test_an_item_without_replies_is_in_no_mean() -> None:
    truth = {"A": {5: 2, 24: 1}, "B": {5: 0, 24: 2}, "C": {5: 1, 24: 1}}
    answers: dict[str, dict[int, object]] = {"A": {5: 2, 24: 0}, "B": {5: 1, 24: None}, "C": {5: UNREADABLE, 24: 1}}
    found = score(truth, answers)
    means: dict[str, Any] = {name: pair[0] for name, pair in found.metrics.items()}
    assert [(one.patient, one.item) for one in found.items if not one.averaged] == [("B", 24)]
    assert means["accuracy"] == pytest.approx(2 / 5), "A 5 and C 24; the unreadable C 5 counts as wrong"
    assert means["mae_item"] == pytest.approx((0 + 1 + 1 + 2 + 0) / 5)
    assert (means["mae_FS"], means["mae_hand"]) == (pytest.approx(2 / 2), 1 / 2)
    assert [total.complete for total in found.totals] == [True, False, True], "B has no total to compare"
    assert means["apd"] == pytest.approx((1 + 2) / 2)
    assert means["mtsd"] == pytest.approx((1 + 2) / 2)
    assert (means["missing_rate"], means["unreadable_rate"]) == (pytest.approx(1 / 6), pytest.approx(1 / 5))
    assert means["scored_rate"] == pytest.approx(4 / 6)
    beside = FUGL_MEYER.answered(found)
    assert beside.entered.share == pytest.approx(5 / 6)
    assert beside.with_failed["mae_item"] == pytest.approx((0 + 1 + 1 + 2 + 2 + 0) / 6), "the missing one has failed"
    assert found.agreement["all", "imputed"].n == 2, "nor is B's agreement known"
    assert means["kappa"] == quadratic_kappa([2, 1, 1, 1], [2, 0, 0, 1]), "C 5 has the lower of the others' 2 and 0"


def test_scores_json_has_the_agreement_of_every_group_in_every_way() -> None:
    found = by_hand()
    agreement: Any = FUGL_MEYER.details(found)["agreement"]
    assert [(group, way) for group, ways in agreement.items() for way in ways] == [*WAYS]
    imputed = agreement["all"]["imputed"]
    assert (imputed["patients"], imputed["items"], imputed["scored_rate"]) == (3, 6, pytest.approx(12 / 15))
    assert imputed["no_clip_rate"] == pytest.approx(1 / 15)
    for name in ("kappa", "icc", "bias", "limit_low", "limit_high", "spearman", "pearson"):
        assert imputed[name] == {"value": found.metrics[name][0], "low": None, "high": None}, "of three patients"
    assert agreement["stroke"]["complete"]["patients"] == 2, "A and C; the support's patients are mild"


def test_one_patient_has_no_spread() -> None:
    found = score({"A": dict.fromkeys(ITEMS, 1)}, {"A": dict.fromkeys(ITEMS, 1)})
    assert found.metrics["accuracy"] == (1.0, None)
    assert found.metrics["apd"] == (0.0, None)
    undefined = ("icc", "limit_low", "limit_high", "spearman", "spearman_low", "pearson", "kappa")
    assert all(found.metrics[name] == (None, None) for name in undefined)


def test_no_patient_at_all() -> None:
    found = score_fugl_meyer([], QUESTIONS)
    assert (found.n, found.items) == (0, ())
    assert all(pair == (None, None) for pair in found.metrics.values())


def test_an_item_without_truth_is_no_error() -> None:
    found = score({"A": {5: 2}}, {"A": {5: 2, 24: 0}})
    assert found.metrics["accuracy"] == (1.0, None)
    with pytest.raises(ValueError, match="no true score"):
        error_of(result("A", 5, None, 2))


def test_patients_on_whom_an_item_was_not_scored_have_no_comparable_total() -> None:
    found = score({"A": {5: 2, 24: 2}, "B": {5: 1}}, {"A": {5: 2, 24: 0}, "B": {5: 0, 24: 0}})
    assert [total.complete for total in found.totals] == [True, False]
    assert found.metrics["apd"] == (2.0, None)
    assert found.metrics["accuracy"][0] == pytest.approx(1 / 3)


answers = st.sampled_from([0, 1, 2, UNREADABLE, None])
Grid = tuple[list[dict[int, int]], list[dict[int, object]]]
grids = st.integers(0, 6).flatmap(
    lambda n: st.tuples(
        *[
            st.lists(st.fixed_dictionaries(dict.fromkeys(ITEMS, kind)), min_size=n, max_size=n)
            for kind in (st.sampled_from([0, 1, 2]), answers)
        ]
    )
)


@settings(max_examples=20, deadline=None)
@given(grids)
def test_bounds(grid: Grid) -> None:
    truth = {f"P{number}": {**scores, 18: 1} for number, scores in enumerate(grid[0])}
    said = {f"P{number}": scores for number, scores in enumerate(grid[1])}
    found = score(truth, said)
    for name, (value, sem) in found.metrics.items():
        for number in (value, sem):
            assert number is None or math.isfinite(number), name
    if not truth:
        return
    means: dict[str, Any] = {name: pair[0] for name, pair in found.metrics.items()}
    averaged = [one for one in found.items if one.averaged and one.item != 18]
    assert means["accuracy"] is None if not averaged else 0 <= means["accuracy"] <= 1
    assert (means["apd"] is None) == all(not total.complete for total in found.totals)
    assert means["apd"] is None or 0 <= means["apd"] <= 2 * len(ITEMS)
    if len(averaged) == len(ITEMS) * len(truth):
        assert means["apd"] == pytest.approx(means["mae_item"] * len(ITEMS))
    assert means["kappa"] is None or -1 - 1e-9 <= means["kappa"] <= 1
    assert all(means[name] is None or 0 <= means[name] <= 1 for name in ("unreadable_rate", "missing_rate"))
    for (_, way), agreement in found.agreement.items():
        assert agreement.n <= len(found.totals)
        assert agreement.scored_rate in (None, 1) or way == "imputed"
    for total in found.totals:
        errors = sum(error_of(one) for one in found.items if one.patient == total.patient)
        assert 0 <= total.difference <= errors
        assert 0 <= total.predicted <= total.highest


@settings(max_examples=40, deadline=None)
@given(grids.filter(lambda grid: bool(grid[0])), st.data())
def test_silence_never_pays(grid: Grid, data: st.DataObject) -> None:
    """An answer that is made silent, right or wrong: nothing by which runs are ranked gets better."""
    truth = {f"P{number}": {**scores, 18: 1} for number, scores in enumerate(grid[0])}
    said = {f"P{number}": scores for number, scores in enumerate(grid[1])}
    patient, item = data.draw(st.sampled_from(sorted(truth))), data.draw(st.sampled_from(ITEMS))
    silent = {**said, patient: {**said[patient], item: UNREADABLE}}
    missing = {**said, patient: {**said[patient], item: None}}
    metrics: list[dict[str, Any]] = [
        {name: pair[0] for name, pair in one.metrics.items()}
        | {"failed": FUGL_MEYER.answered(one).with_failed["mae_item"]}
        for one in (score(truth, answers) for answers in (said, silent, missing))
    ]
    spoken, quiet, lost = metrics
    assert lost["failed"] == pytest.approx(quiet["failed"]), "no reply is ranked as silence"
    if said[patient][item] is None:
        return
    assert quiet["accuracy"] <= spoken["accuracy"] + 1e-9
    assert quiet["scored_rate"] <= spoken["scored_rate"]
    for name in ("mae_item", "failed", "apd", "mtsd"):
        assert quiet[name] is None or quiet[name] >= spoken[name] - 1e-9, name


@settings(max_examples=10, deadline=None)
@given(grids, st.sampled_from([(5, 15, 16, 17), (5, 15), (24,)]))
def test_two_runs_join_to_the_score_of_one(grid: Grid, part: tuple[int, ...]) -> None:
    truth = {f"P{number}": {**scores, 18: 2} for number, scores in enumerate(grid[0])}
    said = {f"P{number}": scores for number, scores in enumerate(grid[1])}
    parts = [
        score(
            truth,
            {
                patient: {item: one for item, one in own.items() if (item in part) == inside}
                for patient, own in said.items()
            },
            [question for question in QUESTIONS if (question.item in part) == inside],
        )
        for inside in (True, False)
    ]
    assert joined(*parts) == score(truth, said)


def test_a_patient_of_one_run_only_has_no_clip_in_the_other() -> None:
    truth = {"A": {5: 2, 24: 2}, "B": {5: 1, 24: 2}}
    first = score(truth, {"A": {5: 2}, "B": {5: 1}}, [ask("q5", 5)])
    second = score({"A": truth["A"]}, {"A": {24: 2}}, [ask("q24", 24)])
    whole = joined(first, second)
    assert [(one.patient, one.item, one.state, one.truth) for one in whole.items if one.item == 24] == [
        ("A", 24, "scored", 2),
        ("B", 24, "no_clip", 2),
    ]
    assert whole.metrics["no_clip_rate"][0] == 0.25


def test_runs_that_do_not_fit_together() -> None:
    first = score({"A": {5: 2}}, {"A": {5: 2}}, [ask("q5", 5)])
    with pytest.raises(UserError, match=r"the same items \(5\)"):
        joined(first, first)
    second = score({"A": {5: 1, 24: 1}}, {"A": {24: 2}}, [ask("q24", 24)])
    with pytest.raises(UserError, match="A: item 5 is 2 in one run and 1 in the other"):
        joined(first, second)


def test_totals_of_nobody() -> None:
    assert patient_totals([result("A", 5, None, 1)]) == []
