"""What was measured as tables for people: numbers with the interval of one level."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TypeVar

from lmms_eval_plugins.decoding.measuring.instrument import ALL, Dose, MeasuredDoses
from lmms_eval_plugins.reports.measured.report import MeasuredReport, numbered_remarks
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection, Value
from lmms_eval_plugins.runs.measuring.assessed import MeasuredTotal
from lmms_eval_plugins.runs.measuring.frame import BETWEEN_RUNS
from lmms_eval_plugins.runs.measuring.groups import Recording, SessionDoses

_SECONDS_IN_MINUTE = 60.0

_T = TypeVar("_T")


def measured_tables(report: MeasuredReport, level: int) -> list[Table]:
    """Return the tables: of videos, or where sums are asked for, of these; Fugl-Meyer totals behind them.

    Args:
        report: what was measured.
        level: the level of the intervals, in per cent.
    """
    made: list[Table] = []
    if report.sessions:
        made += _of_sessions(report.sessions, level)
    elif report.recordings and report.sessions is None:
        made += _of_videos(report.recordings, level)
    if report.totals:
        made.append(_of_totals(report.totals, level))
    remarks = tuple(f"note {number}: {line}" for line, number in numbered_remarks(report.recordings).items())
    return [*made[:-1], replace(made[-1], notes=report.notes, remarks=remarks)]


def _of_videos(recordings: Sequence[Recording], level: int) -> list[Table]:
    labels = _labels(recordings)
    numbers = numbered_remarks(recordings)
    about = (Column("video"), Column("s", 1), Column("activity"))

    def start(one: Recording) -> list[Cell]:
        return [one.video_id, Value(one.duration_s), _activity(one)]

    counts = [(*start(one), *_counts(one.measured, one.true, one.duration_s, labels, level)) for one in recordings]
    seconds = [(one.video_id, *_seconds(one.measured, labels, level)) for one in recordings]
    notes = [", ".join(str(numbers[line]) for line in one.unlike) or None for one in recordings]
    runs = [_run_of(one) for one in recordings]
    return [
        _table(
            "measured",
            f"How often: number [{level} % interval]",
            (*about, *_count_columns(labels), Column("note")),
            runs,
            [(*row, note) for row, note in zip(counts, notes, strict=True)],
        ),
        _table(
            "measured_seconds",
            f"For how long, in seconds [{level} % interval]",
            (Column("video"), *(Column(label, 1) for label in labels)),
            runs,
            seconds,
        ),
    ]


def _of_sessions(sessions: Sequence[SessionDoses], level: int) -> list[Table]:
    recordings = [one.recordings[0] for one in sessions]
    labels = _labels(recordings)
    numbers = numbered_remarks([one for session in sessions for one in session.recordings])
    about = (Column("patient"), Column("date"), Column("videos"), Column("min", 1))

    def start(one: SessionDoses) -> list[Cell]:
        minutes = Value(one.duration_s / _SECONDS_IN_MINUTE)
        return [one.recordings[0].patient, one.date, len(one.recordings), minutes]

    counts = [(*start(one), *_counts(one.measured, one.true, one.duration_s, labels, level)) for one in sessions]
    seconds = [(*start(one)[:2], *_seconds(one.measured, labels, level)) for one in sessions]
    lines = [dict.fromkeys(line for video in one.recordings for line in video.unlike) for one in sessions]
    notes = [", ".join(str(numbers[line]) for line in own) or None for own in lines]
    runs = [_run_of(one) for one in recordings]
    by = "patient and day" if any(one.date for one in sessions) else "patient"
    return [
        _table(
            "measured",
            f"How often, by {by}: number [{level} % interval]",
            (*about, *_count_columns(labels), Column("note")),
            runs,
            [(*row, note) for row, note in zip(counts, notes, strict=True)],
        ),
        _table(
            "measured_seconds",
            f"For how long, by {by}, in seconds [{level} % interval]",
            (*about[:2], *(Column(label, 1) for label in labels)),
            runs,
            seconds,
        ),
    ]


def _of_totals(totals: Sequence[MeasuredTotal], level: int) -> Table:
    columns = (
        *(Column("patient"), Column("total"), Column("of"), Column("true"), Column("by the rule"), Column("items")),
        Column("others"),
    )
    rows: list[tuple[Cell, ...]] = [
        (
            one.patient,
            Value(one.estimate, None, *one.ends[level]),
            one.highest,
            one.true,
            one.predicted,
            one.n_items,
            one.n_others,
        )
        for one in totals
    ]
    title = f"Fugl-Meyer total [{level} % interval]"
    return _table("measured_fugl_meyer", title, columns, [f"{one.run}: {one.model}" for one in totals], rows)


def _table(
    name: str, title: str, columns: tuple[Column, ...], runs: Sequence[str], rows: Sequence[tuple[Cell, ...]]
) -> Table:
    """Return a table whose sections are runs, without columns in which there is nothing; a single run has no title."""
    full = [place for place in range(len(columns)) if any(row[place] is not None for row in rows)]
    columns, rows = _chosen(columns, full), [_chosen(row, full) for row in rows]
    several = len(set(runs)) > 1
    sections = [
        TableSection(run if several else "", tuple(TableRow(row) for _, row in own))
        for run, own in groupby(zip(runs, rows, strict=True), key=lambda pair: pair[0])
    ]
    return Table(name, title if several else f"{title}. {runs[0]}", columns, tuple(sections))


def _chosen(row: tuple[_T, ...], places: Sequence[int]) -> tuple[_T, ...]:
    return tuple(row[place] for place in places)


def _run_of(one: Recording) -> str:
    return f"{one.model}, read together" if BETWEEN_RUNS in one.run else f"{one.run}: {one.model}"


def _labels(recordings: Sequence[Recording]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for one in recordings for label in one.labels))


def _activity(one: Recording) -> str | None:
    if one.answered_activity is None:
        return one.activity
    sure = "" if one.p_activity is None else f" {one.p_activity:.0%}"
    return f"{one.answered_activity}{sure} ({one.activity or 'not known'})"


def _count_columns(labels: Sequence[str]) -> tuple[Column, ...]:
    return (Column(ALL), Column("true"), Column("per min"), *(Column(label) for label in labels))


def _counts(
    measured: MeasuredDoses, true: Mapping[str, int] | None, duration_s: float, labels: Sequence[str], level: int
) -> list[Cell]:
    total = measured.doses[ALL]
    in_minute = in_a_minute(duration_s)
    low, high = map(in_minute, total.ends[level])
    return [
        _count(total, level),
        None if true is None else true[ALL],
        Value(in_minute(total.count), None, low, high),
        *(_count(measured.doses[label], level) if label in measured.doses else None for label in labels),
    ]


def _count(dose: Dose, level: int) -> Value:
    """Return a number as a whole one; an interval of whole numbers may lie beside the estimate by less than one."""
    low, high = dose.ends[level]
    return Value(min(max(round(dose.count), low), high), None, low, high)


def _seconds(measured: MeasuredDoses, labels: Sequence[str], level: int) -> list[Cell]:
    cells: list[Cell] = []
    for label in labels:
        dose = measured.doses.get(label)
        if dose is None or dose.seconds is None or dose.seconds_ends is None:
            cells.append(None)
        else:
            cells.append(Value(dose.seconds, None, *dose.seconds_ends[level]))
    return cells


def in_a_minute(duration_s: float) -> Callable[[float], float]:
    """Return the function from a number in a video of so many seconds to that in a minute."""
    minutes = max(duration_s, 1e-9) / _SECONDS_IN_MINUTE
    return lambda number: number / minutes
