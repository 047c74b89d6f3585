"""Reliability: of a run and the labels, of repetitions of a patient's activity, of runs that differ by their seed."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from lmms_eval_plugins.reports.tables.chosen import Record, records
from lmms_eval_plugins.reports.tables.part import Part, predicted_counts, true_counts
from lmms_eval_plugins.reports.tables.properties.measured import (
    LABELS,
    Floats,
    InstrumentValues,
    interval_cell,
    titled,
)
from lmms_eval_plugins.reports.tables.properties.totals import ExaminedPatients
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection
from lmms_eval_plugins.runs.data_frames.build import settings_in
from lmms_eval_plugins.runs.scored import ScoredRun
from lmms_eval_plugins.runs.shown_name import card_name
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS, Interval
from lmms_eval_plugins.statistics.measurement import detectable_change, ratings_of, repeats_of

_SEED = re.compile(r"(.*\.)?seed(_\w+)?")
"""The names of settings that are seeds."""

AND_LABELS = "and labels"
REPETITIONS = "repetitions"
RUNS = "runs"

_FORMS = (
    f"ICC: intraclass correlation of single measurements. {AND_LABELS.capitalize()}: of an instrument and the labels;"
    f" {RUNS}: of runs of one model and task that differ by their seed, or by nothing; both by ICC(A,1), which is"
    " ICC(2,1), absolute agreement, and ICC(C,1), which is ICC(3,1), consistency: one may measure more throughout.",
    f"{REPETITIONS.capitalize()}: of recordings of one activity of a patient by one camera, by ICC(1,1); what truly"
    " differs between repetitions counts as error, so that the row of the labels is the most that can be asked for.",
    "An ICC is of the recordings at hand: where activities differ much in dose, every instrument that knows how long"
    " they last tells them apart; per minute it does not.",
    "SEM: of runs √(σ² + MSE) with the variance σ² between them, of repetitions √MSW. MDC95: 1.96·√2·SEM.",
)
_BRACKETS = (
    "Brackets: 95 % interval by jackknife over patients, on Fisher's z and on the log; with one subject per patient,"
    f" ICC(A,1) by F; of fewer than {FEWEST_PATIENTS} patients there is none."
)


@dataclass(frozen=True, slots=True)
class ReliabilityRow:
    """A row of the table: who measured, between what, how many subjects of how many patients, and what was found."""

    name: str
    between: str
    subjects: int
    patients: int
    agreement: Interval | None
    consistency: Interval | None
    repeated: Interval | None
    sem: Interval | None
    reference: bool = False
    run: str | None = None

    def cells(self, ci: bool) -> tuple[Cell, ...]:
        """Return the row's cells."""
        iccs = (self.agreement, self.consistency, self.repeated)
        return (
            *(self.name, self.between, self.subjects, self.patients),
            *(None if icc is None else interval_cell(icc, ci) for icc in iccs),
            None if self.sem is None else interval_cell(self.sem, ci),
            None if self.sem is None else interval_cell(self.sem, ci, lambda sem: detectable_change(sem, 95)),
        )


def reliability_table(name: str, sections: Sequence[tuple[str, Sequence[ReliabilityRow]]], ci: bool) -> Table:
    """Make the table of reliability from titles and rows."""
    columns = (
        *(Column("model"), Column("between"), Column("subjects"), Column("patients")),
        *(Column("ICC(A,1)", 2), Column("ICC(C,1)", 2), Column("ICC(1,1)", 2)),
        *(Column("SEM", 2), Column("MDC95", 2)),
    )
    made = tuple(
        TableSection(title, tuple(TableRow(row.cells(ci), row.reference, row.run) for row in rows))
        for title, rows in sections
        if rows
    )
    return Table(name, "Reliability", columns, made, (*_FORMS, *(_BRACKETS,) * ci))


def with_labels(readings: InstrumentValues) -> ReliabilityRow:
    """Return the reliability of an instrument and the labels."""
    found = ratings_of(np.column_stack((readings.predicted, readings.true)), readings.patients)
    counted = (len(readings.patients), len(set(readings.patients)))
    iccs = (found.agreement, found.consistency, None)
    return ReliabilityRow(readings.name, AND_LABELS, *counted, *iccs, None, readings.reference, readings.run)


Measure = Callable[[pd.DataFrame, Floats], Floats]
"""Scores of videos, and a number of each → what is measured of each."""


def _number(scores: pd.DataFrame, numbers: Floats) -> Floats:
    return numbers


def _per_minute(scores: pd.DataFrame, numbers: Floats) -> Floats:
    return numbers / (scores["duration_s"].to_numpy(dtype=float) / 60)


def dose_reliability(part: Part, runs: pd.DataFrame) -> list[tuple[str, list[ReliabilityRow]]]:
    """Return titles and rows of the reliability of a part's doses: of numbers, and of numbers per minute."""
    measures = (("number in a video", _number), ("number per minute of a video", _per_minute))
    return [(titled(part, title), list(_rows(part, runs, measure))) for title, measure in measures]


def _rows(part: Part, runs: pd.DataFrame, measure: Measure) -> Iterator[ReliabilityRow]:
    paths = dict(zip(runs["run"], runs["path"], strict=True))
    for row in part.rows:
        scores = _timed(part, row)
        if len(scores):
            readings = _readings(part, row, scores, measure, paths.get(row))
            yield with_labels(readings)
            yield from _repeated(readings, scores)
    fullest = max((_timed(part, run) for run in part.runs), key=len)
    of_labels = _readings(part, part.runs[0], fullest, measure, None)
    yield from _repeated(replace(of_labels, name=LABELS, predicted=of_labels.true, reference=True), fullest)
    yield from _of_runs(part, records(runs[runs["run"].isin(part.runs)]), measure)


