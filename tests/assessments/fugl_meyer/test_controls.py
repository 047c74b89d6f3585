from __future__ import annotations

from dataclasses import replace

import pytest

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult
from lmms_eval_plugins.assessments.fugl_meyer.controls import MEDIAN, blind_controls
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_ITEM
from tests.support.fugl_meyer import result
from tests.support.item_scores import answered


def scores_of(results: tuple[ItemResult, ...]) -> dict[tuple[str, int], int | None]:
    return {(one.patient, one.item): one.predicted for one in results}


def test_the_strongest_comes_first() -> None:
    full = [result(patient, 5, 2, 0) for patient in "ABC"]
    assert [(one.name, one.error) for one in blind_controls(full)] == [(MEDIAN, 0), ("always 2", 0), ("always 1", 1)]
    low = [result("A", 5, 0, 0), result("B", 5, 1, 0), result("C", 5, 2, 0), result("D", 5, 0, 0)]
    first, *others = blind_controls(low)
    assert (first.name, first.error) == ("always 1", 3 / 4)
    assert [(one.name, one.error) for one in others] == [(MEDIAN, 5 / 4), ("always 2", 5 / 4)]


def test_controls_score_what_there_is_a_clip_of_whatever_the_run_did() -> None:
    results = [
        result("A", 5, 2, None, "missing"),
        result("A", 24, 1, None, "no_clip"),
        result("B", 5, 1, None, "unreadable"),
        result("B", 24, 1, 0),
    ]
    by_name = {one.name: scores_of(one.results) for one in blind_controls(results)}
    assert by_name[MEDIAN] == {("A", 5): 1, ("A", 24): None, ("B", 5): 2, ("B", 24): 1}
    assert by_name["always 2"] == {("A", 5): 2, ("A", 24): None, ("B", 5): 2, ("B", 24): 2}


def test_an_item_of_nobody_else_has_no_median() -> None:
    controls = {one.name: one for one in blind_controls([result("A", 5, 2, 2)])}
    assert controls[MEDIAN].results[0].state == "missing"
    assert controls[MEDIAN].error == float("inf") and controls["always 2"].error == 0


@pytest.mark.parametrize(("name", "score"), [("always 2", 2), ("always 1", 0)])
def test_item_18_follows(name: str, score: int) -> None:
    results = [result("A", item, 1, 0) for item in (15, 16, 17, INFERRED_ITEM)]
    controls = {one.name: scores_of(one.results) for one in blind_controls(results)}
    assert controls[name]["A", INFERRED_ITEM] == score


def test_the_values_of_the_study(study_scores: dict[str, dict[int, int]]) -> None:
    silent = answered(study_scores, lambda patient, item: None)
    found = {}
    for control in blind_controls(silent):
        asked = [one for one in control.results if one.item != INFERRED_ITEM]
        right = sum(one.predicted == one.truth for one in asked) / len(asked)
        found[control.name] = (round(right, 3), round(control.error, 3))
    assert found == {MEDIAN: (0.489, 0.613), "always 2": (0.592, 0.614), "always 1": (0.202, 0.798)}
    assert next(iter(found)) == MEDIAN, "the strongest"
    without = [replace(one, state="no_clip") for one in silent]
    assert all(control.error == 2 for control in blind_controls(without))
