"""The dose per minute by the labels, by runs and by a stopwatch: what of a change each shows, and how each varies."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lmms_eval_plugins.reports.planning.plan import (
    SHOWN_PATIENTS,
    Aim,
    DoseMeasure,
    Narrowing,
    PlannedComparison,
    PlannedRow,
    SeenChange,
    planned_row,
)
from lmms_eval_plugins.runs.data_frames.columns import answered, labels_in
from lmms_eval_plugins.statistics.change import AdditiveFit, additive_fit, followed, session_variation
from lmms_eval_plugins.statistics.intervals import Interval, ratio_interval
from lmms_eval_plugins.statistics.planning import (
    Trials,
    Variation,
    group_trials,
    half_width_at,
    paired_trials,
    variation_of,
)

LABELS = "labels (a perfect count)"
"""The measure beside which the others stand."""

_ADDED = 0.5
"""Added to a count before its logarithm is taken, so that a count of 0 has one."""


@dataclass(frozen=True)
class CountedVideos:
    """Videos as one measure counted them.

    Attributes:
        name: of the measure.
        reference: whether it is no model's.
        scores: the scores of its videos that enter means.
        side: whether the true or the predicted counts are its own.
    """

    name: str
    reference: bool
    scores: pd.DataFrame
    side: Literal["true", "predicted"] = "predicted"

    @property
    def patients(self) -> list[str]:
        """The patient of each video."""
        return list(self.scores["patient"])

    @property
    def n_patients(self) -> int:
        """The number of patients."""
        return len(set(self.patients))

    @cached_property
    def minutes(self) -> npt.NDArray[np.float64]:
        """The length of each video."""
        seconds: npt.NDArray[np.float64] = self.scores["duration_s"].to_numpy(dtype=float)
        return seconds / 60

    @cached_property
    def counts(self) -> npt.NDArray[np.float64]:
        """What is counted in each video, all labels together."""
        return self._counts(self.side)

    @cached_property
    def fit(self) -> AdditiveFit:
        """The logarithm of the dose per minute, as patient, activity and rest."""
        return self._fit(self.side, self.patients)

    @cached_property
    def follows_in_sessions(self) -> Interval:
        """How much of a change of the true dose it shows in the same patients; a perfect count shows all of it."""
        return self._follows(self.patients)

    @cached_property
    def follows_in_groups(self) -> Interval:
        """How much of a difference of the true dose it shows, also between patients."""
        return self._follows([""] * len(self.scores))

    @cached_property
    def per_minute(self) -> Interval:
        """All that is counted over all minutes."""
        return ratio_interval(self.counts, self.minutes, self.patients)

    def between(self) -> Variation:
        """How patients vary in the logarithm of the dose per minute, activities aside."""
        of_patient = self.fit.of_patient
        return variation_of(of_patient, range(len(of_patient)))

    def narrowing(self, seed: int) -> Narrowing:
        """Return how narrow the interval of the dose per minute becomes."""
        widths = [half_width_at(self.counts, self.minutes, self.patients, n, seed) for n in SHOWN_PATIENTS]
        return Narrowing(f"dose per minute, {self.name}", 1, 1, self.per_minute, tuple(widths))

    def _counts(self, side: str) -> npt.NDArray[np.float64]:
        columns = self.scores[[f"{side}_{label}" for label in labels_in(self.scores)]]
        sums: npt.NDArray[np.float64] = columns.fillna(0).sum(axis=1).to_numpy(dtype=float)
        return sums

    def _follows(self, apart: Sequence[str]) -> Interval:
        """Return what is followed of differences within an activity and what else is told apart."""
        if self.side == "true":
            return Interval(1.0, None, None, len(self.scores), self.n_patients)
        return followed(self._fit(self.side, apart), self._fit("true", apart), self.patients)

    def _fit(self, side: str, apart: Sequence[str]) -> AdditiveFit:
        activities = list(self.scores["activity"].fillna(""))
        return additive_fit(np.log((self._counts(side) + _ADDED) / self.minutes), apart, activities)


def counted_videos(name: str, scores: pd.DataFrame, videos: pd.Index[str], *, reference: bool = False) -> CountedVideos:
    """Return what a run or a control counted of some videos: those that enter means, have a length and true labels."""
    known = answered(scores[scores["video_id"].isin(videos)])
    true = known[[f"true_{label}" for label in labels_in(known)]].notna().any(axis=1)
    return CountedVideos(name, reference, known[true & (known["duration_s"] > 0)])


def by_labels(videos: CountedVideos) -> CountedVideos:
    """Return what a perfect count of the same videos is."""
    return CountedVideos(LABELS, True, videos.scores, "true")


def dose_measures(measures: Sequence[CountedVideos], seed: int) -> tuple[DoseMeasure, ...]:
    """Return how each measure behaves."""
    made = []
    for one in measures:
        variation = session_variation(one.fit, one.patients, seed)
        sessions = None if variation is None else SeenChange(one.follows_in_sessions, _spread(variation))
        groups = SeenChange(one.follows_in_groups, _spread(one.between()))
        made.append(DoseMeasure(one.name, one.reference, one.per_minute, sessions, groups))
    return tuple(made)


def _spread(variation: Variation) -> float:
    return float(np.std(variation.deviations))


def dose_comparisons(
    measures: Sequence[CountedVideos], minutes_each: float | None, aim: Aim
) -> Iterator[PlannedComparison]:
    """Yield what is planned of a change of the dose: in the same patients, and between two groups.

    A true dose that is ``1 + detect`` times as large is ``follows · log(1 + detect)`` more on the logarithm of what is
    measured; a measure that does not follow the dose shows nothing. One of which this is not known is left out.
    """
    sessions, groups = [], []
    for one in measures:
        variation = session_variation(one.fit, one.patients, aim.seed)
        if variation is not None:
            sessions += _rows(one, one.follows_in_sessions, paired_trials, variation, aim)
        groups += _rows(one, one.follows_in_groups, group_trials, one.between(), aim)
    if sessions:
        title = f"Dose per minute, same patients in two sessions: {aim.detect_in_words} more in the second"
        both = None if minutes_each is None else 2 * minutes_each
        yield PlannedComparison("sessions", title, both, tuple(sessions))
    title = f"Dose per minute, half of the patients in each group: {aim.detect_in_words} more in one"
    yield PlannedComparison("groups", title, minutes_each, tuple(groups))


def _rows(
    one: CountedVideos,
    follows: Interval,
    trials: Callable[[Variation, float], Trials],
    variation: Variation,
    aim: Aim,
) -> list[PlannedRow]:
    """Return the row of a measure, in a list; none where it is not known what it follows."""
    if follows.value is None:
        return []
    shift = max(follows.value, 0.0) * math.log1p(aim.detect)
    shown = f"{100 * math.expm1(shift):.1f} %"
    return [planned_row(one.name, shown, trials, variation, shift, aim, reference=one.reference)]
