"""Fugl-Meyer totals of patients, as the runs and controls of a section measured them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.assessments.fugl_meyer.controls import MEDIAN
from lmms_eval_plugins.assessments.fugl_meyer.totals import PatientTotal, patient_totals
from lmms_eval_plugins.domain.vocabulary import HEALTHY
from lmms_eval_plugins.reports.tables.impairment import ItemRow, ItemSection
from lmms_eval_plugins.reports.tables.properties.measured import InstrumentValues


@dataclass(frozen=True, slots=True)
class ExaminedPatients:
    """Patients whose totals can be compared, and what instruments made of them.

    Attributes:
        title: the task.
        n_items: number of items of a total.
        totals: the totals of the patients of any of the readings.
        readings: what each run, and the blind control of medians, says of them, or of those whose totals it has.
    """

    title: str
    n_items: int
    totals: tuple[PatientTotal, ...]
    readings: tuple[InstrumentValues, ...]

    @property
    def stroke(self) -> tuple[bool | None, ...]:
        """Whether each patient has had a stroke; None where it is not known."""
        return tuple(None if total.cohort is None else total.cohort != HEALTHY for total in self.totals)


def examined(sections: Sequence[ItemSection], patients: Collection[str] | None) -> list[ExaminedPatients]:
    """Return the totals of sections of items that have any; a run has those patients of whom it has all replies.

    Args:
        sections: runs and controls on the same items.
        patients: the patients to show, whatever their case; None for all.
    """
    found = []
    for section in sections:
        rows = (*section.runs, *(control for control in section.controls if control.name == MEDIAN))
        of_rows = [_comparable(row, patients) for row in rows]
        totals = {total.patient: total for own in of_rows for total in own}
        if totals:
            readings = tuple(_readings(row, own) for row, own in zip(rows, of_rows, strict=True) if own)
            n_items = next(iter(totals.values())).n_items
            found.append(ExaminedPatients(section.title, n_items, tuple(totals.values()), readings))
    return found


def _comparable(row: ItemRow, patients: Collection[str] | None) -> list[PatientTotal]:
    return [
        total
        for total in patient_totals(row.every)
        if total.complete and total.imputed is not None
        if patients is None or total.patient.casefold() in patients
    ]


def _readings(row: ItemRow, totals: Sequence[PatientTotal]) -> InstrumentValues:
    return InstrumentValues(
        row.name,
        np.array([float(total.imputed or 0) for total in totals]),
        np.array([float(total.true) for total in totals]),
        tuple(total.patient for total in totals),
        row.reference,
        row.run,
    )
