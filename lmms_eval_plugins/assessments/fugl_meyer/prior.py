"""The strongest blind control of Fugl-Meyer items: what other patients have in an item, whoever is filmed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemQuestion
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.statistics.elsewhere import median_elsewhere

ScoresOfPatients = Mapping[str, Mapping[int, int]]
"""Patient → item → score, 0 to 2."""


def item_priors(truth: ScoresOfPatients) -> dict[str, dict[int, int]]:
    """Return for each patient and item the median of all other patients' scores; of two middle ones the lower.

    Items that nobody else was scored on are left out. On the study's 29 patients and 30 items: accuracy .489, mean
    error .613; 2 for every item has .592 and .614, 1 for every item .202 and .798.
    """
    priors: dict[str, dict[int, int]] = {patient: {} for patient in truth}
    for item in sorted({item for scores in truth.values() for item in scores}):
        medians = median_elsewhere([scores.get(item) for scores in truth.values()], list(truth))
        for patient, median in zip(truth, medians, strict=True):
            if median is not None:
                priors[patient][item] = median
    return priors


@dataclass(frozen=True, slots=True)
class ItemPriors:
    """What a blind control answers by.

    Attributes:
        questions: id → the question, as the scoring rules read it.
        scores: patient → item → median of other patients' scores.
    """

    questions: Mapping[str, ItemQuestion]
    scores: ScoresOfPatients

    @classmethod
    def of(cls, questions: Iterable[ItemQuestion], evaluated: ScoresOfPatients, others: ScoresOfPatients) -> ItemPriors:
        """Take the medians of the other evaluated patients, as tables do; of items that these lack, of others.

        Args:
            questions: the task's questions.
            evaluated: the therapist's scores of every patient of the task; none of a patient without.
            others: those of patients outside the task.
        """
        scores = {
            patient: item_priors({patient: {}, **others})[patient] | own
            for patient, own in item_priors(evaluated).items()
        }
        return cls({question.id: question for question in questions}, scores)

    @property
    def fingerprint(self) -> str:
        """Hash of all of it."""
        scores = sorted((patient, sorted(own.items())) for patient, own in self.scores.items())
        return digest("ItemPriors", scores, [repr(question) for _, question in sorted(self.questions.items())])
