"""How well two runs' probabilities of yes rank the same windows: the area under the ROC curve of both, paired."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmms_eval_plugins.reports.tables.table import Column, Table, TableRow, TableSection, Value
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS, Interval, jackknife_interval
from lmms_eval_plugins.statistics.probabilities import auc_interval, roc_auc

_NOTES = (
    "AUC: the chance that a window of which yes is true has a higher probability of yes than one of which it is not; .5"
    " is guessing. Of windows of which both runs recorded the probability, and with the same truth in both.",
    f"Brackets: 95 % interval by patients (jackknife; of fewer than {FEWEST_PATIENTS} there is none).",
)


@dataclass(frozen=True)
class RankedAnswers:
    """The answers to a question whose probability of yes both runs recorded, with the same truth in both.

    Attributes:
        question: which one.
        true: whether yes is true; (answers,).
        p_yes: the probabilities by A, by B; (2, answers).
        patients: whose each is.
    """

    question: str
    true: NDArray[np.bool_]
    p_yes: NDArray[np.float64]
    patients: Sequence[Hashable]

    def area(self, run: int, places: NDArray[np.intp] | slice = slice(None)) -> float:
        """Return the AUC of a run (0 is A) on answers in some places; NaN without a yes or without a no among them."""
        area = roc_auc(self.p_yes[run, places], self.true[places])
        return math.nan if area is None else area

    def difference(self) -> Interval:
        """Return the AUC of B less that of A with its interval."""

        def without(places: NDArray[np.intp]) -> float | None:
            difference = self.area(1, places) - self.area(0, places)
            return None if math.isnan(difference) else difference

        return jackknife_interval(without, self.patients, -1, 1)


def ranked_answers(answers: pd.DataFrame) -> list[RankedAnswers]:
    """Return the answers by question that can be ranked: those with a yes and a no among their truths.

    Args:
        answers: answers of both, see `lmms_eval_plugins.reports.compare.agreement.with_readings`.
    """
    known = answers[["p_yes_a", "p_yes_b"]].notna().all(axis=1) & answers["truth_a"].isin(["yes", "no"])
    same = (answers["truth_a"] == answers["truth_b"]).fillna(False)
    return [
        RankedAnswers(
            str(question),
            (own["truth_a"] == "yes").to_numpy(dtype=bool),
            own[["p_yes_a", "p_yes_b"]].to_numpy(dtype=float).T,
            list(own["patient_a"]),
        )
        for question, own in answers[known & same].groupby("question", sort=False)
        if own["truth_a"].nunique() > 1
    ]


def ranking_table(ranked: Sequence[RankedAnswers]) -> Iterator[Table]:
    """Yield the table of both runs' AUC by question; nothing where no question can be ranked."""
    if not ranked:
        return
    columns = (Column("question"), Column("answers"), *(Column(name, 3) for name in ("A", "B", "B − A")))
    rows = tuple(
        TableRow(
            (
                *(one.question, len(one.true)),
                *(_value(auc_interval(p_yes, one.true, one.patients)) for p_yes in one.p_yes),
                _value(one.difference()),
            )
        )
        for one in ranked
    )
    yield Table("compare_auc", "How probabilities rank (AUC)", columns, (TableSection("", rows),), _NOTES)


def _value(interval: Interval) -> Value | None:
    return None if interval.value is None else Value(interval.value, None, interval.low, interval.high)
