"""Activity identification logs: our names for activities, and every number that the study printed on its 7B model."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lmms_eval_plugins.assessments.identification.score import IdentificationScore
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES
from lmms_eval_plugins.study.log_formats import score_identification_log
from lmms_eval_plugins.study.logs import read_log
from tests.support.logs import row

RUNS = {
    "direct": "logs/strokerehab_identification_1",
    "optimized": "logs/strokerehab_identification_2",
}


def score_of(path: Path) -> IdentificationScore:
    (log,) = read_log(path)
    return score_identification_log(log)


def published_log(published: Path, run: str) -> Path:
    (path,) = (published / RUNS[run]).rglob("*.jsonl")
    return path


def test_the_names_in_a_log_become_ours(write_log: Callable[..., Path]) -> None:
    rows = [
        row("a", ["FINAL_ANSWER: RTT exercise"], "RTT exercise"),
        row("b", ["FINAL_ANSWER: Shelf exercise"], "Shelf exercise", "C00011"),
        row("c", ["Washing the face"], "Face wash", "C00015"),
        row("d", ["Juggling"], "Juggling"),
        row("e", ["feeding"], ""),
    ]
    score = score_of(write_log(*rows))
    assert [(video.truth, video.answer) for video in score.videos] == [
        (name, name) for name in ("RTT", "shelf", "face wash", "Juggling")
    ]
    assert (score.n, score.n_test, score.control.n, score.stroke.n) == (4, 3, 1, 2)


def test_no_reply_is_missing(write_log: Callable[..., Path]) -> None:
    score = score_of(write_log(row("a", [], "feeding"), row("b", ["[STROKEREHAB_MISSING: x]"], "feeding")))
    assert (score.replies.missing, score.replies.unreadable, score.n, score.accuracy) == (2, 0, 0, None)


@pytest.mark.parametrize(
    ("run", "right", "n_none", "diagonal"),
    [
        ("optimized", 496, 9, (31, 15, 52, 56, 60, 63, 57, 86, 76)),
        ("direct", 342, 11, (13, 1, 13, 34, 65, 63, 56, 86, 11)),
    ],
)
def test_accuracy_and_confusion_of_both_questions(
    published: Path, run: str, right: int, n_none: int, diagonal: tuple[int, ...]
) -> None:
    score = score_of(published_log(published, run))
    assert (score.n, score.test.right, score.test.n) == (661, right, 640)
    assert tuple(score.confusion) == ACTIVITIES
    assert tuple(score.confusion[activity][activity] for activity in ACTIVITIES) == diagonal
    rows = [sum(answers.values()) for answers in score.confusion.values()]
    assert rows == [67, 68, 68, 68, 67, 67, 67, 86, 82]
    assert sum(answers["unreadable"] for answers in score.confusion.values()) == n_none


def test_controls_and_patients_after_a_stroke(published: Path) -> None:
    score = score_of(published_log(published, "optimized"))
    assert (score.control.right, score.control.n) == (164, 188)
    assert (score.stroke.right, score.stroke.n) == (332, 452)
    assert score.metrics["accuracy_control"][0] == pytest.approx(0.872, abs=5e-4)
    assert score.metrics["accuracy_stroke"][0] == pytest.approx(0.735, abs=5e-4)
    assert score.confusion["combing"]["RTT"] == 44


def test_every_activity_in_controls_and_in_patients_after_a_stroke(published: Path) -> None:
    recall = score_of(published_log(published, "optimized")).recall
    printed = {
        "control": (0.529, 0.471, 0.882, 0.882, 0.941, 1.0, 0.941, 1.0, 0.970),
        "stroke": (0.440, 0.137, 0.725, 0.804, 0.880, 0.920, 0.820, 1.0, 0.898),
    }
    for cohort, values in printed.items():
        found = [recall[cohort][activity].value for activity in ACTIVITIES]
        assert found == pytest.approx(values, abs=6e-4)


@pytest.mark.parametrize("run", RUNS)
def test_every_reply_is_read_as_the_stored_accuracy_says(published: Path, run: str) -> None:
    path = published_log(published, run)
    with path.open(encoding="utf-8") as file:
        stored = [bool(json.loads(line)["accuracy"]) for line in file]
    assert [video.right for video in score_of(path).videos] == stored
