"""Rows of scores: what they say as JSON, and two runs that make one assessment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmms_eval_plugins.assessments.assessment import Score
from lmms_eval_plugins.assessments.dose.summary import DoseScore, summarize_dose
from lmms_eval_plugins.assessments.fugl_meyer.agreement import FUGL_MEYER_METRICS, FuglMeyerScore, score_fugl_meyer
from lmms_eval_plugins.assessments.fugl_meyer.clips import AnsweredClip, ItemQuestion
from lmms_eval_plugins.assessments.identification.score import (
    IdentificationMethod,
    IdentifiedVideo,
    score_identification,
)
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.kinds import parse_kind
from lmms_eval_plugins.runs.scored import ScoredRun, with_whole_assessments

TRUTH = {3: 2, 31: 1}


def assessed(item: int, predicted: int, patient: str = "P1") -> FuglMeyerScore:
    windows = (WindowAnswers(0, 1, {"q": predicted}),)
    clip = AnsweredClip(f"{patient}_{item}", patient, None, "affected", TRUTH, ("q",), windows)
    return score_fugl_meyer([clip], [ItemQuestion("q", item, parse_kind({"score": [0, 1, 2]}))])


def row(task: str, score: Score, model: str | None = "m", path: str = "") -> ScoredRun:
    return ScoredRun(path or f"runs/{task}/{model}", "run", task, model, "default", score, 1, 0, ("all is drawn",))


FIRST, SECOND = row("ia2_3_30", assessed(3, 2)), row("ia2_31_33", assessed(31, 2))
DOSE = row("dose", DoseScore(summarize_dose([]), ()))


def test_two_parts_make_a_whole_assessment() -> None:
    for rows in ([FIRST, SECOND], [SECOND, FIRST]):
        *parts, whole = with_whole_assessments(rows)
        assert parts == rows
        assert (whole.task, whole.model, whole.parts) == ("ia2", "m", (rows[0].path, rows[1].path))
        assert isinstance(whole.score, FuglMeyerScore)
        assert [(result.item, result.predicted) for result in whole.score.items] == [(3, 2), (31, 2)]
        assert whole.to_json()["accuracy"] == 0.5
        assert (whole.n_without_truth, whole.notes) == (2, ("all is drawn",))


@pytest.mark.parametrize(
    "rows",
    [
        [FIRST],
        [FIRST, row("ia3_31_33", assessed(31, 2))],
        [FIRST, row("ia2_31_33", assessed(31, 2), model="n")],
        [FIRST, SECOND, replace(SECOND, path="runs/again")],
        [FIRST, replace(FIRST, path="runs/again")],
        [DOSE, replace(DOSE, task="dose_3_30"), replace(DOSE, task="dose_31_33")],
    ],
)
def test_other_rows_make_none(rows: list[ScoredRun]) -> None:
    assert with_whole_assessments(rows) == rows


def test_a_patient_of_one_part_has_no_clip_of_the_other() -> None:
    other = row("ia2_31_33", assessed(31, 1, "P2"))
    whole = with_whole_assessments([FIRST, other])[-1].score
    assert isinstance(whole, FuglMeyerScore)
    states = [(result.patient, result.item, result.state) for result in whole.items]
    assert states == [("P1", 3, "scored"), ("P1", 31, "no_clip"), ("P2", 3, "no_clip"), ("P2", 31, "scored")]


def test_what_a_row_says() -> None:
    assert list(DOSE.to_json()) == [
        "n",
        *("edit_score", "edit_score_sem"),
        *("action_error_rate", "action_error_rate_sem"),
        *("relative_counting_error", "relative_counting_error_sem"),
    ]
    assert list(FIRST.to_json()) == ["n", *FUGL_MEYER_METRICS]
    videos = [IdentifiedVideo("v", "P", None, "feeding", "feeding"), IdentifiedVideo("w", "T", None, "RTT", None)]
    method = IdentificationMethod(method="identification", tuning_patients=("T",))
    said = row("what", score_identification(videos, method)).to_json()
    assert said == {"n": 2, "accuracy_all": 0.5, "n_test": 1, "accuracy": 1.0}
