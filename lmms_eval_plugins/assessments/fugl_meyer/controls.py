"""Blind controls of Fugl-Meyer items: what is scored without seeing a patient, on the items that runs have clips of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult
from lmms_eval_plugins.assessments.fugl_meyer.prior import ScoresOfPatients, item_priors
from lmms_eval_plugins.assessments.fugl_meyer.rules import inferred
from lmms_eval_plugins.assessments.fugl_meyer.totals import error_of, true_scores, with_true_score
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_FROM, INFERRED_ITEM, ITEMS

MEDIAN = "median of others"
"""The control that gives every item the median of the other patients; the card ``item_prior`` answers alike."""

_ALWAYS = (2, 1)
"""Scores that a control gives every item; always 1 is the published one."""


@dataclass(frozen=True, slots=True)
class BlindControl:
    """A control: its name, and every item of every patient as it scores them."""

    name: str
    results: tuple[ItemResult, ...]

    @property
    def error(self) -> float:
        """Mean error of an item, item 18 aside; infinite where there is none."""
        errors = [error_of(r) for r in with_true_score(self.results) if r.averaged and r.item != INFERRED_ITEM]
        return sum(errors) / len(errors) if errors else float("inf")


def blind_controls(results: Sequence[ItemResult]) -> list[BlindControl]:
    """Return the controls on the patients and items of a run, the strongest (of the least mean error) first.

    What the run has no clip of, they do not score either. On the study's 29 patients and 30 items, with clips of all:
    median of others .613, always 2 .614, always 1 .798.
    """
    priors = item_priors(true_scores(results))
    named = {MEDIAN: priors} | {f"always {score}": _constant(priors, score) for score in _ALWAYS}
    controls = [BlindControl(name, tuple(_scored_by(scores, results))) for name, scores in named.items()]
    return sorted(controls, key=lambda control: control.error)


def _constant(scores: ScoresOfPatients, score: int) -> dict[str, dict[int, int]]:
    return {patient: dict.fromkeys(ITEMS, score) for patient in scores}


def _scored_by(scores: ScoresOfPatients, results: Sequence[ItemResult]) -> Iterator[ItemResult]:
    given = {
        (result.patient, result.item): _given(result, scores[result.patient].get(result.item)) for result in results
    }
    for (patient, item), result in given.items():
        sources = [given[patient, source] for source in INFERRED_FROM if item == INFERRED_ITEM]
        yield inferred(sources, result.truth) if sources else result


def _given(result: ItemResult, score: int | None) -> ItemResult:
    if result.state == "no_clip":
        return result
    return replace(result, predicted=score, state="missing" if score is None else "scored")
