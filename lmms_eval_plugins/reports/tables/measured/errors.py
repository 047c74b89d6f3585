"""The tables of how far measured doses are off, and of whether they are better than a stopwatch's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.reports.tables.against import difference_cell, note_on_p
from lmms_eval_plugins.reports.tables.measured.rows import STOPWATCHES, MeasuredRow, MeasuredSection
from lmms_eval_plugins.reports.tables.measured.scores import CLOSE, ERROR, NEAR
from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    SEM,
    SHARES,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    mean_cell,
    p_column,
    plain_value,
    share_cell,
)
from lmms_eval_plugins.runs.measuring.frame import COUNTS
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS
from lmms_eval_plugins.statistics.paired import Comparison, compare, holm

_MEANING = (
    "RCE: mean over videos of the counting errors of all labels over the true number; counts are rounded. Fused: the"
    " estimate from a model's counts, the length and the activity. Counts alone: what the decoder counts. Within"
    f" {100 * NEAR:.0f} %: per cent of the videos whose number of all labels is so close."
)
_LEVEL = 0.05
_NEAR = f"within {100 * NEAR:.0f} %"


def errors_table(sections: Sequence[MeasuredSection], ci: bool, told: Sequence[str]) -> Table:
    """Make the table of errors of the estimate, beside what the decoder counts alone and beside stopwatches."""
    made = []
    for section in sections:
        rows = []
        for row in section.rows:
            alone = row.ways.get(COUNTS)
            cells = (
                *(row.label, len(row.fused.scores), _error(row.fused.scores, ci)),
                None if alone is None else _error(alone.scores, ci),
                _close(row.fused.scores, ci),
                None if alone is None else _close(alone.scores, ci),
            )
            rows.append(TableRow(cells, row.reference, row.path))
        for name, way in section.stopwatches.items():
            scores = way.scores
            cells = (name, len(scores), _error(scores, ci), None, _close(scores, ci), None)
            rows.append(TableRow(cells, reference=True))
        made.append(TableSection(section.title, tuple(rows)))
    columns = (
        *(Column("model"), Column("videos"), Column("RCE", 3, "low"), Column("RCE, counts alone", 3, "low")),
        *(Column(_NEAR, 1, "high"), Column(f"{_NEAR}, counts alone", 1, "high")),
    )
    notes = (_MEANING, SEM, *(INTERVALS, SHARES) * ci, *told)
    return Table("measure", "Measured dose: errors of the estimate", columns, tuple(made), notes)


def _error(scores: pd.DataFrame, ci: bool) -> Value | None:
    return mean_cell(scores[ERROR], scores["patient"], ci)


def _close(scores: pd.DataFrame, ci: bool) -> Value | None:
    return share_cell(list(scores[CLOSE]), list(scores["patient"]), ci, scale=100)


def against_stopwatches_table(sections: Sequence[MeasuredSection], told: Sequence[str]) -> Table:
    """Make the table of paired differences to stopwatches, corrected over the models."""
    ways = [way for way in STOPWATCHES if any(way in row.ways for section in sections for row in section.rows)]
    made, sizes = [], [(0, 0)]
    better: dict[str, list[str]] = {way: [] for way in ways}
    for section in sections:
        rows = []
        for family in (section.models, [section.together] if section.together else []):
            tests = {way: _tests(family, way) for way in ways}
            sizes += [(test.n_patients, len(of_way)) for of_way in tests.values() for test, _ in of_way.values()]
            for row in family:
                cells: list[Cell] = [row.label]
                for way in ways:
                    test, p = tests[way].get(row.label, (None, None))
                    cells += [difference_cell(test), plain_value(test.p if test else None), plain_value(p)]
                    if _is_better(test, p):
                        better[way].append(row.label)
                rows.append(TableRow(tuple(cells), run=row.path))
        made += [TableSection(section.title, tuple(rows))] if rows else []
    columns = [Column("model")]
    for way in ways:
        short = way.removeprefix(f"{STOPWATCHES[0]}, ")
        columns += [Column(f"RCE − {way}", 3), p_column(f"p ({short})"), p_column(f"p ({short}, Holm)")]
    found = (
        f"Better than the {way}, with p (Holm) below {_LEVEL}: {listed(names, by='; ', most=len(names)) or 'none'}."
        for way, names in better.items()
    )
    notes = (
        "Mean difference of RCE over the same videos, below 0 where the estimate is better, with the 95 % interval by"
        f" patients (cluster-robust t; of fewer than {FEWEST_PATIENTS} patients there is none); it describes, p"
        " decides.",
        note_on_p(*max(sizes)),
        *("All runs together are one comparison by themselves.",) * any(section.together for section in sections),
        *found,
        *told,
    )
    return Table(
        "measure_differences", "Measured dose: is it better than a stopwatch?", tuple(columns), tuple(made), notes
    )


Tested = Mapping[str, tuple[Comparison, float | None]]
"""What a row is called → its comparison, and its p corrected over all rows."""


def _tests(rows: Sequence[MeasuredRow], way: str) -> Tested:
    compared = {}
    for row in rows:
        if way in row.ways:
            own, other = row.fused.scores, row.ways[way].scores
            compared[row.label] = compare(own[ERROR], other[ERROR].loc[own.index], list(own["patient"]))
    corrected = holm([test.p for test in compared.values()])
    return {label: (test, p) for (label, test), p in zip(compared.items(), corrected, strict=True)}


def _is_better(test: Comparison | None, p: float | None) -> bool:
    return test is not None and test.difference is not None and test.difference < 0 and p is not None and p < _LEVEL
