"""Validity: whether a measure is larger in milder groups, and whether it goes with the Fugl-Meyer total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from lmms_eval_plugins.domain.vocabulary import COHORTS, HEALTHY
from lmms_eval_plugins.reports.tables.properties.measured import LABELS, Floats, PatientDoses, interval_cell
from lmms_eval_plugins.reports.tables.properties.totals import ExaminedPatients
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection, Value, p_column
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS
from lmms_eval_plugins.statistics.reliability import Correlation, pearson, spearman
from lmms_eval_plugins.statistics.trend import ordered_concordance, trend_p

STROKE = "stroke"
"""The group of all patients after a stroke, where their cohorts are not known or have no order."""

_GROUPS = (
    "Groups hold the median of their patients; a patient is counted once. Expected is healthy > mild > moderate >"
    f" severe, of groups that there are; where a cohort after a stroke is not known or is another one, healthy >"
    f" {STROKE}.",
    "Concordance: of pairs of patients from two groups, the share in which the milder one has the larger value, ties a"
    " half; .5 where groups say nothing, and the effect size of the trend. p: Jonckheere–Terpstra test, two-sided, by"
    " permutation of who is in which group.",
    "A measure that parts the groups no better than the stopwatch tells how long patients take.",
)
_CONVERGENCE = (
    "Correlation over patients of the dose per minute with the therapist's Fugl-Meyer total of the same patients, the"
    " one of most items among these runs. The row of the labels says how far dose and impairment go together at all.",
)
_GROUP_BRACKETS = (
    f"Brackets: 95 % interval by jackknife over patients; none of fewer than {FEWEST_PATIENTS} patients, nor where the"
    " order is perfect."
)
_CORRELATION_BRACKETS = (
    f"Brackets: 95 % interval by Fisher's z; of fewer than {FEWEST_PATIENTS} patients there is none."
)


@dataclass(frozen=True, slots=True)
class PatientMeasures:
    """One number of each patient by an instrument, with what the patient's group follows from."""

    name: str
    patients: Sequence[str]
    values: Sequence[float]
    cohorts: Sequence[str | None]
    stroke: Sequence[bool | None]
    reference: bool = False
    run: str | None = None


def per_minute(doses: Sequence[PatientDoses]) -> list[PatientMeasures]:
    """Return the doses per minute of each instrument, and of the labels before them."""
    fullest = max(doses, key=lambda one: len(one.readings.patients))
    rows = [_measured(fullest, LABELS, fullest.readings.true)]
    return rows + [_measured(one, one.readings.name, one.readings.predicted) for one in doses]


def _measured(doses: PatientDoses, name: str, numbers: Floats) -> PatientMeasures:
    known = doses.minutes > 0
    at = [place for place, one in enumerate(known) if one]
    of_labels = name == LABELS
    return PatientMeasures(
        name,
        [doses.readings.patients[place] for place in at],
        (numbers[known] / doses.minutes[known]).tolist(),
        [doses.cohorts[place] for place in at],
        [doses.stroke[place] for place in at],
        of_labels or doses.readings.reference,
        None if of_labels else doses.readings.run,
    )


def of_totals(patients: ExaminedPatients) -> list[PatientMeasures]:
    """Return the Fugl-Meyer totals of the therapist, then those of each instrument."""
    known = {
        total.patient: (total.cohort, stroke) for total, stroke in zip(patients.totals, patients.stroke, strict=True)
    }
    whose = [total.patient for total in patients.totals]
    true = [float(total.true) for total in patients.totals]
    rows = [PatientMeasures("therapist", whose, true, *_who(known, whose), reference=True)]
    return rows + [
        PatientMeasures(
            one.name, one.patients, one.predicted.tolist(), *_who(known, one.patients), one.reference, one.run
        )
        for one in patients.readings
    ]


def _who(
    known: Mapping[str, tuple[str | None, bool | None]], patients: Sequence[str]
) -> tuple[list[str | None], list[bool | None]]:
    return [known[patient][0] for patient in patients], [known[patient][1] for patient in patients]


def groups_table(name: str, sections: Sequence[tuple[str, Sequence[PatientMeasures]]], ci: bool) -> Table:
    """Make the table of known groups from titles and rows."""
    named = [(title, rows, [_groups(row) for row in rows]) for title, rows in sections]
    shown = [
        group for group in (*COHORTS, STROKE) if any(group in groups for _, _, of_rows in named for groups in of_rows)
    ]
    columns = (
        *(Column("model"), Column("patients"), *(Column(group, 1) for group in shown)),
        *(Column("concordance", 2, "high"), p_column("p")),
    )
    made = tuple(
        TableSection(
            title,
            tuple(
                TableRow(_group_cells(row, groups, shown, ci), row.reference, row.run)
                for row, groups in zip(rows, of_rows, strict=True)
            ),
        )
        for title, rows, of_rows in named
    )
    return Table(name, "Known groups", columns, made, (*_GROUPS, *(_GROUP_BRACKETS,) * ci))


def _groups(measured: PatientMeasures) -> list[str | None]:
    """Return the group of each patient: cohorts where all that are known are in order, else healthy and stroke."""
    after_stroke = {cohort for cohort, stroke in zip(measured.cohorts, measured.stroke, strict=True) if stroke}
    if after_stroke <= set(COHORTS):
        return list(measured.cohorts)
    return [None if stroke is None else STROKE if stroke else HEALTHY for stroke in measured.stroke]


def _group_cells(
    row: PatientMeasures, groups: Sequence[str | None], shown: Sequence[str], ci: bool
) -> tuple[Cell, ...]:
    known = [(value, group) for value, group in zip(row.values, groups, strict=True) if group is not None]
    values, places = [value for value, _ in known], [shown.index(group) for _, group in known]
    of_groups = [[value for value, one in known if one == group] for group in shown]
    p = trend_p(values, places)
    return (
        row.name,
        len(values),
        *(Value(median(own)) if own else None for own in of_groups),
        interval_cell(ordered_concordance(values, places), ci),
        None if p is None else Value(p),
    )


def convergence_table(
    name: str, sections: Sequence[tuple[str, Sequence[PatientMeasures]]], truth: ExaminedPatients, ci: bool
) -> Table:
    """Make the table of correlations of doses per minute with the therapist's totals of the same patients."""
    totals = {total.patient: float(total.true) for total in truth.totals}
    made = tuple(TableSection(title, tuple(_converging(row, totals, ci) for row in rows)) for title, rows in sections)
    columns = (Column("model"), Column("patients"), Column("Spearman", 2), Column("Pearson", 2))
    title = f"Convergence of the dose per minute with the Fugl-Meyer total of {truth.n_items} items"
    return Table(name, title, columns, made, (*_CONVERGENCE, *(_CORRELATION_BRACKETS,) * ci))


def _converging(row: PatientMeasures, totals: Mapping[str, float], ci: bool) -> TableRow:
    pairs = [
        (value, totals[patient]) for value, patient in zip(row.values, row.patients, strict=True) if patient in totals
    ]
    first, second = [value for value, _ in pairs], [total for _, total in pairs]
    cells = (_correlation(found, ci) for found in (spearman(first, second), pearson(first, second)))
    return TableRow((row.name, len(pairs), *cells), row.reference, row.run)


def _correlation(found: Correlation, ci: bool) -> Value | None:
    if found.value is None:
        return None
    return Value(found.value, None, found.low, found.high) if ci else Value(found.value)
