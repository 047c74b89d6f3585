"""Errors in dose: by cohort, and by primitive."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lmms_eval_plugins.results.tables.cells_of import FIRST_DRAW, INTERVALS, SEM, mean_cell, ratio_cell
from lmms_eval_plugins.results.tables.part import Part
from lmms_eval_plugins.results.tables.table import Cell, Column, Row, Section, Table
from lmms_eval_plugins.scoring.statistics.dose import CLOSE, normalised_dose_error, within
from lmms_eval_plugins.vocabulary import COHORTS, PRIMITIVES


def cohort_table(name: str, parts: Sequence[Part], ci: bool) -> Table:
    """Counting errors and errors of the whole dose in each cohort."""
    sections = []
    for part in parts:
        rows = []
        for run in (*part.runs, *part.references):
            own = part.answered(run)
            own = own.assign(dose_error=normalised_dose_error(_total(own, "predicted"), _total(own, "true")))
            cells: list[Cell] = [part.labels[run]]
            for metric in ("relative_counting_error", "dose_error"):
                for cohort in COHORTS:
                    of = own[own["cohort"] == cohort]
                    cells.append(mean_cell(of[metric], of["patient"], ci))
            rows.append(Row(tuple(cells), run in part.references))
        sections.append(Section(part.title, tuple(rows)))
    columns = (
        Column("model"),
        *(Column(f"RCE {cohort}", 2, "low") for cohort in COHORTS),
        *(Column(f"dose {cohort}", 2) for cohort in COHORTS),
    )
    notes = (
        SEM,
        *(INTERVALS,) * ci,
        "Dose: (predicted − true) / true number of primitives; below 0 is too few. Errors of both signs cancel.",
        FIRST_DRAW,
    )
    return Table(f"{name}_cohorts", "Errors in dose by cohort", columns, tuple(sections), notes)


def primitive_table(name: str, parts: Sequence[Part], ci: bool) -> Table:
    """Pooled counting errors of each primitive, and the share of videos that come close."""
    sections = []
    for part in parts:
        rows = []
        for run in (*part.runs, *part.references):
            own = part.answered(run)
            patients = list(own["patient"])
            cells: list[Cell] = [part.labels[run]]
            cells += [
                ratio_cell(list(own[f"mae_{one}"].astype(float)), list(own[f"true_{one}"].astype(float)), patients, ci)
                for one in PRIMITIVES
            ]
            true = _total(own, "true")
            for errors in (_total(own, "mae") / true, normalised_dose_error(_total(own, "predicted"), true)):
                for limit in CLOSE:
                    per_cent = 100.0 * within(errors, limit)
                    cells.append(ratio_cell(list(per_cent), [1.0] * len(own), patients, ci))
            rows.append(Row(tuple(cells), run in part.references))
        sections.append(Section(part.title, tuple(rows)))
    columns = (
        Column("model"),
        *(Column(primitive, 2, "low") for primitive in PRIMITIVES),
        *(Column(f"{what} ≤ {100 * limit:.0f} % (%)", 1, "high") for what in ("RCE", "dose") for limit in CLOSE),
    )
    notes = (
        "Counting error of each primitive, pooled over videos: Σ|predicted − true| / Σ true.",
        "Last columns: per cent of videos whose RCE, or whose number of all primitives, is within the limit of the"
        " true one.",
        *(INTERVALS,) * ci,
        FIRST_DRAW,
    )
    return Table(f"{name}_counts", "Counting errors by primitive", columns, tuple(sections), notes)


def _total(scores: pd.DataFrame, which: str) -> pd.Series[float]:
    totals: pd.Series[float] = scores[[f"{which}_{primitive}" for primitive in PRIMITIVES]].astype(float).sum(axis=1)
    return totals
