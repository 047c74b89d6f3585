"""The items of Fugl-Meyer runs, ranked."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult, State
from lmms_eval_plugins.questions.coverage import ReplyCounts
from lmms_eval_plugins.reports.tables.selective.items import item_probabilities, ranked_items


def result(patient: str, item: int, truth: int, predicted: int | None) -> ItemResult:
    state: State = "unreadable" if predicted is None else "scored"
    return ItemResult(patient, None, item, truth, predicted, state, ReplyCounts(answers=1, unreadable=0, missing=0))


def test_probabilities_are_means_over_an_item_s_answers() -> None:
    rows = [
        ("A", "q5", "2", {"2": 0.9, "1": 0.1}),
        ("A", "q5", "1", {"2": 0.5, "1": 0.5}),
        ("A", "q6", "0", None),
        ("B", "q6", None, {"0": 0.6}),
        ("B", "other", "0", {"0": 0.6}),
    ]
    columns = ["patient", "question", "value", "probabilities"]
    answers = pd.DataFrame([(*row[:3], json.dumps(row[3]) if row[3] else None) for row in rows], columns=columns)
    assert item_probabilities(answers, {"q5": 5, "q6": 6}) == {("A", 5): pytest.approx(0.7)}


def test_items_are_ranked_by_probability_only_where_all_are_known() -> None:
    results = [result("A", 5, 2, 2), result("A", 6, 1, 0), result("B", 5, 2, 2), result("B", 6, 1, None)]
    sure = {("A", 5): 0.9, ("A", 6): 0.4, ("B", 5): 0.8}
    points, wrong = ranked_items(results, sure, "run", "m", reference=False)
    assert (
        points.by == "probability" and points.errors.tolist() == [0, 1, 0, 2] and wrong.errors.tolist() == [0, 1, 0, 1]
    )
    assert points.learning(np.arange(4)).own.tolist() == pytest.approx([0.1, 0.6, 0.2, 2.0])
    assert points.curve.risks.tolist() == pytest.approx([0, 0, 1 / 3, 3 / 4])
    del sure["A", 6]
    points, _ = ranked_items(results, sure, "run", "m", reference=False)
    assert points.by == "alike" and points.learning(np.arange(4)).own[3] == 2
