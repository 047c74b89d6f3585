from __future__ import annotations

from typing import get_args

import pytest

from lmms_eval_plugins.assessments.assessment import Score
from lmms_eval_plugins.assessments.cells import LEGENDS, NOTHING, cells, format_mean_sem, percent
from lmms_eval_plugins.assessments.dose.summary import DOSE_METRICS, DoseScore, Summary, summarize_dose
from lmms_eval_plugins.assessments.fugl_meyer.agreement import score_fugl_meyer
from lmms_eval_plugins.assessments.identification.score import (
    IdentificationMethod,
    IdentifiedVideo,
    score_identification,
)
from lmms_eval_plugins.questions.reading import UNREADABLE
from tests.runs.test_rows import assessed

METHOD = IdentificationMethod(method="identification", tuning_patients=("T",))


@pytest.mark.parametrize(
    ("mean", "sem", "digits", "text"),
    [(50.666, 1.2, 2, "50.67 ± 1.20"), (50.666, None, 1, "50.7"), (0.0, 0.0, 0, "0 ± 0"), (None, None, 2, "-")],
)
def test_mean_and_standard_error(mean: float | None, sem: float | None, digits: int, text: str) -> None:
    assert format_mean_sem(mean, sem, digits) == text


@pytest.mark.parametrize(("share", "text"), [(0.125, "12.5 %"), (1.0, "100.0 %"), (0.0, "0.0 %"), (None, "-")])
def test_percent(share: float | None, text: str) -> None:
    assert percent(share) == text


def test_every_kind_of_score_has_a_legend() -> None:
    assert set(LEGENDS) == set(get_args(Score))


def test_dose() -> None:
    metrics: dict[str, tuple[float | None, float | None]] = dict.fromkeys(DOSE_METRICS, (None, None))
    metrics |= {"edit_score": (93.875, 1.625), "action_error_rate": (0.0625, None), "unreadable_rate": (0.0125, None)}
    assert cells(DoseScore(Summary(16, 0, metrics), ())) == {
        "n": "16",
        "edit score": "93.88 ± 1.62",
        "AER": "0.062",
        "RCE": NOTHING,
        "unreadable": "1.2 %",
    }


def test_identification() -> None:
    videos = [
        IdentifiedVideo("1", "C", "healthy", "RTT", "RTT"),
        IdentifiedVideo("2", "S", "mild", "RTT", UNREADABLE),
        IdentifiedVideo("3", "T", "mild", "RTT", "RTT"),
    ]
    assert cells(score_identification(videos, METHOD)) == {
        "n": "2",
        "accuracy": "50.0 %",
        "controls": "100.0 %",
        "stroke": "0.0 %",
        "n, all": "3",
        "accuracy, all": "66.7 %",
        "unreadable": "33.3 %",
    }


def test_fugl_meyer() -> None:
    assert cells(assessed(31, 2)) == {
        "patients": "1",
        "items": "1",
        "accuracy": "0.0 %",
        "error": "1.00",
        "APD": "1.0",
        "MTSD": "1.0",
        "kappa": "0.00",
        "unreadable": "0.0 %",
    }


@pytest.mark.parametrize(
    "score", [DoseScore(summarize_dose([]), ()), score_identification([], METHOD), score_fugl_meyer([], [])]
)
def test_a_score_of_nothing_has_the_cells_of_its_kind(score: Score) -> None:
    assert set(cells(score).values()) <= {"0", NOTHING} and len(cells(score)) >= 5
