"""What was counted of each patient in each run, beside the truth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.reports.tables.chosen import PATIENTS, labels, notes_of, records
from lmms_eval_plugins.reports.tables.control_rows import RATERS, rater_rows
from lmms_eval_plugins.reports.tables.dose import Given
from lmms_eval_plugins.reports.tables.part import what_labels
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection, plain_value
from lmms_eval_plugins.runs.data_frames.columns import answered, labels_in

_MEANING = (
    "Counts are of all videos of a patient with a truth and enough replies. RCE: the counting error of the patient's"
    " totals, the sum over labels of |predicted − true| over the true total; errors of single videos that cancel out"
    " do not show in it. Per minute: of these videos."
)


def dose_patients_table(given: Given) -> list[Table]:
    """Make the table of what was counted of each patient: a section per run and further rater, a row per patient."""
    names = labels(given.runs)
    counted = labels_in(given.scores)
    sections = []
    left_out: list[str] = []
    for run in records(given.runs):
        own = given.scores[given.scores["run"] == run["run"]]
        known = answered(own)
        left_out += [name for name in own["video_id"] if name not in set(known["video_id"])]
        sections.append(_section(names[run["run"]], known, counted))
    raters = rater_rows(given.runs, names)
    shown = raters.scores[raters.scores["video_id"].isin(given.scores["video_id"])]
    for rater, of_rater in shown.groupby("run", sort=False):
        sections.append(_section(raters.labels[str(rater)], of_rater, counted, reference=True))
    notes = (
        _MEANING,
        *(RATERS,) * (not shown.empty),
        *(f"Left out, for want of replies: {listed(dict.fromkeys(left_out), most=20)}." for _ in left_out[:1]),
        *given.notes,
        *notes_of(given.runs, names),
    )
    pairs = [(label, side) for label in (*counted, "total") for side in ("true", "predicted")]
    columns = (
        *(Column("patient"), Column("cohort"), Column("videos"), Column("minutes", 2)),
        *(Column(f"{label} {side}") for label, side in pairs),
        *(Column("per minute true", 1), Column("per minute predicted", 1), Column("RCE", 2)),
    )
    title = f"Counted {what_labels(given.schemes)} of each patient"
    return [Table(PATIENTS, title, columns, tuple(sections), notes)]


def _section(title: str, videos: pd.DataFrame, counted: Sequence[str], *, reference: bool = False) -> TableSection:
    by_patient = videos.groupby("patient", sort=True)
    rows = (TableRow(_cells(str(patient), own, counted), reference) for patient, own in by_patient)
    return TableSection(title, tuple(rows))


def _cells(patient: str, videos: pd.DataFrame, counted: Sequence[str]) -> tuple[Cell, ...]:
    sums = {side: [videos[f"{side}_{label}"].sum(min_count=1) for label in counted] for side in ("true", "predicted")}
    true, predicted = (np.array([0 if pd.isna(n) else int(n) for n in sums[side]]) for side in ("true", "predicted"))
    pairs: list[Cell] = [
        None if pd.isna(n) else int(n) for both in zip(sums["true"], sums["predicted"], strict=True) for n in both
    ]
    minutes = float(videos["duration_s"].sum()) / 60
    cohort = videos["cohort"].iloc[0]
    return (
        patient,
        None if pd.isna(cohort) else str(cohort),
        len(videos),
        plain_value(minutes),
        *pairs,
        int(true.sum()),
        int(predicted.sum()),
        *(plain_value(float(counts.sum()) / minutes if minutes else None) for counts in (true, predicted)),
        plain_value(float(np.abs(predicted - true).sum() / true.sum()) if true.sum() else None),
    )
