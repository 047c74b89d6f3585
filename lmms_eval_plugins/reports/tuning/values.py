"""How well each patient's windows are answered by each wording: what a wording is chosen by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.reports.tables.wording.gathered import WordedRun
from lmms_eval_plugins.runs.wordings.worded import WordedQuestion
from lmms_eval_plugins.statistics.probabilities import roc_auc

Floats = NDArray[np.float64]

TuneMetric = Literal["auc", "accuracy", "edit_score"]
"""By what a wording is chosen: AUC of the probability of yes, accuracy of the answers, edit score of the dose."""

MOST_COMBINATIONS = 200
"""So many combinations of wordings of several questions are tried at most."""


class PatientValues(NamedTuple):
    """The values of P patients by K candidates: what they are about, names, patients, values (P, K)."""

    about: str
    candidates: tuple[str, ...]
    patients: tuple[str, ...]
    values: Floats


def values_of(run: WordedRun, metric: TuneMetric) -> list[PatientValues]:
    """Return the values by which wordings are chosen: of each question, or of all questions of a dose task together.

    A question has none where the metric does not know it: AUC needs yes or no, and their probabilities by all wordings.
    """
    if metric == "edit_score":
        return _edit_scores(run)
    measure, can = (_areas, _has_probabilities) if metric == "auc" else (_accuracies, _has_truth)
    return [_by_patient(question, measure) for question in run.questions if can(question)]


def _by_patient(question: WordedQuestion, measure: Callable[[WordedQuestion, list[int]], list[float]]) -> PatientValues:
    windows: dict[str, list[int]] = {}
    for place, (patient, true) in enumerate(zip(question.patients, question.truth, strict=True)):
        if true is not None:
            windows.setdefault(patient, []).append(place)
    values = np.array([measure(question, places) for places in windows.values()], dtype=float)
    return PatientValues(question.id, question.names, tuple(windows), values)


def _has_truth(question: WordedQuestion) -> bool:
    return any(one is not None for one in question.truth)


def _has_probabilities(question: WordedQuestion) -> bool:
    return (
        question.kind.kind == "yes_no" and _has_truth(question) and not np.isnan(question.log_p).all(axis=(0, 2)).any()
    )


def _areas(question: WordedQuestion, places: list[int]) -> list[float]:
    true = np.array([bool(question.truth[place]) for place in places])
    areas = (roc_auc(question.p_yes(wording)[places], true) for wording in range(len(question.wordings)))
    return [np.nan if area is None else area for area in areas]


def _accuracies(question: WordedQuestion, places: list[int]) -> list[float]:
    right = [
        [true is not None and question.kind.is_right(one, true) for one in question.answers[place]]
        for place in places
        for true in (question.truth[place],)
    ]
    return [float(share) for share in np.mean(right, axis=0)]


def _edit_scores(run: WordedRun) -> list[PatientValues]:
    """Return the mean edit score of each patient's videos, by each combination of wordings of the questions."""
    questions = run.read_by_rule
    combinations = list(product(*(range(len(question.wordings)) for question in questions)))
    if not questions or len(combinations) > MOST_COMBINATIONS:
        return []
    scores = [
        run.dose_scores([(one, one.column(place)) for one, place in zip(questions, places, strict=True)])
        for places in combinations
    ]
    patients = tuple(dict.fromkeys(score.patient for score in scores[0]))
    values = np.full((len(patients), len(combinations)), np.nan)
    for column, of_combination in enumerate(scores):
        for row, patient in enumerate(patients):
            own = [score.edit_score for score in of_combination if score.patient == patient]
            if own:
                values[row, column] = np.mean(own)
    names = tuple(_named(questions, places) for places in combinations)
    return [PatientValues(", ".join(question.id for question in questions), names, patients, values)]


def _named(questions: Sequence[WordedQuestion], places: Sequence[int]) -> str:
    return ", ".join(question.names[place] for question, place in zip(questions, places, strict=True))
