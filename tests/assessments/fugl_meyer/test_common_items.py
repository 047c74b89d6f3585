from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult, State
from lmms_eval_plugins.assessments.fugl_meyer.common_items import WAYS, GroupAgreement, agreements
from lmms_eval_plugins.assessments.fugl_meyer.controls import MEDIAN, blind_controls
from lmms_eval_plugins.assessments.fugl_meyer.totals import patient_totals
from tests.support.fugl_meyer import result
from tests.support.item_scores import COHORTS, answered

ITEMS = tuple(item for item in range(3, 34) if item != 18)
COHORT = ("healthy", "healthy", "mild", "mild", "moderate", "moderate", "severe", "severe", "moderate", "mild")


def made_up_scores() -> dict[str, dict[int, int]]:
    """Ten patients, from nearly full scores to few points."""
    rng = Random(3)
    return {
        f"P{number}": {item: min(2, max(0, round(2 - 0.2 * number + rng.gauss(0, 0.7)))) for item in ITEMS}
        for number in range(10)
    }


def results_of(truth: Mapping[str, Mapping[int, int]], said: Mapping[tuple[str, int], int | None]) -> list[ItemResult]:
    """Results of items 3 to 33 without item 18; an item without a score is unreadable."""
    results = []
    for patient, scores in truth.items():
        for item, score in scores.items():
            state: State = "unreadable" if said[patient, item] is None else "scored"
            one = result(patient, item, score, said[patient, item], state)
            results.append(replace(one, cohort=COHORT[int(patient.removeprefix("P"))]))
    return results


def values(agreement: GroupAgreement) -> dict[str, Any]:
    return {name: estimate.value for name, estimate in agreement.estimates.items()}


def test_right_or_silent_is_no_agreement() -> None:
    """The issue's case: before, kappa 1, ICC 1, limits [0, 0]."""
    truth, rng = made_up_scores(), Random(0)
    said = {(p, i): s if rng.random() < 0.4 else None for p, own in truth.items() for i, s in own.items()}
    found = agreements(results_of(truth, said))
    imputed = values(found["all", "imputed"])
    assert imputed["kappa"] < 0.7 and imputed["icc"] < 0.8
    assert imputed["limit_high"] - imputed["limit_low"] > 10
    assert found["all", "imputed"].scored_rate == pytest.approx(0.4, abs=0.06)
    assert found["all", "complete"].n == 0 and set(values(found["all", "complete"]).values()) == {None}


def test_right_answers_agree_in_every_group_and_way() -> None:
    truth = made_up_scores()
    found = agreements(results_of(truth, {(p, i): s for p, own in truth.items() for i, s in own.items()}))
    assert tuple(found) == WAYS
    assert [(one.n, one.n_items, one.scored_rate) for one in found.values()] == [(10, 30, 1), (10, 30, 1)] + 2 * [
        (8, 30, 1)
    ]
    for one in found.values():
        assert values(one) == pytest.approx(
            {"kappa": 1, "icc": 1, "bias": 0, "limit_low": 0, "limit_high": 0, "spearman": 1, "pearson": 1}
        )


def test_complete_cases_are_those_who_have_every_score() -> None:
    truth = made_up_scores()
    said: dict[tuple[str, int], int | None] = {(p, i): s for p, own in truth.items() for i, s in own.items()}
    said["P4", 5] = None
    results = results_of(truth, said)
    results = [replace(r, state="no_clip") if (r.patient, r.item) == ("P4", 5) else r for r in results]
    found = agreements(results)
    assert [found[way].n for way in WAYS] == [10, 9, 8, 7]
    assert found["all", "imputed"].no_clip_rate == pytest.approx(1 / 300)
    assert values(found["all", "complete"])["kappa"] == pytest.approx(1)
    missing = [replace(r, state="missing") if r.predicted is None else r for r in results]
    assert [agreements(missing)[way].n for way in WAYS] == [9, 9, 7, 7], "no reply leaves the patient out of all"


def test_a_silent_model_agrees_as_the_blind_control() -> None:
    """Silence is worth what can be said without looking, and no more."""
    truth = made_up_scores()
    silent = results_of(truth, {(p, i): None for p, own in truth.items() for i in own})
    control = next(one for one in blind_controls(silent) if one.name == MEDIAN)
    found, blind = agreements(silent), agreements(control.results)
    assert values(found["all", "imputed"]) == values(blind["all", "imputed"])
    assert (found["all", "imputed"].scored_rate, blind["all", "imputed"].scored_rate) == (0, 1)


def test_one_patient_alone_has_nothing_to_impute_by() -> None:
    found = agreements([result("A", 5, 2, None, "unreadable"), result("A", 24, 1, 1)])
    assert [one.n for one in found.values()] == [0, 0, 0, 0]
    assert [total.imputed for total in patient_totals([result("A", 5, 2, None, "unreadable")])] == [None]


def test_an_unknown_cohort_is_in_no_group_of_patients() -> None:
    found = agreements([replace(result(f"P{n}", 5, n % 3, 1), cohort=None) for n in range(6)])
    assert [found[way].n for way in WAYS] == [6, 6, 0, 0]


said_scores = st.lists(st.sampled_from([0, 1, 2, None]), min_size=6, max_size=6)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.lists(st.integers(0, 2), min_size=6, max_size=6), said_scores), min_size=2, max_size=8))
def test_everybody_has_the_same_items(grid: list[tuple[list[int], list[int | None]]]) -> None:
    results = [
        result(f"P{number}", 3 + place, true, said, None if said is not None else "unreadable")
        for number, (truth, answers) in enumerate(grid)
        for place, (true, said) in enumerate(zip(truth, answers, strict=True))
    ]
    found = agreements(results)
    assert found["all", "imputed"].n == len(grid), "however silent a model is about whom"
    assert {one.n_items for one in found.values() if one.n} == {6}
    assert found["all", "complete"].n == sum(None not in said for _, said in grid)
    totals = patient_totals(results)
    bias = values(found["all", "imputed"])["bias"]
    assert bias == pytest.approx(sum((total.imputed or 0) - total.true for total in totals) / len(totals))


def test_random_guesses_do_not_agree_by_their_silence(study_scores: dict[str, dict[int, int]]) -> None:
    """The issue's case, on the study's 29 patients: a silence rate of each patient's own made a mean ICC of .70."""
    rng = Random(1)

    def guess(silence: Mapping[str, float], patient: str, item: int) -> int | None:
        return None if rng.random() < silence[patient] else rng.randrange(3)

    iccs = []
    for _ in range(20):
        said = partial(guess, {patient: rng.random() for patient in study_scores})
        iccs.append(values(agreements(answered(study_scores, said))["all", "imputed"])["icc"])
    assert abs(sum(iccs) / len(iccs)) < 0.15


def test_the_study_s_truths_answered_in_part(study_scores: dict[str, dict[int, int]]) -> None:
    rng = Random(0)
    partly = answered(study_scores, lambda patient, item: study_scores[patient][item] if rng.random() < 0.4 else None)
    found = values(agreements(partly)["all", "imputed"])
    assert found["kappa"] < 0.7 and found["icc"] < 0.7 and found["limit_low"] < -10 and found["limit_high"] > 10
    assert sum(COHORTS[patient] != "healthy" for patient in study_scores) == agreements(partly)["stroke", "imputed"].n
