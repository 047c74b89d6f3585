"""Rows of scores: what they say as JSON, and two runs that make one assessment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmms_eval_plugins.assessments.assessment import Score, ScoringMethod
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.summary import DoseScore, summarize_dose
from lmms_eval_plugins.assessments.fugl_meyer.agreement import FUGL_MEYER_METRICS, FuglMeyerScore, score_fugl_meyer
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER, FuglMeyerMethod
from lmms_eval_plugins.assessments.fugl_meyer.clips import AnsweredClip, ItemQuestion
from lmms_eval_plugins.assessments.identification.score import (
    IdentificationMethod,
    IdentifiedVideo,
    score_identification,
)
from lmms_eval_plugins.assessments.registry import assessment_of
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.coverage import Entered
from lmms_eval_plugins.questions.kinds import parse_kind
from lmms_eval_plugins.runs.scored import ScoredRun, cells_of, leave_out, scores_of, with_whole_assessments

TRUTH = {3: 2, 31: 1}


def assessed(item: int, predicted: int, patient: str = "P1") -> FuglMeyerScore:
    windows = (WindowAnswers(0, 1, {"q": predicted}),)
    clip = AnsweredClip(f"{patient}_{item}", patient, None, "affected", TRUTH, ("q",), windows)
    return score_fugl_meyer([clip], [ItemQuestion("q", item, parse_kind({"score": [0, 1, 2]}))])


BY_ITEMS = FuglMeyerMethod(method="fugl_meyer")
BY_ACTIVITY = IdentificationMethod(method="identification", tuning_patients=("T",))


def row(
    task: str, score: Score, method: ScoringMethod = BY_ITEMS, model: str | None = "m", path: str = ""
) -> ScoredRun:
    return ScoredRun(
        path=path or f"runs/{task}/{model}",
        kind="run",
        task=task,
        model=model,
        policy="default",
        assessment=assessment_of(method),
        score=score,
        n_without_truth=1,
        notes=("all is drawn",),
    )


FIRST, SECOND = row("ia2_3_30", assessed(3, 2)), row("ia2_31_33", assessed(31, 2))
OF_DOSE = row("dose", DoseScore(summarize_dose([]), ()), DoseMethod(method="sequence"))


def test_two_parts_make_a_whole_assessment() -> None:
    for rows in ([FIRST, SECOND], [SECOND, FIRST]):
        *parts, whole = with_whole_assessments(rows)
        assert parts == rows
        assert (whole.task, whole.model, whole.parts) == ("ia2", "m", (rows[0].path, rows[1].path))
        ((_, score),) = scores_of([whole, OF_DOSE], FUGL_MEYER)
        assert [(result.item, result.predicted) for result in score.items] == [(3, 2), (31, 2)]
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
        [OF_DOSE, replace(OF_DOSE, task="dose_3_30"), replace(OF_DOSE, task="dose_31_33")],
    ],
)
def test_other_rows_make_none(rows: list[ScoredRun]) -> None:
    assert with_whole_assessments(rows) == rows


def test_a_patient_of_one_part_has_no_clip_of_the_other() -> None:
    other = row("ia2_31_33", assessed(31, 1, "P2"))
    _, whole = scores_of(with_whole_assessments([FIRST, other]), FUGL_MEYER)[-1]
    states = [(result.patient, result.item, result.state) for result in whole.items]
    assert states == [("P1", 3, "scored"), ("P1", 31, "no_clip"), ("P2", 3, "no_clip"), ("P2", 31, "scored")]


def test_headline_values_of_every_family() -> None:
    assert list(OF_DOSE.to_json()) == [
        "n",
        *("edit_score", "edit_score_sem"),
        *("action_error_rate", "action_error_rate_sem"),
        *("relative_counting_error", "relative_counting_error_sem"),
    ]
    assert list(FIRST.to_json()) == ["n", *FUGL_MEYER_METRICS]
    videos = [IdentifiedVideo("v", "P", None, "feeding", "feeding"), IdentifiedVideo("w", "T", None, "RTT", None)]
    headline = row("what", score_identification(videos, BY_ACTIVITY), BY_ACTIVITY).to_json()
    with_failed = {"answered": 0.5, "accuracy_with_failed": 1.0, "accuracy_all_with_failed": 0.5}
    assert headline == {"n": 1, "accuracy_all": 1.0, "n_test": 1, "accuracy": 1.0, **with_failed}


def identified(*answers: str | None) -> ScoredRun:
    videos = [IdentifiedVideo(str(n), f"P{n}", "mild", "feeding", answer) for n, answer in enumerate(answers)]
    return row("identification", score_identification(videos, BY_ACTIVITY), BY_ACTIVITY)


def test_silence_is_no_better_than_wrong_replies() -> None:
    """Of three videos one is right. Two wrong replies: a third. Two without a reply: all of one, and a third beside."""
    wrong, silent = identified("feeding", "RTT", "RTT"), identified("feeding", None, None)
    assert wrong.to_json()["accuracy"] == pytest.approx(1 / 3) and "answered" not in wrong.to_json()
    assert cells_of([wrong]) == [wrong.assessment.cells(wrong.score)] and not leave_out([wrong])
    said = silent.to_json()
    assert said["accuracy"] == 1 and said["answered"] == pytest.approx(1 / 3)
    assert said["accuracy_with_failed"] == said["accuracy_all_with_failed"] == pytest.approx(1 / 3)
    for cells, answered in zip(cells_of([wrong, silent]), ("100.0 %", "33.3 %"), strict=True):
        assert (cells["answered"], cells["accuracy, rest failed"]) == (answered, "33.3 %")


def test_a_run_without_any_reply_has_failed() -> None:
    said = identified(None, None).to_json()
    assert (said["accuracy"], said["answered"], said["accuracy_with_failed"]) == (None, 0, 0)


def test_items_without_replies_count_as_errors_of_two_beside_the_mean() -> None:
    (whole,) = [one for one in with_whole_assessments([FIRST, SECOND]) if one.parts]
    assert whole.answered is not None and whole.answered.entered == Entered(2)
    clip = AnsweredClip("P1_3", "P1", None, "affected", TRUTH, ("q",), (WindowAnswers(0, 1, {}),))
    questions = [ItemQuestion("q", 3, parse_kind({"score": [0, 1, 2]}))]
    answered = row("ia2_3_30", score_fugl_meyer([clip], questions)).answered
    assert answered is not None and answered.entered == Entered(0, 1)
    assert answered.with_failed == {"mae_item": 2.0, "accuracy": 0.0}
