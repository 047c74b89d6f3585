"""Scores of measured doses by hand, and over seeds."""

from __future__ import annotations

import pandas as pd
import pytest

from lmms_eval_plugins.reports.tables.measured.scores import (
    CLOSE,
    ERROR,
    covered,
    interval_columns,
    penalty,
    scores_of_doses,
    width,
)


def row(label: str, count: float, true: int, ends: tuple[int, int] = (0, 10), seed: int = 0) -> dict[str, object]:
    low, high = ends
    return {
        "seed": seed,
        "video_id": "v",
        "patient": "P",
        "cohort": "mild",
        "activity": None,
        "primitive": label,
        "count": count,
        "true": true,
        **{f"{end}_{level}": value for level in (50, 80, 90) for end, value in (("low", low), ("high", high))},
    }


def test_errors_are_of_whole_counts_and_the_total_is_judged_by_itself() -> None:
    doses = pd.DataFrame([row("reach", 2.4, 4), row("idle", 6.6, 4), row("all", 9.4, 8)])
    scores = scores_of_doses(doses).loc["v"]
    assert scores[ERROR] == pytest.approx((2 + 3) / 8)
    assert scores[CLOSE] == 1 and scores[covered(80)] == 1 and scores[width(80)] == 10 / 8
    assert (scores["patient"], scores["cohort"]) == ("P", "mild")


def test_scores_are_means_over_seeds() -> None:
    first = [row("reach", 4, 4), row("all", 4, 4)]
    second = [row("reach", 2, 4, seed=1), row("all", 2, 4, (0, 3), seed=1)]
    scores = scores_of_doses(pd.DataFrame(first + second)).loc["v"]
    assert (scores[ERROR], scores[CLOSE], scores[covered(90)]) == (0.25, 0.5, 0.5)


def test_an_interval_that_misses_is_penalised_by_how_far_it_does() -> None:
    columns = interval_columns(pd.DataFrame([row("all", 3, 4, (1, 3)), row("all", 3, 2, (1, 3)), row("all", 0, 0)]))
    assert list(columns[covered(80)]) == [0, 1, 1]
    assert list(columns[width(80)]) == [0.5, 1, 10]  # over a true number of 0 the width is over 1
    assert list(columns[penalty(80)]) == pytest.approx([(2 + 10) / 4, 1, 10])
    assert columns[penalty(90)][0] == pytest.approx((2 + 20) / 4)
