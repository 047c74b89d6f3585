"""The published numbers about the windows of the study's cropped run, to the last digit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.assessments.dose.detection import JUDGINGS, Detection, detection
from lmms_eval_plugins.assessments.dose.windows import (
    JudgedVideo,
    durations,
    frame_accuracy,
    primitive_confusion,
    recalls,
    seconds_by_primitive,
)
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, Primitive
from lmms_eval_plugins.reports.figures import Results
from lmms_eval_plugins.reports.reproduction.facts import number
from lmms_eval_plugins.statistics.counts import pooled_counting_error

CROP = "logs_qwen2_5_sig_gen_final/20251104_095353_samples_strokerehab_primitives_3.jsonl"
ORDER = ("idle", "reach", "transport", "reposition", "stabilize")


@pytest.fixture(scope="module")
def results(published: Path) -> Results:
    return Results([f"{published}/{CROP}"])


@pytest.fixture(scope="module")
def judged(results: Results) -> list[JudgedVideo]:
    return results.judged(results.runs["run"].iloc[0])


@pytest.mark.parametrize(
    ("labels", "f1", "middle", "masked"),
    [
        (MOTION_PRIMITIVES, (0.8205, 0.8570, 0.8901, 0.7068), (5549, 1387, 1041), (4545, 791, 726, 6810)),
        (GRASP_PRIMITIVES, (0.7834, 0.8166, 0.8641, 0.6632), (4144, 1660, 631), (3360, 1008, 501, 7160)),
    ],
)
def test_detections(
    judged: list[JudgedVideo],
    labels: frozenset[Primitive],
    f1: tuple[float, ...],
    middle: tuple[int, int, int],
    masked: tuple[int, int, int, int],
) -> None:
    found = {judging: detection(judged, labels, judging) for judging in JUDGINGS}
    assert tuple(round(number(one.f1), 4) for one in found.values()) == f1
    assert found["middle"] == Detection(*middle, tn=9064 - sum(middle))
    assert found["masked"] == Detection(*masked[:3], tn=masked[3] - sum(masked[:3]))
    assert found["optimistic"].n == found["pessimistic"].n == 9064


def test_frame_accuracy(judged: list[JudgedVideo]) -> None:
    motion, grasp = (frame_accuracy(judged, labels) for labels in (MOTION_PRIMITIVES, GRASP_PRIMITIVES))
    assert (round(number(motion.value), 3), round(number(motion.bound), 3), motion.n_windows) == (0.730, 0.934, 8914)
    assert (round(number(grasp.value), 3), round(number(grasp.bound), 3), grasp.n_windows) == (0.741, 0.948, 8914)


def test_confusion(judged: list[JudgedVideo]) -> None:
    found = primitive_confusion(judged)
    assert [[found[predicted][true] for true in ORDER] for predicted in ORDER] == [
        [963, 134, 233, 419, 47],
        [192, 394, 206, 198, 59],
        [251, 1091, 3142, 215, 794],
        [107, 15, 79, 180, 7],
        [58, 37, 162, 7, 46],
    ]
    assert [round(100 * number(recalls(found)[name]), 1) for name in ORDER] == [61.3, 23.6, 82.2, 17.7, 4.8]


def test_true_seconds_and_durations(judged: list[JudgedVideo]) -> None:
    truths = [video.truth for video in judged]
    seconds = seconds_by_primitive(truths)
    assert [round(seconds[name], 1) for name in ORDER] == [730.3, 873.4, 1984.4, 522.4, 508.9]
    everything = [length for own in durations(truths).values() for length in own]
    assert len(everything) == 4056
    assert np.quantile(everything, 0.5) == pytest.approx(0.8, abs=0.01)


def test_pooled_error_is_over_all_videos(results: Results) -> None:
    scores = results.scores
    found = pooled_counting_error(scores["predicted_stabilize"], scores["true_stabilize"])
    assert found == pytest.approx(scores["mae_stabilize"].sum() / scores["true_stabilize"].sum())
