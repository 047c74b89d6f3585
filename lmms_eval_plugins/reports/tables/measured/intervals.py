"""The table of intervals of measured doses: what they cover, and whether they are narrower than a stopwatch's."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.reports.tables.measured.rows import VARIANTS, MeasuredSection, scores_over
from lmms_eval_plugins.reports.tables.measured.scores import covered, penalty, width
from lmms_eval_plugins.reports.tables.table import (
    SHARES,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    plain_value,
    share_cell,
)

_WIDEST = LEVELS[-1]


def intervals_table(sections: Sequence[MeasuredSection], ci: bool, told: Sequence[str]) -> Table:
    """Make the table of coverage and width of the intervals of the total, in both variants."""
    made, seen_nothing = [], {}
    for section in sections:
        for within in section.variants:
            rows, no_narrower = _rows(section, within, ci)
            title = ", ".join(filter(None, (section.title, VARIANTS[within])))
            made.append(TableSection(title, tuple(rows)))
            seen_nothing[title] = no_narrower
    columns = (
        Column("model"),
        *(Column(f"covers {level}", 1) for level in LEVELS),
        *(Column(f"width {level}", 2) for level in LEVELS),
        Column("÷ stopwatch", 2, "low"),
        Column("score ÷", 2, "low"),
    )
    notes = (
        "Covers: per cent of the videos whose true number of all labels lies in the interval of that level. Width:"
        " median over videos of the interval over the true number.",
        f"÷ stopwatch: the median width at {_WIDEST} % over that of the stopwatch that knows as much, calibrated alike;"
        f" score ÷: the same of the mean interval score at {_WIDEST} % (width, and {2 / (1 - _WIDEST / 100):.0f} times"
        " how far a true number lies outside), so that what is narrow because it covers too little is not rewarded.",
        *(
            f"No narrower than the stopwatch's at {_WIDEST} %, so that the answers have added nothing, of {title}:"
            f" {listed(names, by='; ', most=len(names)) or 'none'}."
            for title, names in seen_nothing.items()
        ),
        *(SHARES,) * ci,
        *told,
    )
    return Table("measure_intervals", "Measured dose: intervals of the total", columns, tuple(made), notes)


def _rows(section: MeasuredSection, within: bool, ci: bool) -> tuple[list[TableRow], list[str]]:
    """Return the rows of one variant, and those whose intervals are no narrower than their stopwatch's."""
    no_narrower, rows = [], []
    for shown in section.shown(within=within):
        scores = scores_over(shown.ways, within=within)
        cells: list[Cell] = [shown.label, *_interval_cells(scores, ci), None, None]
        if shown.stopwatches:
            other = scores_over(shown.stopwatches, within=within)
            cells[-2:] = _against(scores, other)
            if scores[width(_WIDEST)].median() >= other[width(_WIDEST)].median():
                no_narrower.append(shown.label)
        rows.append(TableRow(tuple(cells), shown.reference, shown.path))
    return rows, no_narrower


def _interval_cells(scores: pd.DataFrame, ci: bool) -> list[Value | None]:
    """Return what the intervals of each level cover, in per cent, and their median widths."""
    patients = list(scores["patient"])
    return [
        *(share_cell(list(scores[covered(level)]), patients, ci, scale=100) for level in LEVELS),
        *(plain_value(float(scores[width(level)].median())) for level in LEVELS),
    ]


def _against(scores: pd.DataFrame, other: pd.DataFrame) -> list[Value | None]:
    widths = float(scores[width(_WIDEST)].median()), float(other[width(_WIDEST)].median())
    penalties = float(scores[penalty(_WIDEST)].mean()), float(other[penalty(_WIDEST)].mean())
    return [plain_value(own / of_other if of_other else None) for own, of_other in (widths, penalties)]
