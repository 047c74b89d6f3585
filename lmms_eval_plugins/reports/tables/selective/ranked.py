"""A run's cases with their errors, and the errors that are expected of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.reports.tables.selective.alike import expected_by_alike
from lmms_eval_plugins.statistics.selective import (
    ExpectedErrors,
    Ranking,
    RiskCurve,
    ranking_of,
    risk_curve,
    thresholds_elsewhere,
)

BY_ALIKE = "alike"
"""How cases are ranked by default: by what was wrong with like cases of other patients."""

BY_PROBABILITY = "probability"
"""How they are ranked where probabilities were recorded: by 1 − that of the answer given."""

BY_INSTRUMENT = "instrument"
"""How measured videos can be ranked, too: by how much of an error their instruments expect."""


class ErrorKind(NamedTuple):
    """A kind of error: what it is of, in a title and in short, and what its cases are."""

    title: str
    short: str
    cases: str


TOTAL = ErrorKind("Dose: error of the total, ∣N_p − N_r∣ / N_r of all labels", "dose, total", "videos")
COUNTS = ErrorKind("Dose: relative counting error (RCE)", "dose, RCE", "videos")
ACTIVITY = ErrorKind("Activity: wrong answers (0 or 1)", "activity", "videos")
POINTS = ErrorKind("Fugl-Meyer items: points off (0 to 2)", "item, points", "items")
WRONG = ErrorKind("Fugl-Meyer items: wrong scores (0 or 1)", "item, wrong", "items")

Learning = Callable[[NDArray[np.intp]], ExpectedErrors]
"""The places of a run's cases → the errors that are expected of these, learned from them alone."""


def by_alike(
    numbers: NDArray[np.float64],
    categories: Sequence[Sequence[Hashable]],
    errors: NDArray[np.float64],
    patients: Sequence[str],
    certain: NDArray[np.float64] | None = None,
) -> Learning:
    """Return learning from like cases of other patients, see `expected_by_alike`.

    Args:
        numbers: as there.
        categories: as there.
        errors: as there.
        patients: as there.
        certain: the errors that are known for certain, NaN where they are not.
    """

    def learned(kept: NDArray[np.intp]) -> ExpectedErrors:
        of_kept = [[of_kind[place] for place in kept] for of_kind in categories]
        found = expected_by_alike(numbers[kept], of_kept, errors[kept], [patients[place] for place in kept])
        return found if certain is None else found.with_known(certain[kept])

    return learned


def by_probability(
    probabilities: NDArray[np.float64], patients: Sequence[str], certain: NDArray[np.float64]
) -> Learning:
    """Return 1 − the probabilities of answers, which nobody's labels teach; ``certain`` as in `by_alike`."""

    def known(kept: NDArray[np.intp]) -> ExpectedErrors:
        found = ExpectedErrors.given(1 - probabilities[kept], [patients[place] for place in kept])
        return found.with_known(certain[kept])

    return known


@dataclass(frozen=True, slots=True)
class Ranked:
    """The cases of one run, and the errors that are expected of them.

    Attributes:
        run: its path; None of a control.
        label: what its row is called.
        kind: what is wrong with a case.
        ids: the cases: videos, or patient and item.
        patients: the patient of each.
        errors: the error of each; (n,).
        learning: what errors are expected.
        blind: what errors are expected by whoever knows what was recorded and no answer.
        by: how cases are ranked, `BY_ALIKE`, `BY_PROBABILITY` or `BY_INSTRUMENT`.
        shown: whether each case is shown; the others only teach.
        reference: whether this is a control or a baseline, and no model.
    """

    run: str | None
    label: str
    kind: ErrorKind
    ids: tuple[Hashable, ...]
    patients: tuple[str, ...]
    errors: NDArray[np.float64]
    learning: Learning
    blind: Learning
    by: str
    shown: NDArray[np.bool_]
    reference: bool = False

    def showing(self, shown: NDArray[np.bool_]) -> Ranked:
        """Return the same with fewer cases shown."""
        return replace(self, shown=self.shown & shown)

    @property
    def ranking(self) -> Ranking:
        """How well the cases that are shown are ranked."""
        order, blind = (partial(self._order, learning) for learning in (self.learning, self.blind))
        return ranking_of(order, blind, self.errors, self.patients, self.shown)

    @property
    def curve(self) -> RiskCurve:
        """The risk–coverage curve of the cases that are shown."""
        return self._curve(self.learning)

    @property
    def blind_curve(self) -> RiskCurve:
        """The same in the order of what is expected without the answers."""
        return self._curve(self.blind)

    def answered(self, wanted: float) -> AnsweredCases:
        """Return which of the cases that are shown would be answered for a wanted mean error.

        Raises:
            ValueError: there are too few patients, see `thresholds_elsewhere`.
        """
        expected = self.learning(np.arange(len(self.errors)))
        thresholds = thresholds_elsewhere(expected, self.errors, self.patients, wanted)
        return AnsweredCases(thresholds[self.shown], (expected.own <= thresholds)[self.shown])

    @property
    def shown_patients(self) -> list[str]:
        """The patient of each case that is shown."""
        return [patient for patient, shown in zip(self.patients, self.shown, strict=True) if shown]

    def _curve(self, learning: Learning) -> RiskCurve:
        order = self._order(learning, np.arange(len(self.errors)))
        return risk_curve(order[self.shown], self.errors[self.shown])

    def _order(self, learning: Learning, kept: NDArray[np.intp]) -> NDArray[np.float64]:
        return learning(kept).places([self.patients[place] for place in kept])


class AnsweredCases(NamedTuple):
    """The threshold that holds for each case that is shown, and whether it is answered; (n,) each."""

    thresholds: NDArray[np.float64]
    answered: NDArray[np.bool_]


def refuse_silence(is_known: NDArray[np.bool_]) -> None:
    """Refuse cases none of which has an answer.

    Raises:
        ValueError: there is no answer.
    """
    if is_known.all():
        raise ValueError("no reply gives an answer, so there is nothing to trust or to doubt")


def refuse_single(patients: Sequence[str]) -> None:
    """Refuse cases of one patient.

    Raises:
        ValueError: there is no other.
    """
    if len(set(patients)) < 2:
        raise ValueError("is about one patient, and what is expected to go wrong is learned from others")
