"""What is published of the Fugl-Meyer assessment of the arm, beside what is measured here.

Numbers are those of the abstracts. All are about the whole scale of 33 items and 66 points; a total from videos lacks
the two reflexes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lmms_eval_plugins.domain.fugl_meyer import MAX_ITEM_SCORE
from lmms_eval_plugins.reports.tables.properties.measured import DIFFERENCE, ends_of
from lmms_eval_plugins.reports.tables.properties.totals import ExaminedPatients
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection, Value, plain_value
from lmms_eval_plugins.statistics.measurement import detectable_change, error_of_single
from lmms_eval_plugins.statistics.reliability import Ends


class Yardstick(NamedTuple):
    """A published number of points of the upper-extremity Fugl-Meyer assessment.

    Attributes:
        source: authors and year.
        where: the publication.
        about: whose patients.
        n: how many of them.
        sem: standard error of measurement.
        mdc: minimal detectable change.
        important: clinically important difference.
    """

    source: str
    where: str
    about: str
    n: int
    sem: float | None = None
    mdc: float | None = None
    important: str | None = None


YARDSTICKS = (
    Yardstick(
        "See et al. 2013",
        "Neurorehabil Neural Repair 2013;27:732–741",
        "trained raters",
        31,
        mdc=3.2,
    ),
    Yardstick(
        "Lin et al. 2009",
        "Phys Ther 2009;89:840–850: MDC 8 % of the highest score",
        "first half year",
        53,
        mdc=5.28,
    ),
    Yardstick(
        "NNR 2023;37:545",
        "Neurorehabil Neural Repair 2023;37:545–553, doi:10.1177/15459683231186985; 9, 12 and 13 by three anchors",
        "weeks 1 to 6, moderate to severe",
        51,
        sem=2.46,
        mdc=6.82,
        important="9 to 13",
    ),
    Yardstick(
        "Page et al. 2012",
        "Phys Ther 2012;92:791–798; by what therapists saw change",
        "chronic, mild to moderate",
        146,
        important="4.25 to 7.25",
    ),
    Yardstick(
        "Arya et al. 2011",
        "Top Stroke Rehabil 2011;18 Suppl 1:599–610",
        "subacute",
        71,
        important="9 to 10",
    ),
    Yardstick(
        "Hiragami et al. 2019",
        "J Phys Ther Sci 2019;31:917–921",
        "convalescent, moderate to severe",
        14,
        important="12.4",
    ),
)
"""Published yardsticks: detectable changes by raising size, then important differences."""

HIGHEST_TOTAL = 66
"""The highest total of the whole scale of 33 items."""

_NOTES = (
    "Points of a total. MDC: what a change has to exceed to be more than the error of measurement, here at 95 %; also"
    " in per cent of the highest total, since totals are of different numbers of items. Important: clinically important"
    " difference. An instrument whose MDC is above it cannot show that a patient has improved by so much.",
    "Here: the SEM with the therapist's totals taken as exact, so that all of the error is the model's.",
    f"Sources: {'; '.join(f'{one.source}: {one.where}' for one in YARDSTICKS)}.",
)


def yardsticks_table(name: str, sections: Sequence[ExaminedPatients], ci: bool) -> Table:
    """Make the table of published yardsticks, and of what runs and controls reach on the same assessment."""
    columns = (
        *(Column("who"), Column("patients"), Column("SEM", 2), Column("MDC", 2), Column("MDC (%)", 1)),
        *(Column("important"), Column("about")),
    )
    published = tuple(
        TableRow(
            (
                *(one.source, one.n, plain_value(one.sem), plain_value(one.mdc), _share(one.mdc, HIGHEST_TOTAL)),
                *(one.important, one.about),
            ),
            reference=True,
        )
        for one in YARDSTICKS
    )
    made = [TableSection("published, 33 items", published)]
    for section in sections:
        rows = []
        for row in section.readings:
            sem = error_of_single(row.predicted - row.true, row.patients)
            highest = MAX_ITEM_SCORE * section.n_items
            cells = (*_cells(sem.value, ends_of(sem) if ci else None, highest), None, section.title)
            rows.append(TableRow((row.name, len(row.patients), *cells), row.reference, row.run))
        made.append(TableSection(f"here, {section.n_items} items", tuple(rows)))
    return Table(
        name, "Fugl-Meyer yardsticks: what change can be told, and what change matters", columns, tuple(made), _NOTES
    )


def _cells(sem: float | None, ends: Ends | None, highest: int) -> tuple[Cell, ...]:
    """Return the SEM, the MDC, and the MDC in per cent of the highest total."""
    if sem is None:
        return None, None, None
    change = None if ends is None else (detectable_change(ends[0], 95), detectable_change(ends[1], 95))
    mdc = detectable_change(sem, 95)
    return DIFFERENCE.value(sem, ends), DIFFERENCE.value(mdc, change), _share(mdc, highest)


def _share(mdc: float | None, highest: int) -> Value | None:
    return plain_value(None if mdc is None else 100 * mdc / highest)
