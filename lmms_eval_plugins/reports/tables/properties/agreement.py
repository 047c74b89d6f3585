"""Agreement with the labels, by Bland and Altman, and which change can be told from error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.reports.tables.properties.measured import InstrumentValues, Scale, ends_of
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection, plain_value
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS
from lmms_eval_plugins.statistics.measurement import (
    ChangeLevel,
    detectable_change,
    error_of_single,
    error_within_patients,
    limits_of_patients,
)
from lmms_eval_plugins.statistics.reliability import spearman

_LIMITS = (
    "Bias and 95 % limits of agreement (LoA; Bland & Altman 1986, 2007): of new patients, 95 of 100 errors lie between"
    " the limits. A bias is the mean of the patients' means.",
    "Predicted : true is a ratio, 1 where they are equal, taken on the log of the numbers plus 1: how far counts are"
    " off grows with their size. Predicted − true is in numbers, or points.",
    "Growth: Spearman's correlation of the size of an error with the size of what is measured. The scale to read is the"
    " one where it is near 0: limits of the other are too wide for small doses and too narrow for large ones.",
)
_BRACKETS = (
    "Brackets: 95 % interval; of the bias by t, of limits by Zou (2013), with one error per patient by noncentral t; of"
    f" fewer than {FEWEST_PATIENTS} patients there is none."
)
_BRACKETS_OF_CHANGE = (
    "Brackets: 95 % interval by jackknife over patients on the log, with one error per patient by χ²; of fewer than"
    f" {FEWEST_PATIENTS} patients there is none."
)
_CHANGE = (
    "SEM: standard error of measurement; of ratios, it and the MDC are factors. SD/√2: the systematic difference is"
    " left out, and model and labels share the error. √MSW: root of the mean square within what both measured, Σd²/2n;"
    " the systematic difference counts. Labels exact: all of the error is the model's; where patients have several"
    " recordings it is that within patients, else that over patients.",
    "MDC90, MDC95: minimal detectable change, 1.645·√2·SEM and 1.96·√2·SEM with labels exact: a smaller difference of"
    " two recordings of a patient is within the error of the instrument. One that is no better than its stopwatch or"
    " median has not seen the change; nor has one that counts nothing, whose ratios may be close to each other all the"
    " same, so that none is marked as the best: bias and reliability tell.",
)


@dataclass(frozen=True, slots=True)
class Compared:
    """Instruments that measured the same things, and the scale on which they are compared with what is true.

    ``of_change`` says whether changes are to be told on this scale, which is the one whose errors do not grow.
    """

    title: str
    scale: Scale
    rows: Sequence[InstrumentValues]
    of_change: bool = True


def limits_table(name: str, title: str, compared: Sequence[Compared], ci: bool, remarks: tuple[str, ...] = ()) -> Table:
    """Make a table of bias and limits of agreement."""
    columns = (
        *(Column("model"), Column("n"), Column("patients"), Column("bias", 2)),
        *(Column("LoA low", 2), Column("LoA high", 2), Column("growth", 2)),
    )
    sections = tuple(
        TableSection(
            f"{one.title}, {one.scale.title}",
            tuple(_row(readings, _limits(readings, one.scale, ci)) for readings in one.rows),
        )
        for one in compared
    )
    return Table(name, title, columns, sections, (*_LIMITS, *(_BRACKETS,) * ci), remarks)


def _row(readings: InstrumentValues, cells: Sequence[Cell]) -> TableRow:
    counted = (len(readings.patients), len(set(readings.patients)))
    return TableRow((readings.name, *counted, *cells), readings.reference, readings.run)


def _limits(readings: InstrumentValues, scale: Scale, ci: bool) -> list[Cell]:
    errors = scale.errors(readings.predicted, readings.true)
    found = limits_of_patients(errors, readings.patients)
    growth = None
    if found.bias is not None:
        sizes = (readings.predicted + readings.true) / 2
        growth = spearman(np.abs(errors - found.bias).tolist(), sizes.tolist()).value
    return [
        scale.value(found.bias, found.of_bias if ci else None),
        scale.value(found.low, found.of_low if ci else None),
        scale.value(found.high, found.of_high if ci else None),
        plain_value(growth),
    ]


def change_table(name: str, compared: Sequence[Compared], ci: bool) -> Table:
    """Make the table of standard errors of measurement and minimal detectable changes."""
    columns = (
        *(Column("model"), Column("n"), Column("patients")),
        *(Column("SEM SD/√2", 2), Column("SEM √MSW", 2), Column("SEM labels exact", 2)),
        *(Column("MDC90", 2), Column("MDC95", 2)),
    )
    sections = tuple(
        TableSection(
            f"{one.title}, {one.scale.title}",
            tuple(_row(readings, _changes(readings, one.scale, ci)) for readings in one.rows),
        )
        for one in compared
    )
    title = "Error of measurement and minimal detectable change"
    return Table(name, title, columns, sections, (*_CHANGE, *(_BRACKETS_OF_CHANGE,) * ci))


def _changes(readings: InstrumentValues, scale: Scale, ci: bool) -> list[Cell]:
    errors = scale.errors(readings.predicted, readings.true)
    single, exact = error_of_single(errors, readings.patients), error_within_patients(errors, readings.patients)
    if exact.value is None:
        exact = single
    ends = ends_of(exact) if ci else None
    shared = np.sqrt(float((errors**2).mean()) / 2) if len(errors) > 1 else None
    levels: tuple[ChangeLevel, ...] = (90, 95)
    return [
        scale.value(None if single.value is None else single.value / np.sqrt(2)),
        scale.value(shared),
        scale.value(exact.value, ends),
        *(
            scale.value(
                None if exact.value is None else detectable_change(exact.value, level),
                None if ends is None else (detectable_change(ends[0], level), detectable_change(ends[1], level)),
            )
            for level in levels
        ),
    ]
