"""A patient's totals of Fugl-Meyer item scores, and the errors in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult
from lmms_eval_plugins.assessments.fugl_meyer.prior import item_priors
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_ITEM, MAX_ITEM_SCORE

ERROR_WITHOUT_SCORE = MAX_ITEM_SCORE
"""The error of an item without a predicted score, in points."""


@dataclass(frozen=True, slots=True)
class PatientTotal:
    """Totals over a patient's items that a therapist scored, the inferred item 18 among them.

    Attributes:
        patient: who was examined.
        cohort: the patient's cohort, or None where it is not known.
        true: the therapist's total over all these items.
        predicted: the predicted total over those with a predicted score; 0 where there are none.
        imputed: the predicted total over all these items, where those without a predicted score have the median of the
            other patients; None where an item has neither.
        true_of_scored: the therapist's total over the same ones as ``predicted``.
        n_items: how many items there are.
        n_scored: how many of them have a predicted score.
        error_of_asked: sum of the errors over the items that were asked about; item 18 is not among them.
        complete: whether the therapist scored every item of this patient that any patient was scored on, and every item
            enters means; only then are totals compared.
    """

    patient: str
    cohort: str | None
    true: int
    predicted: int
    imputed: int | None
    true_of_scored: int
    n_items: int
    n_scored: int
    error_of_asked: int
    complete: bool

    @property
    def highest(self) -> int:
        """The full score of these items."""
        return MAX_ITEM_SCORE * self.n_items

    @property
    def difference(self) -> int:
        """``|predicted − true|`` over the items with a predicted score, plus 2 for each item without one."""
        return abs(self.predicted - self.true_of_scored) + ERROR_WITHOUT_SCORE * (self.n_items - self.n_scored)


def error_of(result: ItemResult) -> int:
    """Return by how many points an item is off, 0 to 2; 2 where it has no predicted score.

    Raises:
        ValueError: a therapist did not score it.
    """
    if result.truth is None:
        raise ValueError(f"item {result.item} of {result.patient} has no true score")
    return ERROR_WITHOUT_SCORE if result.predicted is None else abs(result.predicted - result.truth)


def with_true_score(results: Iterable[ItemResult]) -> list[ItemResult]:
    """Return the items that a therapist scored."""
    return [result for result in results if result.truth is not None]


def true_scores(results: Iterable[ItemResult]) -> dict[str, dict[int, int]]:
    """Return patient → item → the therapist's score, of every patient."""
    scores: dict[str, dict[int, int]] = {}
    for result in results:
        own = scores.setdefault(result.patient, {})
        if result.truth is not None:
            own[result.item] = result.truth
    return scores


def counted_as_silent(results: Iterable[ItemResult]) -> list[ItemResult]:
    """Return the results, those without replies as if the model had been silent: wrong, and in every mean."""
    return [result if result.averaged else replace(result, state="unreadable") for result in results]


def imputed_results(results: Sequence[ItemResult]) -> list[ItemResult]:
    """Return the results with the median of the other patients in place of every score that is not predicted.

    That is what the strongest blind control says, see `item_priors`. An item without replies stays without a score,
    and so does one that no other patient was scored on.
    """
    priors = item_priors(true_scores(results))
    return [
        replace(result, predicted=priors[result.patient][result.item], state="scored")
        if result.predicted is None and result.averaged and result.item in priors[result.patient]
        else result
        for result in results
    ]


def patient_totals(results: Sequence[ItemResult]) -> list[PatientTotal]:
    """Return the totals of every patient with an item that a therapist scored, patients in order."""
    of_patients: dict[str, list[tuple[ItemResult, int | None]]] = {}
    for result, filled in zip(results, imputed_results(results), strict=True):
        if result.truth is not None:
            of_patients.setdefault(result.patient, []).append((result, filled.predicted))
    every_item = {result.item for own in of_patients.values() for result, _ in own}
    return [_total(own, n_needed=len(every_item)) for own in of_patients.values()]


def _total(items: Sequence[tuple[ItemResult, int | None]], *, n_needed: int) -> PatientTotal:
    own = [result for result, _ in items]
    scored = [result for result in own if result.predicted is not None]
    filled = [score for _, score in items if score is not None]
    return PatientTotal(
        patient=own[0].patient,
        cohort=own[0].cohort,
        true=sum(result.truth or 0 for result in own),
        predicted=sum(result.predicted or 0 for result in scored),
        imputed=sum(filled) if len(filled) == len(own) else None,
        true_of_scored=sum(result.truth or 0 for result in scored),
        n_items=len(own),
        n_scored=len(scored),
        error_of_asked=sum(error_of(result) for result in own if result.item != INFERRED_ITEM),
        complete=len(own) == n_needed and all(result.averaged for result in own),
    )
