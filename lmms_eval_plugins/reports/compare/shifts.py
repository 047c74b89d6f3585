"""By how much the log-probabilities of answers differ between two runs, where both recorded them."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection, plain_value
from lmms_eval_plugins.runs.data_frames.build import probabilities_in, probability_of

_WHICH = {"truth": "the true answer", "given": "A's answer"}
"""Whose log-probability is compared, and that in words."""


def with_shifts(answers: pd.DataFrame) -> pd.DataFrame:
    """Return answers of both runs with ``shift_truth`` and ``shift_given``: log p by B − log p by A, in nats.

    The first is of the true answer, the second of the one that A gave. NaN where either was not recorded, is not known,
    or has the probability 0.
    """
    wanted = {"truth": answers["truth_a"], "given": answers["value_a"]}
    shifts = {
        f"shift_{which}": _log_probabilities(answers["probabilities_b"], names)
        - _log_probabilities(answers["probabilities_a"], names)
        for which, names in wanted.items()
    }
    shifted: pd.DataFrame = answers.assign(**{name: pd.Series(of, index=answers.index) for name, of in shifts.items()})
    return shifted


def shifts_table(answers: pd.DataFrame) -> Iterator[Table]:
    """Yield the table of shifts by question, of answers `with_shifts`; nothing where none is known."""
    rows = []
    for question, own in answers.groupby("question", sort=False):
        for which, words in _WHICH.items():
            known = own[f"shift_{which}"].dropna()
            if len(known):
                rows.append(TableRow((str(question), words, len(known), *_cells(known))))
    if rows:
        columns = (
            *(Column("question"), Column("log p of"), Column("answers")),
            *(Column("mean shift", 3), Column("SD", 3), Column("least", 3), Column("largest", 3)),
        )
        notes = (
            "Shift: of the natural logarithm of an answer's probability among those recorded; 0.69 is twice as likely.",
        )
        yield Table("compare_shifts", "Shifts of log-probabilities", columns, (TableSection("", tuple(rows)),), notes)


def _cells(shifts: pd.Series[float]) -> list[Cell]:
    spread = float(shifts.std(ddof=1)) if len(shifts) > 1 else None
    return [plain_value(one) for one in (float(shifts.mean()), spread, float(shifts.min()), float(shifts.max()))]


def _log_probabilities(cells: pd.Series[str], answers: pd.Series[str]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return the log-probability of an answer in each cell; NaN where it is not known, or 0."""
    found = [probability_of(probabilities_in(cell), one) for cell, one in zip(cells, answers, strict=True)]
    return np.array([math.log(p) if p > 0 else math.nan for p in found], dtype=float)
