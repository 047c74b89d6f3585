"""Fugl-Meyer totals as measurements: what a run's item scores sum to, put right and bounded by others' true totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult
from lmms_eval_plugins.assessments.fugl_meyer.totals import imputed_results
from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.decoding.measuring.readings import FEWEST
from lmms_eval_plugins.domain.fugl_meyer import MAX_ITEM_SCORE
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.items import assessments, names_of
from lmms_eval_plugins.runs.scored import scores_of
from lmms_eval_plugins.statistics.conformal import pooled_ends


@dataclass(frozen=True, slots=True)
class MeasuredTotal:
    """A patient's total of Fugl-Meyer items.

    Attributes:
        run: the short name of the run, or of the two that share an assessment.
        model: the model's name.
        patient: who was examined.
        predicted: the sum of the scores that the run's rule gives; an item without one has others' median.
        estimate: that and the median of others' errors (true − predicted), from 0 to ``highest``.
        ends: level in per cent → the least and the greatest total that it may be.
        highest: the full score of these items.
        true: the therapist's total; None where an item was not scored.
        n_items: number of items.
        n_others: by so many patients' totals it was bounded.
    """

    run: str
    model: str
    patient: str
    predicted: int
    estimate: float
    ends: Mapping[int, tuple[int, int]]
    highest: int
    true: int | None
    n_items: int
    n_others: int


def measured_totals(paths: Sequence[str], reading: Policy | None = None) -> tuple[list[MeasuredTotal], list[str]]:
    """Return the totals of the patients of Fugl-Meyer runs among the paths, and a line on each that has none.

    Each is put right by the median error about the other patients of the run, and bounded by their errors (conformal
    prediction: patients are exchangeable, and nothing is fitted on the measured one).
    """
    rows = assessments(list(paths), [], reading)
    parts = {path for row in rows for path in row.parts}
    whole = [row for row in rows if row.path not in parts]
    names = dict(zip([row.path for row in rows], names_of(rows), strict=True))
    totals: list[MeasuredTotal] = []
    problems: list[str] = []
    for row, score in scores_of(whole, FUGL_MEYER):
        found, lines = totals_of(score.items, names[row.path], row.model or "unknown model")
        totals += found
        problems += lines
    return totals, problems


def totals_of(results: Sequence[ItemResult], run: str, model: str) -> tuple[list[MeasuredTotal], list[str]]:
    """Return the totals of patients from the scores of their items, and a line on each patient that has none."""
    items = sorted({result.item for result in results})
    own: dict[str, list[ItemResult]] = {}
    for result in imputed_results(results):
        own.setdefault(result.patient, []).append(result)
    problems = []
    predicted: dict[str, int] = {}
    true: dict[str, int] = {}
    for patient, of_patient in own.items():
        scored = {result.item: result.predicted for result in of_patient if result.predicted is not None}
        if lacking := [item for item in items if item not in scored]:
            problems.append(f"{run}: patient {patient} has no Fugl-Meyer total: no score of items {listed(lacking)}")
            continue
        predicted[patient] = sum(scored.values())
        truths = [result.truth for result in of_patient if result.truth is not None]
        if len(truths) == len(items):
            true[patient] = sum(truths)
    totals = []
    highest = MAX_ITEM_SCORE * len(items)
    for patient, total in predicted.items():
        errors = {other: float(true[other] - predicted[other]) for other in true if other != patient}
        if len(errors) < FEWEST:
            problems.append(
                f"{run}: Fugl-Meyer total of {patient}: true totals of {len(errors)} other patients only; an interval"
                f" needs at least {FEWEST}"
            )
            continue
        ends = {level: pooled_ends([*errors.values()], [*errors], level / 100) for level in LEVELS}
        totals.append(
            MeasuredTotal(
                run=run,
                model=model,
                patient=patient,
                predicted=total,
                estimate=min(max(total + median(errors.values()), 0.0), float(highest)),
                ends={
                    level: (max(0, round(total + low)), min(highest, round(total + high)))
                    for level, (low, high) in ends.items()
                },
                highest=highest,
                true=true.get(patient),
                n_items=len(items),
                n_others=len(errors),
            )
        )
    return totals, problems
