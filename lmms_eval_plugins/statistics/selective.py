"""Answering only where little error is expected: risk–coverage curves, their area, and thresholds for a wanted error.

A case is a video or an item. Cases are answered in the order of the error that is expected of them, the least first;
the risk at a coverage is the mean error of the cases answered (El-Yaniv & Wiener, J Mach Learn Res 2010;11:1605–1641).
The area under that curve is the mean of the risk over all coverages. Where the order tells nothing it is the mean error
of all cases; what it is above the area of the best order, that of the true errors, is the excess (Geifman, Uziel &
El-Yaniv, ICLR 2019). Cases of the same expected error come in any order: each counts with their mean.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmms_eval_plugins.statistics.intervals import Interval, jackknife_interval, patient_places
from lmms_eval_plugins.statistics.rounding import ROUNDING

Floats = NDArray[np.float64]

_SAME = 1e-9
"""Expected errors that differ by less, relative to the greatest, differ by rounding."""

FEWEST_FOR_THRESHOLD = 3
"""A threshold needs so many patients: its own, one to fit it on, and one who teaches what is expected of that one."""

OrderOf = Callable[[NDArray[np.intp]], Floats]
"""The places of cases → a number for each of them; the less, the sooner it is answered."""

_ANY = (-np.inf, np.inf)
"""The bounds of a value that has none."""


class RiskCurve(NamedTuple):
    """Coverages 1/n, 2/n, … 1, and the mean error of so many cases that are answered first; (n,) each."""

    coverages: Floats
    risks: Floats

    def at(self, coverage: float) -> float:
        """Return the risk where at least this share of the cases, above 0 to 1, is answered."""
        return float(self.risks[int(np.searchsorted(self.coverages, coverage * (1 - ROUNDING)))])


@dataclass(frozen=True, slots=True)
class ExpectedErrors:
    """The errors that are expected of n cases of m patients.

    Attributes:
        own: the error expected of each case, learned from other patients or from nobody; (n,).
        without: the same as each patient, in order of first appearance, may know it: learned from nobody of him either;
            (m, n). NaN where nobody is left to learn from.
    """

    own: Floats
    without: Floats

    @classmethod
    def given(cls, expected: ArrayLike, patients: Sequence[Hashable]) -> ExpectedErrors:
        """Return expected errors that were learned from nobody's labels, as 1 − the probability of the answer."""
        own = np.asarray(expected, dtype=float)
        return cls(own, np.tile(own, (len(set(patients)), 1)))

    def places(self, patients: Sequence[Hashable]) -> Floats:
        """Return each case's place in the order: the number of cases than which it is expected to be worse.

        Two cases are compared by what was learned from neither of their patients, and ties count half; (n,). An order
        of ``own`` would be biased: where nothing can be known, whoever has large errors himself is told to expect
        smaller ones, since the others' are, and the curve bends the wrong way (as pooled areas under the ROC curve do:
        Airola et al., Comput Stat Data Anal 2011;55:1828–1844). With two patients nobody is left to learn from, and
        ``own`` decides.
        """
        owners = np.array(patient_places(patients))
        above = np.zeros(len(owners))
        for patient in range(len(self.without)):
            its = owners == patient
            here, there = self.without[owners][:, its].T, np.broadcast_to(self.without[patient], (its.sum(), len(its)))
            learned = ~(np.isnan(here) | np.isnan(there))
            further = np.where(learned, here - there, self.own[its][:, None] - self.own)
            far = np.abs(further) > _SAME * np.abs(self.own).max()
            above[its] = (far & (further > 0)).sum(axis=1) + 0.5 * (~far).sum(axis=1)
        return above

    def with_known(self, known: ArrayLike) -> ExpectedErrors:
        """Return the same, with the errors that are known for certain (NaN where they are not), as those of silence."""
        sure = np.asarray(known, dtype=float)
        return ExpectedErrors(*(np.where(np.isnan(sure), one, sure) for one in (self.own, self.without)))


@dataclass(frozen=True, slots=True)
class Ranking:
    """How well expected errors rank cases.

    Attributes:
        error: mean error of all cases: also the area of a random order.
        area: area under the risk–coverage curve.
        best: that area where cases come in the order of their true errors.
        gained: area − error, below 0 where the order tells something, with its 95 % interval by patients.
        beyond_blind: area − that of another order of the same cases, which is blind to them, with the same interval.
    """

    error: float
    area: float
    best: float
    gained: Interval
    beyond_blind: Interval


def risk_curve(expected: ArrayLike, errors: ArrayLike) -> RiskCurve:
    """Return the risk–coverage curve.

    Args:
        expected: the expected error of each case, in any unit; (n,).
        errors: its error; (n,).

    Raises:
        ValueError: there is no case, the lengths differ, or a number is missing.

    >>> risk_curve([0.1, 0.9, 0.9], [0, 1, 0]).risks.round(2).tolist()
    [0.0, 0.25, 0.33]
    """
    order, right = _cases(expected, errors)
    _, ties, sizes = np.unique(order, return_inverse=True, return_counts=True)
    means = np.bincount(ties, right) / sizes
    n = np.arange(1, len(right) + 1)
    return RiskCurve(n / len(right), np.cumsum(np.repeat(means, sizes)) / n)


