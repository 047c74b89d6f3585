"""What is measured: what runs, controls and labels say of the same things, and on which scale they are compared."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmms_eval_plugins.reports.tables.chosen import labels
from lmms_eval_plugins.reports.tables.control_rows import control_rows
from lmms_eval_plugins.reports.tables.dose import Given
from lmms_eval_plugins.reports.tables.part import Part, predicted_counts, same_videos, true_counts
from lmms_eval_plugins.reports.tables.table import Value
from lmms_eval_plugins.runs.data_frames.build import text_in
from lmms_eval_plugins.runs.data_frames.columns import answered, joined_scores
from lmms_eval_plugins.runs.data_frames.controls import REFERENCE, STOPWATCH, STOPWATCH_BY_ACTIVITY
from lmms_eval_plugins.statistics.intervals import Interval
from lmms_eval_plugins.statistics.reliability import Ends

Floats = NDArray[np.float64]

LABELS = "labels"
"""What the row of the labels themselves is called."""

_CONTROLS = (REFERENCE, STOPWATCH, STOPWATCH_BY_ACTIVITY)
"""The controls that count; those that are drawn at random have the counts of a single draw."""


@dataclass(frozen=True, slots=True)
class InstrumentValues:
    """What an instrument says of some things, such as a run of videos, beside what is true of them.

    Attributes:
        name: what its row is called.
        predicted: what it says.
        true: what is true, in the same order.
        patients: whose each is.
        reference: whether it is a control, which takes no part in being best.
        run: the path of a run.
    """

    name: str
    predicted: Floats
    true: Floats
    patients: tuple[str, ...]
    reference: bool = False
    run: str | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """How what is said is compared with what is true: what their error is, and how one is shown."""

    title: str
    errors: Callable[[Floats, Floats], Floats]
    shown: Callable[[float], float]

    def value(self, value: float | None, ends: Ends | None = None) -> Value | None:
        """Return a number of this scale as a cell, with the ends of its interval where they are given."""
        return _cell(value, ends, self.shown)


RATIO = Scale("predicted : true", lambda predicted, true: np.log((predicted + 1) / (true + 1)), math.exp)
"""Of counts, whose spread grows with their size: the log of their ratio, each with 1 added, since some are 0."""

DIFFERENCE = Scale("predicted − true", lambda predicted, true: predicted - true, float)


def ends_of(interval: Interval) -> Ends | None:
    """Return the ends of an interval, where there is one."""
    return None if interval.low is None or interval.high is None else (interval.low, interval.high)


def interval_cell(interval: Interval, ci: bool, shown: Callable[[float], float] = float) -> Value | None:
    """Return an interval's value as a cell, with its ends where they are asked for."""
    return _cell(interval.value, ends_of(interval) if ci else None, shown)


def _cell(value: float | None, ends: Ends | None, shown: Callable[[float], float]) -> Value | None:
    if value is None:
        return None
    low, high = (None, None) if ends is None else map(shown, ends)
    return Value(shown(value), None, low, high)


def dose_parts(given: Given) -> list[Part]:
    """Return the runs with videos that enter means, by the same videos, each group with the controls that count."""
    names = labels(given.runs)
    runs = [run for run in given.runs["run"] if run in set(answered(given.scores)["run"])]
    return [
        _part(given, title, members, {run: names[run] for run in members})
        for title, members in same_videos(given.scores, runs, given.schemes)
        if members
    ]


def _part(given: Given, title: str, members: Sequence[str], names: Mapping[str, str]) -> Part:
    runs = given.runs[given.runs["run"].isin(members)]
    scores = given.scores[given.scores["run"].isin(members)]
    found = control_rows(runs, names, decoders=False)
    shown = dict.fromkeys(row for name in _CONTROLS for own in found.own.values() if (row := own.get(name)))
    same = found.scores["video_id"].isin(set(scores["video_id"])) & found.scores["run"].isin(list(shown))
    return Part(
        title=title,
        labels={**names, **{row: found.labels[row] for row in shown}},
        runs=tuple(members),
        baselines=frozenset(runs["run"][runs["baseline"].astype(bool)]),
        controls=tuple(shown),
        own=found.own,
        scores=joined_scores([scores, found.scores[same]]),
        timelines=given.timelines.iloc[:0],
        scheme=given.schemes[members[0]],
    )


def titled(part: Part, what: str) -> str:
    """Return the title of what is measured of a part's videos, where there are several parts with the part's own."""
    return f"{part.title}: {what}" if part.title else what


def video_readings(part: Part, paths: Mapping[str, str], label: str | None = None) -> list[InstrumentValues]:
    """Return the numbers of all labels, or of one, of each video, of every run and control of a part."""
    counted = part.scheme.names if label is None else (label,)
    return [
        InstrumentValues(
            part.labels[row],
            predicted_counts(scores, counted).to_numpy(),
            true_counts(scores, counted).to_numpy(),
            tuple(map(str, scores["patient"])),
            part.is_reference(row),
            paths.get(row),
        )
        for row, scores in _answered(part)
    ]


@dataclass(frozen=True, slots=True)
class PatientDoses:
    """What an instrument counted of each patient in all videos that enter means.

    Attributes:
        readings: the numbers, one per patient.
        minutes: how long the patient's videos are together.
        cohorts: the patient's cohort; None where it is not known.
        stroke: whether the patient has had a stroke; None where it is not known.
    """

    readings: InstrumentValues
    minutes: Floats
    cohorts: tuple[str | None, ...]
    stroke: tuple[bool | None, ...]


def patient_doses(part: Part, paths: Mapping[str, str]) -> list[PatientDoses]:
    """Return the numbers of all labels in all videos of each patient, of every run and control of a part."""
    found = []
    for row, scores in _answered(part):
        totals = scores.assign(
            predicted=predicted_counts(scores, part.scheme.names),
            true=true_counts(scores, part.scheme.names),
        ).groupby("patient", sort=True)
        sums = totals[["predicted", "true", "duration_s"]].sum()
        firsts = totals[["cohort", "stroke"]].first()
        readings = InstrumentValues(
            part.labels[row],
            sums["predicted"].to_numpy(dtype=float),
            sums["true"].to_numpy(dtype=float),
            tuple(map(str, sums.index)),
            part.is_reference(row),
            paths.get(row),
        )
        cohorts = tuple(map(text_in, firsts["cohort"]))
        stroke = tuple(None if pd.isna(one) else bool(one) for one in firsts["stroke"])
        found.append(PatientDoses(readings, sums["duration_s"].to_numpy(dtype=float) / 60, cohorts, stroke))
    return found


def _answered(part: Part) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield runs and controls with the scores of their videos that enter means, where there are any."""
    for row in part.rows:
        scores = part.answered(row)
        if len(scores):
            yield row, scores