def _timed(part: Part, row: str) -> pd.DataFrame:
    """Return the scores of the videos that enter means and whose length is known."""
    scores = part.answered(row)
    timed: pd.DataFrame = scores[scores["duration_s"] > 0]
    return timed


def _readings(part: Part, row: str, scores: pd.DataFrame, measure: Measure, path: str | None) -> InstrumentValues:
    predicted, true = (
        measure(scores, counts(scores, part.scheme.names).to_numpy()) for counts in (predicted_counts, true_counts)
    )
    return InstrumentValues(
        part.labels[row], predicted, true, tuple(map(str, scores["patient"])), part.is_reference(row), path
    )


def _repeated(readings: InstrumentValues, scores: pd.DataFrame) -> Iterator[ReliabilityRow]:
    """Yield the reliability of repetitions, where anything was filmed twice by one camera."""
    frame = scores.assign(measured=readings.predicted, camera=scores["view"].fillna(""))
    frame = frame[frame["repetition"].notna() & frame["label"].notna()]
    frame = frame.drop_duplicates(["patient", "label", "camera", "repetition"])
    subject = ["patient", "label", "camera"]
    frame = frame[frame.groupby(subject)["repetition"].transform("size") > 1]
    if frame.empty:
        return
    subjects = list(frame[subject].itertuples(index=False, name=None))
    whose = list(map(str, frame["patient"]))
    found = repeats_of(frame["measured"].to_numpy(dtype=float), subjects, whose)
    counted = (len(set(subjects)), len(set(whose)))
    iccs = (None, None, found.icc)
    yield ReliabilityRow(readings.name, REPETITIONS, *counted, *iccs, found.sem, readings.reference, readings.run)


def _of_runs(part: Part, runs: Sequence[Record], measure: Measure) -> Iterator[ReliabilityRow]:
    """Yield the reliability of runs that differ only by their seed, over the videos that enter means in all of them."""
    configured = [
        Configured((run["task"], card_name(str(run["model"])), run["policy"]), settings_in(run["settings"]))
        for run in runs
    ]
    for places in only_seeds_apart(configured):
        alike = [runs[place] for place in places]
        frames = [_timed(part, str(run["run"])).set_index("video_id") for run in alike]
        shared = [video for video in frames[0].index if all(video in frame.index for frame in frames[1:])]
        if shared:
            own = [frame.loc[shared] for frame in frames]
            numbers = [measure(frame, predicted_counts(frame, part.scheme.names).to_numpy()) for frame in own]
            patients = list(map(str, own[0]["patient"]))
            yield _between(
                str(alike[0]["model"]), np.column_stack(numbers), patients, reference=bool(alike[0]["baseline"])
            )


def _between(model: str, numbers: Floats, patients: Sequence[str], reference: bool) -> ReliabilityRow:
    """Return the reliability of runs of a model, from what each (column) measured of the same subjects (rows)."""
    found = ratings_of(numbers, patients)
    return ReliabilityRow(
        name=f"{card_name(model)}, {numbers.shape[1]} runs",
        between=RUNS,
        subjects=len(patients),
        patients=len(set(patients)),
        agreement=found.agreement,
        consistency=found.consistency,
        repeated=None,
        sem=found.sem_agreement,
        reference=reference,
    )


class Configured(NamedTuple):
    """Something about a run, and all that was set for it; nothing where that is not known."""

    about: Hashable
    settings: Mapping[str, str]


def only_seeds_apart(runs: Sequence[Configured]) -> list[list[int]]:
    """Return the places of two or more runs about the same whose settings are known and the same but for seeds.

    >>> only_seeds_apart([Configured("a", {"seed": "1", "fps": "4"}), Configured("a", {"seed": "2", "fps": "4"})])
    [[0, 1]]
    """
    groups: dict[tuple[Hashable, frozenset[tuple[str, str]]], list[int]] = {}
    for place, run in enumerate(runs):
        if run.settings:
            others = frozenset(pair for pair in run.settings.items() if not _SEED.fullmatch(pair[0]))
            groups.setdefault((run.about, others), []).append(place)
    return [places for places in groups.values() if len(places) > 1]


def totals_reliability(patients: ExaminedPatients, scored: Iterable[ScoredRun]) -> list[ReliabilityRow]:
    """Return the reliability of Fugl-Meyer totals: of instruments and the therapist, and of runs.

    Args:
        patients: whose totals they are.
        scored: the runs, by whose settings it is found which differ only by their seed.
    """
    rows = [with_labels(readings) for readings in patients.readings]
    of_paths = {run.path: run for run in scored}
    runs = [(of_paths[one.run], one) for one in patients.readings if one.run in of_paths]
    for places in only_seeds_apart([Configured((row.model, row.policy), row.settings) for row, _ in runs]):
        alike = [runs[place] for place in places]
        totals = [dict(zip(one.patients, one.predicted, strict=True)) for _, one in alike]
        shared = [patient for patient in totals[0] if all(patient in own for own in totals)]
        numbers = np.array([[own[patient] for own in totals] for patient in shared])
        if shared:
            rows.append(_between(str(alike[0][0].model), numbers, shared, alike[0][1].reference))
    return rows
