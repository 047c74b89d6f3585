"""Fugl-Meyer totals with intervals by the other patients' errors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from lmms_eval_plugins.runs.measuring.assessed import measured_totals
from tests.support.tiny_runs import write_item_run

ITEMS = range(5, 15)


def scores(total: int) -> dict[int, int]:
    """Return scores of ten items that sum to a total from 0 to 20."""
    return {item: min(2, max(0, total - 2 * place)) for place, item in enumerate(ITEMS)}


def written(folder: Path, true: Mapping[str, int], said: Mapping[str, int]) -> Path:
    replies = {patient: {item: str(score) for item, score in scores(total).items()} for patient, total in said.items()}
    return write_item_run(folder, {patient: scores(total) for patient, total in true.items()}, replies)


TRUE = {"A": 20, "B": 16, "C": 11, "D": 9, "E": 4}
SAID = {"A": 16, "B": 13, "C": 9, "D": 8, "E": 4}


def test_totals_are_put_right_and_bounded_by_others_errors(tmp_path: Path) -> None:
    totals, problems = measured_totals([str(written(tmp_path, TRUE, SAID))])
    assert not problems and [one.patient for one in totals] == [*"ABCDE"]
    first = totals[0]
    assert (first.predicted, first.true, first.highest, first.n_items, first.n_others) == (16, 20, 20, 10, 4)
    assert first.estimate == 16 + 1.5  # the median of 3, 2, 1, 0
    assert first.ends[90] == (16, 19) and first.ends[50][0] >= 16


def test_a_patients_own_truth_changes_nothing_about_the_patient(tmp_path: Path) -> None:
    before, _ = measured_totals([str(written(tmp_path / "before", TRUE, SAID))])
    after, _ = measured_totals([str(written(tmp_path / "after", {**TRUE, "A": 2}, SAID))])
    assert (before[0].estimate, before[0].ends) == (after[0].estimate, after[0].ends)
    assert before[1].estimate != after[1].estimate or before[1].ends != after[1].ends


def test_totals_stay_within_the_scale(tmp_path: Path) -> None:
    totals, _ = measured_totals([str(written(tmp_path, {**TRUE, "B": 20}, {**SAID, "A": 20, "B": 2}))])
    assert totals[0].estimate <= 20 and all(0 <= low <= high <= 20 for low, high in totals[0].ends.values())


@pytest.mark.parametrize(("patients", "n_others"), [("AB", 1), ("ABC", 2)])
def test_too_few_other_patients_are_named(tmp_path: Path, patients: str, n_others: int) -> None:
    few = {patient: TRUE[patient] for patient in patients}
    totals, problems = measured_totals([str(written(tmp_path, few, {patient: SAID[patient] for patient in few}))])
    assert not totals and f"Fugl-Meyer total of A: true totals of {n_others} other patients only" in problems[0]
