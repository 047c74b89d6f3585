from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.dataset.selections import Sources, project_selections, read_selections
from lmms_eval_plugins.study.checkout_tables import read_scores
from tests.support.item_scores import COHORTS


@pytest.fixture(scope="session")
def study_scores(checkout: Path) -> dict[str, dict[int, int]]:
    """Patient → item → the therapist's score, of the study's 29 Fugl-Meyer patients."""
    selection, _ = read_selections(Sources(checkout, (project_selections(),)))["fma"]
    problems: list[str] = []
    truth: dict[str, dict[int, int]] = {}
    table = checkout / "data/ia/fm_item_scores.csv"
    for row in read_scores(table, selection.patients or (), COHORTS, problems):
        truth.setdefault(row.patient, {})[row.item] = row.score
    assert len(truth) == 29 and not problems
    return truth
