"""Measured doses by cohort, activity and label, and by seed: errors, coverage and width of the intervals."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.decoding.measuring.instrument import ALL
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, COHORTS, groups_of
from lmms_eval_plugins.reports.tables.measured.rows import POOLED, VARIANTS, MeasuredSection, scores_over
from lmms_eval_plugins.reports.tables.measured.scores import ERROR, covered, interval_columns, scores_of_doses, width
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection, plain_value

_LEVEL = LEVELS[-1]
_NUMBERS = ("RCE", f"covers {_LEVEL} %", f"width {_LEVEL} %")
_MEANING = (
    f"Covers: per cent of the intervals at {_LEVEL} % that hold the true number; width: the median of their width over"
    " the true number. There is no test: groups are small, and nobody chose them beforehand."
)


def groups_tables(sections: Sequence[MeasuredSection], told: Sequence[str]) -> list[Table]:
    """Make the tables by cohort and activity, of both variants of intervals, and by label."""
    tables = []
    for column, name, known in (("cohort", "cohorts", COHORTS), ("activity", "activities", ACTIVITIES)):
        rows = [row.fused.scores for section in sections for row in section.rows]
        groups = groups_of({str(one) for scores in rows for one in scores[column].dropna()}, known)
        if groups:
            tables.append(_by_column(sections, column, name, groups, told))
    return [*tables, _by_label(sections, told)]


def _by_column(
    sections: Sequence[MeasuredSection], column: str, name: str, groups: Sequence[str], told: Sequence[str]
) -> Table:
    made = []
    for section in sections:
        for within in section.variants:
            rows = []
            for shown in section.shown(within=within):
                scores = scores_over(shown.ways, within=within)
                own = [scores[scores[column] == group] for group in groups]
                rows += [
                    TableRow((shown.label, number, *cells), shown.reference, shown.path)
                    for number, cells in zip(
                        _NUMBERS,
                        (
                            [_mean(one[ERROR]) for one in own],
                            [_mean(100 * one[covered(_LEVEL)]) for one in own],
                            [_median(one[width(_LEVEL)]) for one in own],
                        ),
                        strict=True,
                    )
                ]
            made.append(TableSection(", ".join(filter(None, (section.title, VARIANTS[within]))), tuple(rows)))
    columns = (Column("model"), Column("number"), *(Column(group, 2) for group in groups))
    return Table(f"measure_{name}", f"Measured dose by {column}", columns, tuple(made), (_MEANING, *told))


def _by_label(sections: Sequence[MeasuredSection], told: Sequence[str]) -> Table:
    labels = list(
        dict.fromkeys(label for section in sections for row in section.rows for label in row.fused.doses["primitive"])
    )
    made = []
    for section in sections:
        rows = []
        for shown in section.shown(within=False):
            doses = pd.concat([way.doses for way in shown.ways], ignore_index=True)
            scored = doses.join(interval_columns(doses))
            own = [scored[scored["primitive"] == label] for label in labels]
            rows += [
                TableRow((shown.label, number, *cells), shown.reference, shown.path)
                for number, cells in zip(
                    _NUMBERS,
                    (
                        [_pooled_error(one) for one in own],
                        [_mean(100 * one[covered(_LEVEL)]) for one in own],
                        [_median(one[width(_LEVEL)]) for one in own],
                    ),
                    strict=True,
                )
            ]
        made.append(TableSection(section.title, tuple(rows)))
    columns = (Column("model"), Column("number"), *(Column(label, 2) for label in labels))
    notes = (
        f"RCE of a label: its counting errors in all videos over its true number in all; {ALL}: of the number of all"
        f" labels, in which errors of both signs cancel. {_MEANING} Where the true number is 0, the width is over 1.",
        *told,
    )
    return Table("measure_labels", "Measured dose by label", columns, tuple(made), notes)


def patients_table(sections: Sequence[MeasuredSection], told: Sequence[str]) -> Table:
    """Make the table of the intervals of the totals of all videos of a patient."""
    made = []
    for section in sections:
        of_rows = [(row.label, row.patients, row.reference, row.path) for row in section.rows]
        if len(section.models) > 1:
            of_rows.append((POOLED, pd.concat([row.patients for row in section.models]), True, None))
        rows = []
        for label, patients, reference, path in of_rows:
            scored = interval_columns(patients)
            cells = [
                *(_mean(100 * scored[covered(level)]) for level in LEVELS),
                *(_median(scored[width(level)]) for level in LEVELS),
            ]
            rows.append(TableRow((label, len(patients), *cells), reference, path))
        made.append(TableSection(section.title, tuple(rows)))
    columns = (
        *(Column("model"), Column("patients")),
        *(Column(f"covers {level}", 1) for level in LEVELS),
        *(Column(f"width {level}", 2) for level in LEVELS),
    )
    notes = (
        "The number of all labels in all videos of a patient: per cent of the patients whose true number lies in the"
        " interval of the level, and its median width over the true number. A patient of whom several cameras filmed"
        " the same is left out (choose one with --view).",
        *told,
    )
    return Table("measure_patients", "Measured dose: intervals of patients' totals", columns, tuple(made), notes)


def seeds_table(sections: Sequence[MeasuredSection], told: Sequence[str]) -> Table:
    """Make the table of errors by seed of the decoders' samples."""
    seeds = sorted({int(seed) for section in sections for row in section.rows for seed in row.fused.doses["seed"]})
    made = []
    for section in sections:
        rows = []
        for row in section.rows:
            doses = row.fused.doses
            errors = [float(scores_of_doses(doses[doses["seed"] == seed])[ERROR].mean()) for seed in seeds]
            mean = sum(errors) / len(errors)
            rows.append(TableRow((row.label, *map(plain_value, (*errors, mean))), row.reference, row.path))
        made.append(TableSection(section.title, tuple(rows)))
    columns = (Column("model"), *(Column(f"seed {seed}", 3) for seed in seeds), Column("mean", 3, "low"))
    notes = ("Relative counting error of the estimate by each seed of the decoders' samples.", *told)
    return Table("measure_seeds", "Measured dose: errors by seed", columns, tuple(made), notes)


def _mean(values: pd.Series[float]) -> Cell:
    return plain_value(float(values.mean()) if len(values) else None)


def _median(values: pd.Series[float]) -> Cell:
    return plain_value(float(values.median()) if len(values) else None)


def _pooled_error(doses: pd.DataFrame) -> Cell:
    true = doses["true"].astype(float)
    off = (doses["count"].round() - true).abs()
    return plain_value(float(off.sum() / true.sum()) if true.sum() else None)
