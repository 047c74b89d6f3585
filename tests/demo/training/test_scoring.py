"""The scores of a model's replies."""

from __future__ import annotations

import math

import pytest

from lmms_eval_plugins.demo.training.scoring import yes_no_score


@pytest.mark.parametrize(
    ("margins", "truth", "auc"),
    [
        ([0.1, 0.2, 0.3, 0.4], [False, False, True, True], 1.0),
        ([0.4, 0.3, 0.2, 0.1], [False, False, True, True], 0.0),
        ([1.0, 1.0, 1.0], [True, False, True], 0.5),
        ([1.0, 2.0, 2.0, 3.0], [False, True, False, True], 0.875),
    ],
)
def test_the_area_under_the_roc_curve(margins: list[float], truth: list[bool], auc: float) -> None:
    assert yes_no_score(margins, truth).auc == auc


def test_without_both_answers_there_is_no_area() -> None:
    score = yes_no_score([1.0], [True])
    assert score.auc is not None and math.isnan(score.auc)
    assert (score.accuracy, score.count) == (1.0, 1)
