from __future__ import annotations

import statistics
from math import sqrt

import pytest

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.summary import DOSE_METRICS, summarize_dose, video_metrics
from lmms_eval_plugins.assessments.dose.video import VideoScore, score_video
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.statistics.summary import mean_sem


def scored(*primitives: object, truth: str = "reach@0.000;idle@1.000;idle@2.000") -> VideoScore:
    return score_video(
        video_id="v",
        patient="S1",
        cohort=None,
        activity=None,
        truth=Timeline.from_text(truth),
        windows=[WindowAnswers(i, i + 1, {"primitive": primitive}) for i, primitive in enumerate(primitives)],
        method=DoseMethod(method="one_primitive"),
    )


def test_mean_and_sem() -> None:
    values = [1.0, 2.0, 4.0]
    mean, sem = mean_sem(values)
    assert mean == pytest.approx(7 / 3)
    assert sem == pytest.approx(statistics.stdev(values) / sqrt(3))
    assert mean_sem([3.0]) == (3.0, None)
    assert mean_sem([]) == (None, None)


def test_metrics_over_videos() -> None:
    result = summarize_dose([scored("reach", "idle"), scored("reach", "transport")])
    assert tuple(result.metrics) == DOSE_METRICS
    assert result.n == 2
    assert result.metrics["edit_score"] == (75.0, 25.0)
    assert result.metrics["mae_idle"][0] == 0.5
    assert result.metrics["mae_avg"][0] == pytest.approx(0.2)
    assert result.metrics["true_reach"] == (1.0, 0.0)
    assert result.metrics["predicted_idle"] == (0.5, 0.5)
    assert result.metrics["unreadable_rate"] == (0.0, None)


def test_a_video_without_any_reply_lowers_no_score_but_is_reported() -> None:
    result = summarize_dose([scored("reach", "idle"), scored(None, None)])
    assert (result.n, result.n_left_out) == (1, 1)
    assert result.metrics["edit_score"] == (100.0, None)
    assert result.metrics["missing_rate"] == (0.5, None)


def test_nothing_to_average() -> None:
    result = summarize_dose([])
    assert result.n == 0
    assert set(result.metrics.values()) == {(None, None)}


def test_metrics_of_one_video() -> None:
    assert video_metrics(scored("transport", "idle"))["mae_transport"] == 1
