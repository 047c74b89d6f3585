"""What a perturbation leaves of the worth of answers to a question, on the windows that were answered as is, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from lmms_eval_plugins.questions.truths import exchanged_sides
from lmms_eval_plugins.reports.tables.sees.gathered import UNPERTURBED, SeenQuestion
from lmms_eval_plugins.statistics.bootstrap.draws import drawn_interval, patient_draws
from lmms_eval_plugins.statistics.bootstrap.measures import AreaByPatient, ByPatient, SharesByPatient, value_of_all
from lmms_eval_plugins.statistics.intervals import Interval, patient_places

Floats = NDArray[np.float64]

_NEITHER = 0.5
"""What a reply without an answer ranks as among yes (1) and no (0), where no probabilities were recorded."""

Combination = Callable[[Floats, Floats], Floats]
"""Values as is and under a perturbation, of the same draws → one of both."""


class Worth(NamedTuple):
    """What the answers of some runs are worth: the measure of each run, and its value where nothing is known."""

    first: ByPatient
    second: ByPatient
    chance: float


@dataclass(frozen=True)
class SeenUnder:
    """Answers under one perturbation (or as is) beside those as is, on the windows that both answered.

    The worth of answers of yes and no is the area under the ROC curve (AUC), that of other answers balanced accuracy.
    All intervals are by the bootstrap over patients (`statistics.bootstrap`).

    Attributes:
        perturbation: `UNPERTURBED`, or how frames were perturbed.
        path: the path of the run.
        as_is: the rows as is.
        rows: the rows under the perturbation, in the same order.
        is_yes_no: whether answers are yes or no.
        by_probability: whether these are ranked by probabilities.
    """

    perturbation: str
    path: str
    as_is: pd.DataFrame
    rows: pd.DataFrame
    is_yes_no: bool
    by_probability: bool

    @property
    def n(self) -> int:
        """Number of windows."""
        return len(self.rows)

    @cached_property
    def n_patients(self) -> int:
        """Number of patients."""
        return int(self.rows["patient"].nunique())

    @cached_property
    def _places(self) -> NDArray[np.intp]:
        return np.array(patient_places(list(self.rows["patient"])), dtype=np.intp)

    @cached_property
    def _worth(self) -> Worth:
        ranked = (self.is_yes_no, self.by_probability, self._places, self.n_patients)
        chance = 0.5 if self.is_yes_no else 1 / self.as_is["truth"].nunique()
        return Worth(worth_of(self.as_is, *ranked), worth_of(self.rows, *ranked), chance)

    @property
    def chance(self) -> float:
        """The worth of answers that know nothing: .5, or 1 / the number of classes that are true of some window."""
        return self._worth.chance

    @cached_property
    def worth_as_is(self) -> Interval:
        """The worth of the answers as is."""
        return self._of(self._worth.first)

    @cached_property
    def worth(self) -> Interval:
        """The worth of the answers under the perturbation."""
        return self._of(self._worth.second)

    @cached_property
    def difference(self) -> Interval:
        """Their difference, perturbed − as is, paired by patients."""
        return self._combined(lambda first, second: second - first)

    @cached_property
    def kept(self) -> Interval | None:
        """The share of the worth above chance that the perturbation leaves; None where as is there is none to keep.

        ``(perturbed − chance) / (as is − chance)``; there is some to keep where the lower end of the interval of the
        worth as is lies above chance.
        """
        low = self.worth_as_is.low
        if self.perturbation == UNPERTURBED or low is None or low <= self.chance:
            return None
        chance = self.chance
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._combined(lambda first, second: (second - chance) / (first - chance))

    @cached_property
    def said_yes(self) -> Interval:
        """The share of the replies that say yes."""
        return self.share((self.rows["value"] == "yes").to_numpy(dtype=bool))

    @cached_property
    def right(self) -> Interval:
        """The share of the replies that are right."""
        return self.share(is_right(self.rows))

    @cached_property
    def agrees(self) -> Interval:
        """The share of the windows with the same answer as is; two replies without any are the same."""
        same = self.as_is["value"].fillna("").to_numpy() == self.rows["value"].fillna("").to_numpy()
        return self.share(same)

    @cached_property
    def no_answer(self) -> Interval:
        """The share of the replies that give no answer, under the default reading."""
        return self.share((self.rows["state"] != "read").to_numpy(dtype=bool))

    @cached_property
    def changes_sides(self) -> Interval | None:
        """Of the windows answered as is by a side, the share answered by the other one; None where none is.

        Sides are answers that left and right are exchanged in, where what is true names both (`exchanged_sides`).
        """
        options = sorted({*self.as_is["truth"], *self.rows["truth"]})
        said = self.as_is["value"].fillna("")
        others = [exchanged_sides(value, options) for value in said]
        of_side = (said != others).to_numpy(dtype=bool)
        if not of_side.any():
            return None
        changed = (self.rows["value"] == others).to_numpy(dtype=bool)
        return self.share(changed[of_side], self._places[of_side])

    def share(self, parts: ArrayLike, places: NDArray[np.intp] | None = None) -> Interval:
        """Return the mean of some values of windows, of all windows where none are named."""
        where = self._places if places is None else places
        return self._of(SharesByPatient.made(parts, where, self.n_patients), len(where))

    def _of(self, measure: ByPatient, n: int | None = None) -> Interval:
        drawn = measure.of(patient_draws(self.n_patients))
        return drawn_interval(value_of_all(measure, self.n_patients), drawn, n or self.n, self.n_patients)

    def _combined(self, combine: Combination) -> Interval:
        first, second = self._worth.first, self._worth.second
        ones, draws = np.ones((1, self.n_patients)), patient_draws(self.n_patients)
        value = float(combine(first.of(ones), second.of(ones))[0])
        drawn = combine(first.of(draws), second.of(draws))
        return drawn_interval(None if np.isnan(value) else value, drawn, self.n, self.n_patients)


def seen_under(question: SeenQuestion) -> list[SeenUnder]:
    """Return what is left under each perturbation; the first is as is."""
    about = (question.kind == "yes_no", question.by_probability)
    paths = question.of.paths
    return [SeenUnder(how, paths[how], *question.pair(how), *about) for how in question.answers]


def worth_of(
    rows: pd.DataFrame,
    is_yes_no: bool,
    by_probability: bool,
    places: NDArray[np.intp],
    n_patients: int,
    weights: ArrayLike | None = None,
) -> ByPatient:
    """Return what answers are worth, for whatever patients are drawn: their AUC, or their balanced accuracy.

    Args:
        rows: the answers; without a probability, where these rank, they are left out.
        is_yes_no: whether they are yes or no.
        by_probability: whether these are ranked by probabilities.
        places: the patient of each answer, 0 upwards.
        n_patients: number of patients.
        weights: the weight of each answer; None weighs all alike.
    """
    weighed = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    if not is_yes_no:
        return SharesByPatient.made(is_right(rows), places, n_patients, list(rows["truth"]), weighed)
    ranks = _ranks(rows, by_probability)
    known = ~np.isnan(ranks)
    yes = (rows["truth"] == "yes").to_numpy(dtype=bool)
    return AreaByPatient.made(ranks[known], yes[known], places[known], n_patients, weighed[known])


def _ranks(rows: pd.DataFrame, by_probability: bool) -> Floats:
    """Return by what windows are ranked: the probability of yes (NaN where none), or the answer itself."""
    if by_probability:
        return rows["p_yes"].to_numpy(dtype=float)
    ranks: Floats = rows["value"].map({"yes": 1.0, "no": 0.0}).fillna(_NEITHER).to_numpy(dtype=float)
    return ranks


def is_right(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return whether each answer is right."""
    right: NDArray[np.bool_] = rows["right"].fillna(False).to_numpy(dtype=bool)
    return right
