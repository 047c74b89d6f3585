"""The assessments of the package: truths as text, replies as scores, scores as cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.assessments.assessment import Score, ScoringMethod
from lmms_eval_plugins.assessments.cells import NOTHING
from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.summary import DOSE_METRICS, DoseScore, Summary
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER, FuglMeyerMethod
from lmms_eval_plugins.assessments.identification.assessment import IDENTIFICATION
from lmms_eval_plugins.assessments.identification.score import (
    IdentificationMethod,
    IdentifiedVideo,
    score_identification,
)
from lmms_eval_plugins.assessments.registry import assessment_of
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.fugl_meyer import ITEMS
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.kinds import parse_kind
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.questions.sets import Question
from tests.runs.test_scored import assessed

BY_PRIMITIVE = DoseMethod(method="one_primitive")
BY_ACTIVITY = IdentificationMethod(method="identification", tuning_patients=("T",))
BY_ITEMS = FuglMeyerMethod(method="fugl_meyer")
RATINGS = tuple(
    Question(id=f"item{item}", text="?", answer=parse_kind({"score": [0, 1, 2]}), truth="item_score", item=item)
    for item in (3, 4, 5)
)
METHODS: tuple[ScoringMethod, ...] = (BY_PRIMITIVE, BY_ACTIVITY, BY_ITEMS)

T = TypeVar("T")


def answered(
    truth: T | None, *answers: dict[str, object], questions: tuple[str, ...] = (), patient: str = "P"
) -> AnsweredVideo[T]:
    windows = tuple(WindowAnswers(i, i + 1, given) for i, given in enumerate(answers))
    return AnsweredVideo("v", patient, None, None, truth, windows, "affected" if questions else None, questions)


def test_a_dose_is_scored_by_video() -> None:
    truth = Timeline.from_text("reach@0;idle@1;idle@2")
    videos = [answered(truth, {"primitive": "reach"}, {"primitive": "idle"}), answered(None, {})]
    score = DOSE.score(BY_PRIMITIVE, videos)
    assert (score.n, len(score.videos), score.metrics["edit_score"]) == (1, 1, (100.0, None))


@pytest.mark.parametrize(
    ("answers", "right", "unreadable", "missing"),
    [
        ([{"activity": "feeding"}], 1, 0, 0),
        ([{"activity": "RTT"}], 0, 0, 0),
        ([{"activity": UNREADABLE}], 0, 1, 0),
        ([{"activity": None}], 0, 0, 1),
        ([{"activity": True}], 0, 0, 1),  # the answer to a question of another kind says nothing
        ([{}], 0, 0, 1),
        ([], 0, 0, 1),
    ],
)
def test_an_activity_is_the_answer_about_the_whole_video(
    answers: list[dict[str, object]], right: int, unreadable: int, missing: int
) -> None:
    score = IDENTIFICATION.score(BY_ACTIVITY, [answered("feeding", *answers), answered(None, {"activity": "feeding"})])
    assert (len(score.videos), score.n) == (1, 1 - missing)
    assert (score.test.right, score.replies.unreadable, score.replies.missing) == (right, unreadable, missing)


def test_patients_whose_videos_shaped_the_question_are_no_test() -> None:
    videos = [answered("feeding", {"activity": "feeding"}, patient=patient) for patient in ("T", "P")]
    score = IDENTIFICATION.score(BY_ACTIVITY, videos)
    assert (score.n, score.n_test) == (2, 1)


def test_items_are_scored_by_patient_and_those_that_nobody_shows_are_left_out() -> None:
    both = answered({3: 2, 4: 1, 5: 0}, {"item3": 2, "item4": 0}, questions=("item3", "item4"), patient="A")
    one = answered({3: 1, 4: 1, 5: 0}, {"item3": 1}, questions=("item3",), patient="B")
    score = FUGL_MEYER.score(BY_ITEMS, [both, one], RATINGS)
    assert [(r.patient, r.item, r.truth, r.predicted, r.state) for r in score.items] == [
        ("A", 3, 2, 2, "scored"),
        ("A", 4, 1, 0, "scored"),
        ("B", 3, 1, 1, "scored"),
        ("B", 4, 1, None, "no_clip"),
    ]
    assert score.metrics["accuracy"][0] == 2 / 4 and score.metrics["no_clip_rate"][0] == 1 / 4


def test_a_patient_without_scores_is_passed_over() -> None:
    score = FUGL_MEYER.score(BY_ITEMS, [answered(None, {"item3": 2}, questions=("item3",))], RATINGS)
    assert (score.n, score.metrics["accuracy"]) == (0, (None, None))


def test_only_questions_about_items_score_items() -> None:
    other = Question(id="why", text="Why?", answer=parse_kind("text"), truth="motion")
    video = answered({3: 2}, {"item3": 2, "why": "because"}, questions=("item3", "why"))
    score = FUGL_MEYER.score(BY_ITEMS, [video], (*RATINGS, other))
    assert [(result.item, result.predicted) for result in score.items] == [(3, 2)]


@pytest.mark.parametrize("method", METHODS)
def test_scores_have_the_metrics_that_their_assessment_names(method: ScoringMethod) -> None:
    assessment = assessment_of(method)
    assert set(assessment.score(method, []).metrics) == set(assessment.metrics)
    assert assessment.higher_is_better <= set(assessment.metrics)
    assert {"edit_score", "accuracy"} & set(assessment.higher_is_better)


@pytest.mark.parametrize(
    ("method", "truth", "message"),
    [
        (BY_ITEMS, "3=2;4", "v: the item scores cannot be read"),
        (BY_ITEMS, "3=x", "v: the item scores cannot be read"),
        (BY_PRIMITIVE, "idle@x", "v: the truth cannot be read"),
    ],
)
def test_a_truth_that_cannot_be_read_names_its_video(method: ScoringMethod, truth: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        assessment_of(method).read_truth(truth, "v")


@given(st.dictionaries(st.sampled_from(sorted(ITEMS)), st.integers(0, 2), min_size=1))
def test_item_scores_come_back_from_their_text_in_order(scores: dict[int, int]) -> None:
    read = FUGL_MEYER.read_truth(FUGL_MEYER.write_truth(scores), "v")
    assert read == scores and list(read or {}) == sorted(scores)


@pytest.mark.parametrize("method", METHODS)
def test_an_unknown_truth_is_an_empty_text_on_disk_only(method: ScoringMethod) -> None:
    assessment = assessment_of(method)
    assert assessment.write_truth(None) == "" and assessment.read_truth("", "v") is None


def test_unreadable_replies_are_counted_under_the_default_reading() -> None:
    video = answered(Timeline.from_text("reach@0;idle@1;idle@2"), {"primitive": "reach"}, {"primitive": "idle"})
    by_default = (WindowAnswers(0, 1, {"primitive": UNREADABLE}), WindowAnswers(1, 2, {"primitive": "transport"}))
    both = replace(video, by_default=by_default)
    score = DOSE.score(BY_PRIMITIVE, [both])
    assert (score.metrics["edit_score"][0], score.metrics["unreadable_rate"][0]) == (100.0, 0.5)
    assert (DOSE.read_otherwise(BY_PRIMITIVE, video), DOSE.read_otherwise(BY_PRIMITIVE, both)) == (0, 1)


def test_dose_cells() -> None:
    metrics: dict[str, tuple[float | None, float | None]] = dict.fromkeys(DOSE_METRICS, (None, None))
    metrics |= {"edit_score": (93.875, 1.625), "action_error_rate": (0.0625, None), "unreadable_rate": (0.0125, None)}
    assert DOSE.cells(DoseScore(Summary(16, 0, metrics), ())) == {
        "n": "16",
        "edit score": "93.88 ± 1.62",
        "AER": "0.062",
        "RCE": NOTHING,
        "unreadable": "1.2 %",
    }


def test_identification_cells() -> None:
    videos = [
        IdentifiedVideo("1", "C", "healthy", "RTT", "RTT"),
        IdentifiedVideo("2", "S", "mild", "RTT", UNREADABLE),
        IdentifiedVideo("3", "T", "mild", "RTT", "RTT"),
    ]
    assert IDENTIFICATION.cells(score_identification(videos, BY_ACTIVITY)) == {
        "n": "2",
        "accuracy": "50.0 %",
        "controls": "100.0 %",
        "stroke": "0.0 %",
        "n, all": "3",
        "accuracy, all": "66.7 %",
        "unreadable": "33.3 %",
    }


def test_fugl_meyer_cells() -> None:
    assert FUGL_MEYER.cells(assessed(31, 2)) == {
        "patients": "1",
        "items": "1",
        "accuracy": "0.0 %",
        "error": "1.00",
        "APD": "1.0",
        "MTSD": "1.0",
        "scored": "100.0 %",
        "kappa": "0.00",
        "unreadable": "0.0 %",
    }


@pytest.mark.parametrize("method", METHODS)
def test_a_score_of_nothing_has_the_cells_of_its_family(method: ScoringMethod) -> None:
    assessment = assessment_of(method)
    score: Score = assessment.score(method, [])
    assert set(assessment.cells(score).values()) <= {"0", NOTHING} and len(assessment.cells(score)) >= 5
    assert assessment.imperfection(score) is None and assessment.main_cell(score).endswith(f" {NOTHING}")
