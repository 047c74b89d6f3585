"""How well predicted item scores agree with the therapist's: by item, by section, and as totals of patients.

Only items that a therapist scored count. An item without a predicted score is wrong in ``accuracy`` and an error of 2
points in every mean error, in APD and in MTSD, as published for the latter two, so that silence never pays. (The
published errors of the sections seem to leave such items out.) In kappa and in the agreement of totals it has the
median of the other patients, see :mod:`lmms_eval_plugins.assessments.fugl_meyer.common_items`. An item that has no
score because replies never came is not the model's silence: it is left out of all of these, with the totals and the
agreement of its patient, and counted; by `FuglMeyerAssessment.answered` it counts as failed. Item 18, which is
inferred, counts in the totals, and so in MTSD and in the agreement of totals; the rest is about items with questions,
as published.

A SEM is that of the patients' own means (ddof 1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lmms_eval_plugins.assessments.assessment import Metric
from lmms_eval_plugins.assessments.fugl_meyer.common_items import Agreements, GroupAgreement, agreements
from lmms_eval_plugins.assessments.fugl_meyer.rules import (
    AnsweredClip,
    ItemQuestion,
    ItemResult,
    inferred,
    item_results,
)
from lmms_eval_plugins.assessments.fugl_meyer.totals import (
    PatientTotal,
    error_of,
    patient_totals,
    with_true_score,
)
from lmms_eval_plugins.assessments.reply_counts import REPLY_RATES, reply_rates
from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_FROM, INFERRED_ITEM, ITEMS, SectionCode
from lmms_eval_plugins.questions.coverage import NO_REPLIES
from lmms_eval_plugins.statistics.summary import mean_sem

_SECTION_METRICS: dict[SectionCode, str] = {
    "FS": "mae_FS",
    "ES": "mae_ES",
    "MCS": "mae_MCS",
    "MOS": "mae_MOS",
    "Wrist": "mae_wrist",
    "Hand": "mae_hand",
    "Coord": "mae_coordination",
}

FUGL_MEYER_METRICS: tuple[str, ...] = (
    "accuracy",
    "apd",
    "mtsd",
    *_SECTION_METRICS.values(),
    "mae_item",
    "total_true",
    "total_predicted",
    "kappa",
    "icc",
    "bias",
    "limit_low",
    "limit_high",
    "spearman",
    "spearman_low",
    "spearman_high",
    "pearson",
    "pearson_low",
    "pearson_high",
    *REPLY_RATES,
    "no_clip_rate",
    "scored_rate",
)
"""The metrics of a Fugl-Meyer score; they are defined at :class:`FuglMeyerScore`."""

NEITHER_BETTER = frozenset(
    {
        *("total_true", "total_predicted", "bias", "limit_low", "limit_high"),
        *(f"{correlation}_{end}" for correlation in ("spearman", "pearson") for end in ("low", "high")),
    }
)
"""Those of them that are no better for being larger or smaller."""


@dataclass(frozen=True, slots=True)
class FuglMeyerScore:
    """Agreement with the therapist over patients and items.

    Attributes:
        items: every item of every patient.
        truth: patient → item → the therapist's score, of all items that have one, with questions or not.
        totals: every patient's totals.
        agreement: kappa and the agreement of totals, of all patients and of those after a stroke, imputed and of
            complete cases.
        metrics: name → (value, SEM or None), both None where undefined:

            * ``accuracy`` (0 to 1): items scored right, of all patients × items with questions.
            * ``apd``: a patient's sum of errors over these items, averaged over patients; 0 to 60 for 30 items.
            * ``mtsd``: difference of a patient's totals over the items with a score, without its sign, plus 2 for each
              item without one; averaged over patients.
            * ``mae_item`` (the primary metric) and, by section, ``mae_FS`` … ``mae_coordination``: mean error of an
              item, 0 to 2.
            * ``total_true``, ``total_predicted``: mean total, item 18 included.
            * ``kappa``: quadratic weighted kappa of items. ``icc`` (ICC(2,1)), ``bias`` (predicted − true) with
              ``limit_low`` and ``limit_high``, ``spearman`` and ``pearson`` with 95 % intervals: of the totals. All are
              of the same items of all patients; one without a predicted score has the median of the other patients.
              They are ``agreement["all", "imputed"]``.
            * ``scored_rate``: share of these items (item 18 aside) that have a predicted score; ``no_clip_rate``: of
              which there is no clip. The rates of replies: see `reply_rates`.

            Means over items leave out those without replies (state ``missing``). Means over patients, and all that is
            about totals or agreement, leave out patients with such an item, and those whose therapist did not score
            every item that others were scored on.
    """

    items: tuple[ItemResult, ...]
    truth: Mapping[str, Mapping[int, int]]
    totals: tuple[PatientTotal, ...]
    agreement: Agreements
    metrics: Mapping[str, Metric]

    @property
    def n(self) -> int:
        """Patients that were scored."""
        return len(self.totals)


def score_fugl_meyer(clips: Sequence[AnsweredClip], questions: Sequence[ItemQuestion]) -> FuglMeyerScore:
    """Score the answers about clips.

    Raises:
        ValueError: a question is about two clips of one patient.
    """
    truth: dict[str, dict[int, int]] = {}
    for clip in clips:
        truth.setdefault(clip.patient, {}).update(clip.truth)
    return _score(item_results(clips, questions), truth)


def joined(first: FuglMeyerScore, second: FuglMeyerScore) -> FuglMeyerScore:
    """Return the score of two runs that share the items of an assessment, such as items 3 to 30 and items 31 to 33.

    A patient who is in one run only has no clip of the other run's items. Item 18 is inferred where the two together
    ask about items 15, 16 and 17.

    Raises:
        UserError: both ask about the same item, or a therapist's score differs between them.
    """
    parts = (first, second)
    both = {result.item for result in first.items} & {result.item for result in second.items}
    if both:
        raise UserError(f"two runs about the same items ({listed(sorted(both))}) make no whole assessment")
    truth: dict[str, dict[int, int]] = {}
    for part in parts:
        for patient, scores in part.truth.items():
            known = truth.setdefault(patient, {})
            for item, score in scores.items():
                if known.setdefault(item, score) != score:
                    raise UserError(f"{patient}: item {item} is {known[item]} in one run and {score} in the other")
    of_patients: dict[str, dict[int, ItemResult]] = {patient: {} for patient in truth}
    cohorts = {result.patient: result.cohort for part in parts for result in part.items}
    requested = sorted({result.item for part in parts for result in part.items} - {INFERRED_ITEM})
    for part in parts:
        for result in part.items:
            of_patients.setdefault(result.patient, {})[result.item] = result
    results: list[ItemResult] = []
    for patient, own in of_patients.items():
        scores = truth.get(patient, {})
        for item in requested:
            own.setdefault(
                item, ItemResult(patient, cohorts[patient], item, scores.get(item), None, "no_clip", NO_REPLIES)
            )
        if set(INFERRED_FROM) <= set(requested) and INFERRED_ITEM not in own:
            own[INFERRED_ITEM] = inferred([own[item] for item in INFERRED_FROM], scores.get(INFERRED_ITEM))
        results += (own[item] for item in sorted(own))
    return _score(results, truth)


def _score(results: Sequence[ItemResult], truth: Mapping[str, Mapping[int, int]]) -> FuglMeyerScore:
    totals = patient_totals(results)
    agreement = agreements(results)
    metrics: dict[str, Metric] = dict.fromkeys(FUGL_MEYER_METRICS, (None, None))
    metrics |= _of_items([result for result in results if result.item != INFERRED_ITEM])
    metrics |= _of_patients([total for total in totals if total.complete])
    metrics |= _of_agreement(agreement["all", "imputed"])
    return FuglMeyerScore(tuple(results), truth, tuple(totals), agreement, metrics)


def _of_items(results: Sequence[ItemResult]) -> dict[str, Metric]:
    averaged = [result for result in results if result.averaged]
    true = with_true_score(results)
    metrics: dict[str, Metric] = {
        "accuracy": _grid(averaged, lambda result: float(result.predicted == result.truth)),
        "mae_item": _grid(averaged, lambda result: float(error_of(result))),
    }
    for section, name in _SECTION_METRICS.items():
        of_section = [result for result in averaged if ITEMS[result.item].section == section]
        metrics[name] = _grid(of_section, lambda result: float(error_of(result)))
    metrics |= reply_rates(sum((result.replies for result in results), NO_REPLIES))
    metrics["no_clip_rate"] = (_rate(sum(r.state == "no_clip" for r in results), len(results)), None)
    metrics["scored_rate"] = (_rate(sum(r.predicted is not None for r in true), len(true)), None)
    return metrics


def _of_patients(totals: Sequence[PatientTotal]) -> dict[str, Metric]:
    imputed = [total for total in totals if total.imputed is not None]
    return {
        "apd": mean_sem([total.error_of_asked for total in totals]),
        "mtsd": mean_sem([total.difference for total in totals]),
        "total_true": mean_sem([total.true for total in totals]),
        "total_predicted": mean_sem([total.imputed or 0 for total in imputed]),
        "bias": mean_sem([(total.imputed or 0) - total.true for total in imputed]),
    }


def _of_agreement(agreement: GroupAgreement) -> dict[str, Metric]:
    metrics: dict[str, Metric] = {
        name: (estimate.value, None) for name, estimate in agreement.estimates.items() if name != "bias"
    }
    for name, estimate in (("spearman", agreement.spearman), ("pearson", agreement.pearson)):
        metrics |= {f"{name}_low": (estimate.low, None), f"{name}_high": (estimate.high, None)}
    return metrics


def _grid(results: Sequence[ItemResult], value: Callable[[ItemResult], float]) -> Metric:
    """Return the mean over all items with a truth, and the SEM of the patients' own means."""
    of_patients: dict[str, list[float]] = {}
    for result in results:
        if result.truth is not None:
            of_patients.setdefault(result.patient, []).append(value(result))
    pooled = [one for values in of_patients.values() for one in values]
    if not pooled:
        return None, None
    return sum(pooled) / len(pooled), mean_sem([sum(values) / len(values) for values in of_patients.values()])[1]


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
