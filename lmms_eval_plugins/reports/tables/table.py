"""A table before it is printed: columns, rows in sections, and which cells are best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import pandas as pd

from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS, mean_interval, ratio_interval
from lmms_eval_plugins.statistics.proportions import share_interval
from lmms_eval_plugins.statistics.summary import mean_sem

Mark = Literal["best", "second"]


class Column(NamedTuple):
    """A column: its heading, the decimals of its numbers, and which values are good (None: neither is marked).

    Values below ``least`` are printed as ``<least``.
    """

    heading: str
    digits: int = 0
    better: Literal["high", "low"] | None = None
    least: float | None = None


def p_column(heading: str) -> Column:
    """Return a column of p values."""
    return Column(heading, 3, least=0.001)


class Value(NamedTuple):
    """A number with what is known of its uncertainty: the SEM, and the ends of a 95 % interval.

    ``ranked`` is the number by which it is compared with others, where that is another one: a mean over all videos, in
    which those that are left out because too few replies came count as failed. Silence must not win.
    """

    value: float
    sem: float | None = None
    low: float | None = None
    high: float | None = None
    ranked: float | None = None

    @property
    def rank(self) -> float:
        """The number by which it is compared with others."""
        return self.value if self.ranked is None else self.ranked


Cell = str | int | Value | None
"""Text, a whole number, a value, or None where there is none."""


class ControlOf(NamedTuple):
    """Which control a row shows: its name, whether it never saw a video, and the paths of the runs it belongs to."""

    name: str
    blind: bool
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableRow:
    """A row; ``reference`` rows (controls) take no part in being best.

    What it is about is said for whoever shows the table otherwise than by its cells, where the table says it: ``run``
    is the path of a run, ``control`` a control.
    """

    cells: tuple[Cell, ...]
    reference: bool = False
    run: str | None = None
    control: ControlOf | None = None


@dataclass(frozen=True, slots=True)
class TableSection:
    """Rows that may be compared with each other, because they are about the same videos."""

    title: str
    rows: tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        name: short, fit for a label.
        title: what it shows.
        columns: the columns; the first names the row.
        sections: the rows.
        notes: what every reader should know, one sentence each: what columns mean, how rows are compared.
        remarks: what whoever makes the table should know of these runs; no part of it in a paper.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    sections: tuple[TableSection, ...]
    notes: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def marks(section: TableSection, columns: tuple[Column, ...]) -> Mapping[tuple[int, int], Mark]:
    """Return (row, column) → whether a cell is the best or second best of its section, by the digits that are printed.

    Cells that print alike share a mark. Nothing is best where there is nothing to compare.
    """
    marked: dict[tuple[int, int], Mark] = {}
    for place, column in enumerate(columns):
        if column.better is None:
            continue
        values = {
            number: round(cell.rank, column.digits)
            for number, row in enumerate(section.rows)
            if not row.reference and isinstance(cell := row.cells[place], Value)
        }
        ranked = sorted(set(values.values()), reverse=column.better == "high")
        if len(values) < 2:
            continue
        names: tuple[Mark, ...] = ("best", "second")
        named = dict(zip(ranked, names, strict=False))
        marked |= {(number, place): named[value] for number, value in values.items() if value in named}
    return marked


INTERVALS = (
    f"Brackets: 95 % interval by patients (cluster-robust t); of fewer than {FEWEST_PATIENTS} patients there is none."
)
UNREADABLE = "Unreadable: replies that give no answer; they answer nothing, refuse to, or contradict themselves."
SHARES = (
    "Brackets of accuracies and other shares: 95 % Wilson interval by patients, which has a width at 0 and 1 too; of"
    f" fewer than {FEWEST_PATIENTS} patients there is none."
)
SEM = "Mean ± standard error over videos."
FIRST_DRAW = "Counts and timelines of Markov chains and blind decoders are those of the first draw."


def mean_cell(
    values: pd.Series[float], patients: pd.Series[str], ci: bool, *, n_failed: int = 0, failed: float = 0.0
) -> Value | None:
    """Return mean ± SEM over videos; without SEM for one video, nothing for none.

    Args:
        values: the value of each video that enters the mean.
        patients: the patient of each of them.
        ci: with the 95 % interval.
        n_failed: number of videos that are left out of the mean because too few replies came.
        failed: the value that such a video counts with where the cell is ranked.
    """
    mean, sem = mean_sem([float(value) for value in values])
    if mean is None:
        return None
    interval = mean_interval(values.to_numpy(dtype=float), list(patients)) if ci else None
    ranked = (mean * len(values) + failed * n_failed) / (len(values) + n_failed) if n_failed else None
    return Value(mean, sem, interval.low if interval else None, interval.high if interval else None, ranked)


def ratio_cell(parts: Sequence[float], wholes: Sequence[float], patients: Sequence[str], ci: bool) -> Value | None:
    """Return ``Σ parts / Σ wholes``; nothing where the wholes sum to 0."""
    if not ci:
        whole = sum(wholes)
        return Value(sum(parts) / whole) if whole else None
    interval = ratio_interval(list(parts), list(wholes), list(patients))
    return None if interval.value is None else Value(interval.value, None, interval.low, interval.high)


def share_cell(
    right: Sequence[float], patients: Sequence[str], ci: bool, wholes: Sequence[float] | None = None, scale: float = 1.0
) -> Value | None:
    """Return the share of what is right, times ``scale``, see `share_interval`; nothing where there is nothing."""
    whole = len(right) if wholes is None else sum(wholes)
    if not whole:
        return None
    share = share_interval(right, patients, wholes) if ci else None
    ends = [None if end is None else scale * end for end in (share.low, share.high)] if share else []
    return Value(scale * float(sum(right)) / whole, None, *ends)


def plain_value(value: float | None) -> Value | None:
    """Return a number without an error; nothing for None."""
    return None if value is None else Value(value)
