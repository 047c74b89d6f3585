"""Agreement with the therapist over one item set, the same for every patient, so that silence is no agreement.

Over each patient's own answered items, how many were answered would be a variance that the two totals share, and items
that a model is silent about would not count. So the set is every item that any patient was scored on, and it is filled
in two ways: *imputed*, where an item without a predicted score gets what a blind control would say (the median of the
other patients' scores, see :mod:`lmms_eval_plugins.assessments.fugl_meyer.prior`), and *complete*, over the patients
all of whose items have a predicted score. Patients who have no comparable total (see `PatientTotal`) are in neither.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult
from lmms_eval_plugins.assessments.fugl_meyer.totals import (
    PatientTotal,
    imputed_results,
    patient_totals,
    with_true_score,
)
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_ITEM
from lmms_eval_plugins.domain.vocabulary import HEALTHY
from lmms_eval_plugins.statistics.intervals import Interval
from lmms_eval_plugins.statistics.reliability import (
    Ends,
    icc_interval,
    kappa_interval,
    limits_of_agreement,
    pearson,
    spearman,
)

Group = Literal["all", "stroke"]
"""Whose items: everybody's, or those of patients after a stroke; controls, who score nearly all 2, widen the range."""

Way = Literal["imputed", "complete"]
"""How items without a predicted score are dealt with."""

WAYS: tuple[tuple[Group, Way], ...] = (
    ("all", "imputed"),
    ("all", "complete"),
    ("stroke", "imputed"),
    ("stroke", "complete"),
)


class Estimate(Protocol):
    """A value with its 95 % interval; each None where it is not defined."""

    @property
    def value(self) -> float | None:
        """The value."""

    @property
    def low(self) -> float | None:
        """Lower end of the interval."""

    @property
    def high(self) -> float | None:
        """Upper end of the interval."""


@dataclass(frozen=True, slots=True)
class GroupAgreement:
    """Agreement of predicted scores with the therapist's over all items of a group of patients.

    Attributes:
        n: number of patients.
        n_items: number of items of each, item 18 among them.
        scored_rate: share of these items that have a predicted score, 0 to 1, item 18 aside; None without patients.
        no_clip_rate: share of them that there is no clip of; they are among those without a predicted score.
        kappa: quadratic weighted kappa over all items but item 18.
        icc: ICC(2,1) (absolute agreement, single rater) of the totals.
        bias: mean of predicted − true total.
        limit_low: lower 95 % limit of agreement of the totals.
        limit_high: upper limit.
        spearman: rank correlation of the totals.
        pearson: linear correlation of the totals.
    """

    n: int
    n_items: int
    scored_rate: float | None
    no_clip_rate: float | None
    kappa: Estimate
    icc: Estimate
    bias: Estimate
    limit_low: Estimate
    limit_high: Estimate
    spearman: Estimate
    pearson: Estimate

    @property
    def estimates(self) -> dict[str, Estimate]:
        """The measures by name."""
        names = ("kappa", "icc", "bias", "limit_low", "limit_high", "spearman", "pearson")
        return {name: getattr(self, name) for name in names}

    def to_json(self) -> dict[str, object]:
        """Return plain values by name."""
        values: dict[str, object] = {"patients": self.n, "items": self.n_items}
        values |= {"scored_rate": self.scored_rate, "no_clip_rate": self.no_clip_rate}
        for name, one in self.estimates.items():
            values[name] = {"value": one.value, "low": one.low, "high": one.high}
        return values


Agreements = Mapping[tuple[Group, Way], GroupAgreement]


def agreements(
    results: Sequence[ItemResult], patients: Collection[str] | None = None
) -> dict[tuple[Group, Way], GroupAgreement]:
    """Return the agreement of each group in each way; patients need a total that can be compared.

    Args:
        results: every item of every patient.
        patients: over whom agreement is taken, None for all; medians of other patients are of all of them.
    """
    totals = [
        total
        for total in patient_totals(results)
        if total.complete and total.imputed is not None and (patients is None or total.patient in patients)
    ]
    filled = {(r.patient, r.item): r.predicted or 0 for r in imputed_results(results)}
    return {
        (group, way): _agreement(
            with_true_score(results),
            filled,
            [
                total
                for total in totals
                if (group == "all" or total.cohort not in (None, HEALTHY))
                and (way == "imputed" or total.n_scored == total.n_items)
            ],
        )
        for group, way in WAYS
    }


def _agreement(
    results: Sequence[ItemResult], filled: Mapping[tuple[str, int], int], totals: Sequence[PatientTotal]
) -> GroupAgreement:
    patients = {total.patient for total in totals}
    asked = [r for r in results if r.patient in patients and r.item != INFERRED_ITEM]
    true, predicted = [float(total.true) for total in totals], [float(total.imputed or 0) for total in totals]
    n, limits = len(totals), limits_of_agreement(true, predicted)
    return GroupAgreement(
        n=n,
        n_items=totals[0].n_items if totals else 0,
        scored_rate=sum(r.predicted is not None for r in asked) / len(asked) if asked else None,
        no_clip_rate=sum(r.state == "no_clip" for r in asked) / len(asked) if asked else None,
        kappa=kappa_interval(
            [r.truth or 0 for r in asked], [filled[r.patient, r.item] for r in asked], [r.patient for r in asked]
        ),
        icc=icc_interval(true, predicted),
        bias=_interval(limits.bias, limits.of_bias, n),
        limit_low=_interval(limits.low, limits.of_low, n),
        limit_high=_interval(limits.high, limits.of_high, n),
        spearman=spearman(true, predicted),
        pearson=pearson(true, predicted),
    )


def _interval(value: float | None, ends: Ends | None, n: int) -> Interval:
    low, high = ends or (None, None)
    return Interval(value, low, high, n, n)
