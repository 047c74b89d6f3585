from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.assessments.identification.score import (
    IDENTIFICATION_METRICS,
    IdentificationMethod,
    IdentifiedVideo,
    Proportion,
    score_identification,
)
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES
from lmms_eval_plugins.questions.outcomes import UNREADABLE

METHOD = IdentificationMethod(method="identification", tuning_patients=frozenset({"T"}))
VIDEOS = [
    IdentifiedVideo("1", "C", "healthy", "shelf", "shelf"),
    IdentifiedVideo("2", "C", "healthy", "RTT", "shelf"),
    IdentifiedVideo("3", "S", "mild", "RTT", "RTT"),
    IdentifiedVideo("4", "S", "severe", "feeding", UNREADABLE),
    IdentifiedVideo("5", "S", "stroke", "feeding", None),
    IdentifiedVideo("6", "U", None, "feeding", "feeding"),
    IdentifiedVideo("7", "T", "healthy", "combing", UNREADABLE),
    IdentifiedVideo("8", "T", "healthy", "combing", "combing"),
]


def test_accuracies_of_all_test_control_and_stroke_videos() -> None:
    score = score_identification(VIDEOS, METHOD)
    assert (score.n, score.accuracy_all) == (7, 4 / 7)
    assert (score.n_test, score.accuracy) == (5, 3 / 5)
    assert (score.control, score.stroke) == (Proportion(1, 2), Proportion(1, 2))
    assert (score.control.value, score.stroke.value) == (1 / 2, 1 / 2)
    assert (score.replies.unreadable, score.replies.missing) == (2, 1)
    assert len(score.videos) == 8, "the one without a reply is there, and in no accuracy"


def test_metrics() -> None:
    metrics = score_identification(VIDEOS, METHOD).metrics
    assert tuple(metrics) == IDENTIFICATION_METRICS
    assert metrics["accuracy"] == pytest.approx((0.6, math.sqrt(0.3 / 5)))
    assert metrics["accuracy_stroke"] == pytest.approx((1 / 2, 1 / 2))
    assert (
        metrics["macro_accuracy"][0] == pytest.approx((1 + 1 / 2 + 1 / 2) / 3) and metrics["macro_accuracy"][1] is None
    )
    assert metrics["unreadable_rate"] == (2 / 7, None)
    assert metrics["missing_rate"] == (1 / 8, None)


def test_recall_and_confusion_are_of_the_test_videos() -> None:
    score = score_identification(VIDEOS, METHOD)
    assert score.recall == {
        "control": {"RTT": Proportion(0, 1), "shelf": Proportion(1, 1)},
        "stroke": {"feeding": Proportion(0, 1), "RTT": Proportion(1, 1)},
    }
    assert {truth: dict(said) for truth, said in score.confusion.items()} == {
        "feeding": {"feeding": 1, "RTT": 0, "shelf": 0, "unreadable": 1, "missing": 1},
        "RTT": {"feeding": 0, "RTT": 1, "shelf": 1, "unreadable": 0, "missing": 0},
        "shelf": {"feeding": 0, "RTT": 0, "shelf": 1, "unreadable": 0, "missing": 0},
    }


def test_no_videos() -> None:
    score = score_identification([], METHOD)
    assert set(score.metrics.values()) == {(None, None)}
    assert (score.n, score.accuracy_all, score.control.value, dict(score.confusion)) == (0, None, None, {})


def test_one_video_has_no_standard_error() -> None:
    assert score_identification(VIDEOS[:1], METHOD).metrics["accuracy"] == (1.0, None)


@given(
    st.lists(
        st.builds(
            IdentifiedVideo,
            st.just("v"),
            st.sampled_from(["T", "C", "S"]),
            st.sampled_from(["healthy", "mild", None]),
            st.sampled_from(ACTIVITIES),
            st.sampled_from([*ACTIVITIES, UNREADABLE, None]),
        ),
        max_size=30,
    )
)
def test_all_parts_add_up(videos: list[IdentifiedVideo]) -> None:
    score = score_identification(videos, METHOD)
    silent = sum(row["missing"] for row in score.confusion.values())
    assert sum(sum(row.values()) for row in score.confusion.values()) == score.n_test + silent
    assert score.n + score.replies.missing == len(videos)
    assert sum(row[truth] for truth, row in score.confusion.items()) == score.test.right
    for name, share in (("control", score.control), ("stroke", score.stroke)):
        assert sum(one.n for one in score.recall[name].values()) == share.n
        assert sum(one.right for one in score.recall[name].values()) == share.right
    for value, _ in score.metrics.values():
        assert value is None or 0 <= value <= 1
