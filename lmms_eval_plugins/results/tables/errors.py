"""Errors in dose: by cohort, and by primitive."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lmms_eval_plugins.results.tables.cells_of import INTERVALS, SEM, mean_cell, plain, ratio_cell
from lmms_eval_plugins.results.tables.part import Part
from lmms_eval_plugins.results.tables.table import Cell, Column, Row, Section, Table
from lmms_eval_plugins.scoring.statistics.dose import CLOSE, normalised_dose_error, share_within
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
    notes = (SEM, *(INTERVALS,) * ci, "Dose: (predicted − true) / true number of primitives; below 0 is too few.")
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
            shares = [share_within(own["relative_counting_error"], limit) for limit in CLOSE]
            cells += [plain(None if share is None else 100 * share) for share in shares]
            rows.append(Row(tuple(cells), run in part.references))
        sections.append(Section(part.title, tuple(rows)))
    columns = (
        Column("model"),
        *(Column(primitive, 2, "low") for primitive in PRIMITIVES),
        *(Column(f"≤ {100 * limit:.0f} % (% of videos)", 1, "high") for limit in CLOSE),
    )
    notes = (
        "Counting error of each primitive, pooled over videos: Σ|predicted − true| / Σ true.",
        "Last columns: videos whose RCE is within the limit.",
        *(INTERVALS,) * ci,
    )
    return Table(f"{name}_counts", "Counting errors by primitive", columns, tuple(sections), notes)


def _total(scores: pd.DataFrame, which: str) -> pd.Series[float]:
    totals: pd.Series[float] = scores[[f"{which}_{primitive}" for primitive in PRIMITIVES]].astype(float).sum(axis=1)
    return totals
