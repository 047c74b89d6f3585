"""Rows of measured doses: whose they are, by which ways of measuring, and which of them may be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.decoding.measuring.instrument import ALL
from lmms_eval_plugins.reports.tables.measured.scores import scores_of_doses
from lmms_eval_plugins.runs.data_frames.controls import STOPWATCH, STOPWATCH_BY_ACTIVITY
from lmms_eval_plugins.runs.measuring.frame import FUSED, MeasuredFrames
from lmms_eval_plugins.runs.measuring.groups import recordings_in, sessions_of

STOPWATCHES = (STOPWATCH, STOPWATCH_BY_ACTIVITY)
"""The ways of measuring without answers; the second knows more."""

POOLED = "all models, pooled"
"""The name of the row of all models' videos."""

VARIANTS: Mapping[bool, str] = {
    False: "intervals by errors in all activities",
    True: "intervals by errors in the activity",
}
"""Whether intervals are as wide as errors in the activity are → what a section of these is called."""


@dataclass(frozen=True)
class MeasuredWay:
    """The doses of a row by one way of measuring, with intervals in two variants.

    Attributes:
        name: the way's.
        doses: with intervals as wide as errors in all activities are; of all seeds, in the column ``seed``.
        within: with intervals as wide as errors in the video's activity are.
    """

    name: str
    doses: pd.DataFrame
    within: pd.DataFrame

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Scores by video; see `scores_of_doses`."""
        return scores_of_doses(self.doses)

    @cached_property
    def within_scores(self) -> pd.DataFrame:
        """The same with the other variant of intervals."""
        return scores_of_doses(self.within)

    def scores_of(self, *, within: bool) -> pd.DataFrame:
        """Return the scores with one of the variants of intervals."""
        return self.within_scores if within else self.scores


@dataclass(frozen=True)
class MeasuredRow:
    """A row: a run, or several that are read together.

    Attributes:
        label: what it is called.
        path: the run's path in the runs table; None of several.
        reference: whether it takes no part in tests: its answers are no model's.
        ways: way of measuring → what was measured; see `lmms_eval_plugins.runs.measuring.frame`.
        frames: all that was measured of it by the first seed.
    """

    label: str
    path: str | None
    reference: bool
    ways: Mapping[str, MeasuredWay]
    frames: MeasuredFrames

    @property
    def fused(self) -> MeasuredWay:
        """The estimate."""
        return self.ways[FUSED]

    @property
    def stopwatch(self) -> MeasuredWay:
        """The stopwatch that knows as much of the recordings as the estimate does."""
        return next(self.ways[way] for way in reversed(STOPWATCHES) if way in self.ways)

    @cached_property
    def patients(self) -> pd.DataFrame:
        """The totals of all videos of each patient, true ones, and ends of intervals; without those of no sum."""
        rows = []
        for session in sessions_of(recordings_in(self.frames.doses), self.frames, by_date=False)[0]:
            if session.true is not None:
                total = session.measured.doses[ALL]
                ends = [end for level in LEVELS for end in total.ends[level]]
                rows.append([session.recordings[0].patient, total.count, session.true[ALL], *ends])
        names = [f"{end}_{level}" for level in LEVELS for end in ("low", "high")]
        totals: pd.DataFrame = pd.DataFrame(rows, columns=["patient", "count", "true", *names])
        return totals


class ShownWays(NamedTuple):
    """What a row of numbers is about.

    Attributes:
        label: what it is called.
        ways: whose doses it pools.
        stopwatches: those that know as much, of the same videos; none of a stopwatch.
        reference: whether it takes no part in being best.
        path: the run's path in the runs table; None where it is not one run.
    """

    label: str
    ways: tuple[MeasuredWay, ...]
    stopwatches: tuple[MeasuredWay, ...] = ()
    reference: bool = False
    path: str | None = None


@dataclass(frozen=True, slots=True)
class MeasuredSection:
    """Rows about the same videos.

    Attributes:
        title: the section's title; empty where it is the only one.
        runs: the runs.
        together: all models' runs together; None where that was not asked for.
        stopwatches: what a control's row is called → its way; each different one once.
    """

    title: str
    runs: tuple[MeasuredRow, ...]
    together: MeasuredRow | None
    stopwatches: Mapping[str, MeasuredWay]

    @property
    def models(self) -> tuple[MeasuredRow, ...]:
        """The runs of models."""
        return tuple(run for run in self.runs if not run.reference)

    @property
    def rows(self) -> tuple[MeasuredRow, ...]:
        """The runs, and all together."""
        return (*self.runs, *([self.together] if self.together else []))

    @property
    def variants(self) -> tuple[bool, ...]:
        """Whether intervals are as wide as errors in the activity are: both, where activities are known."""
        return (
            (False, True) if any(way.name == STOPWATCH_BY_ACTIVITY for way in self.stopwatches.values()) else (False,)
        )

    def shown(self, *, within: bool) -> Iterator[ShownWays]:
        """Yield the rows of numbers about a variant of intervals: runs, all models' videos pooled, stopwatches."""
        for row in self.rows:
            yield ShownWays(row.label, (row.fused,), (row.stopwatch,), row.reference, row.path)
        if len(self.models) > 1:
            of_models = tuple(row.fused for row in self.models), tuple(row.stopwatch for row in self.models)
            yield ShownWays(POOLED, *of_models, reference=True)
        for name, way in self.stopwatches.items():
            if not within or way.name == STOPWATCH_BY_ACTIVITY:
                yield ShownWays(name, (way,), reference=True)


def scores_over(ways: Sequence[MeasuredWay], *, within: bool) -> pd.DataFrame:
    """Return the scores of the videos of several ways, one after another."""
    return pd.concat([way.scores_of(within=within) for way in ways])