def area_under_risk(expected: ArrayLike, errors: ArrayLike) -> float:
    """Return the area under the risk–coverage curve (AURC), in the unit of the errors; see `risk_curve`."""
    return float(risk_curve(expected, errors).risks.mean())


def ranking_of(
    order_of: OrderOf, blind_of: OrderOf, errors: ArrayLike, patients: Sequence[Hashable], shown: ArrayLike
) -> Ranking:
    """Return how well expected errors rank cases, with intervals by the jackknife over patients (see `intervals`).

    Without a patient the order is learned anew, so that the intervals tell how another set of patients to learn from
    would change it. They are careful: where nothing can be known, they cover 0 in 98 to 100 % of samples of 6, 10 and
    20 patients; with the order as it is, they would in 82 to 88 %.

    Args:
        order_of: the places of cases → their order, learned from these alone; only greater and smaller counts.
        blind_of: the same of an order that knows nothing of the answers.
        errors: the error of each case; (n,).
        patients: the patient of each case.
        shown: whether each case counts; the others only teach; (n,).

    Raises:
        ValueError: as `risk_curve`.
    """
    right, counts = np.asarray(errors, dtype=float), np.flatnonzero(shown)
    owners = np.array(patient_places(patients))
    found: dict[bytes, tuple[float, float]] = {}

    def areas(kept: NDArray[np.intp]) -> tuple[float, float]:
        """Return the areas in both orders, of those cases that count, without the patients of all others of them."""
        if kept.tobytes() not in found:
            teaching = np.flatnonzero(~np.isin(owners, np.setdiff1d(owners[counts], owners[counts[kept]])))
            among = np.isin(teaching, counts[kept])
            of_kept = right[teaching][among]
            first, second = (area_under_risk(of(teaching)[among], of_kept) for of in (order_of, blind_of))
            found[kept.tobytes()] = first, second
        return found[kept.tobytes()]

    whose = [patients[int(place)] for place in counts]
    return Ranking(
        error=float(right[counts].mean()),
        area=areas(np.arange(len(counts)))[0],
        best=area_under_risk(right[counts], right[counts]),
        gained=jackknife_interval(lambda kept: areas(kept)[0] - float(right[counts[kept]].mean()), whose, *_ANY),
        beyond_blind=jackknife_interval(lambda kept: areas(kept)[0] - areas(kept)[1], whose, *_ANY),
    )


def greatest_threshold(expected: ArrayLike, errors: ArrayLike, wanted: float) -> float:
    """Return the expected error up to which as many cases as possible have a mean error of at most ``wanted``.

    No bound is promised: with few patients a guaranteed one (Geifman & El-Yaniv, NeurIPS 2017;30:4878–4887) answers
    nothing. Minus infinity where no case may be answered.

    >>> greatest_threshold([0.1, 0.2, 0.3], [0.0, 0.4, 0.8], 0.2)
    0.2
    """
    order, right = _cases(expected, errors)
    places = np.argsort(order, kind="stable")
    order, means = order[places], np.cumsum(right[places]) / np.arange(1, len(right) + 1)
    ends = np.append(order[1:] > order[:-1], True)
    allowed = np.flatnonzero(ends & (means <= wanted * (1 + ROUNDING)))
    return float(order[allowed[-1]]) if len(allowed) else -np.inf


def thresholds_elsewhere(
    expected: ExpectedErrors, errors: ArrayLike, patients: Sequence[Hashable], wanted: float
) -> Floats:
    """Return for each case the threshold for a wanted error that is fitted on all other patients; (n,).

    Neither a threshold nor the expected errors it is fitted on know anything of the case's patient.

    Raises:
        ValueError: there are fewer than three patients, and expected errors are learned from other patients.
    """
    places = np.array(patient_places(patients))
    right = np.asarray(errors, dtype=float)
    thresholds = np.empty(len(right))
    for patient, known in enumerate(expected.without):
        others = places != patient
        if not others.any() or np.isnan(known[others]).any():
            raise ValueError(f"a threshold needs {FEWEST_FOR_THRESHOLD} patients")
        thresholds[~others] = greatest_threshold(known[others], right[others], wanted)
    return thresholds


def _cases(expected: ArrayLike, errors: ArrayLike) -> tuple[Floats, Floats]:
    order, right = np.asarray(expected, dtype=float), np.asarray(errors, dtype=float)
    if not len(right) or order.shape != right.shape:
        raise ValueError(f"{order.shape} expected errors and {right.shape} errors; give one of each per case")
    if np.isnan(order).any() or not np.isfinite(right).all():
        raise ValueError("an error is not known; leave its case out")
    return order, right
