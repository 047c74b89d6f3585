"""What was measured as tables for programs: a row per video, or sum, and label, with the intervals of all levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.decoding.measuring.instrument import MeasuredDoses
from lmms_eval_plugins.reports.measured.report import MeasuredReport
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection, plain_value
from lmms_eval_plugins.runs.measuring.assessed import MeasuredTotal
from lmms_eval_plugins.runs.measuring.groups import Recording, SessionDoses

_ENDS = [f"{end}_{level}" for level in LEVELS for end in ("low", "high")]

_Row = tuple[Cell, ...]

_DOSE = ("primitive", "count", *_ENDS, "seconds", *(f"seconds_{end}" for end in _ENDS), "true")


def tidy_tables(report: MeasuredReport) -> list[Table]:
    """Return the tables of videos, of sums and of Fugl-Meyer totals that there are."""
    made: list[Table] = []
    if report.sessions:
        made.append(_of_sessions(report.sessions))
    elif report.recordings and report.sessions is None:
        made.append(_of_videos(report.recordings))
    if report.totals:
        made.append(_of_totals(report.totals))
    return [*made[:-1], replace(made[-1], notes=report.notes)]


def _of_videos(recordings: Sequence[Recording]) -> Table:
    about = (
        *("run", "model", "video_id", "patient", "cohort", "activity", "answered_activity", "p_activity", "view"),
        *("repetition", "date", "duration_s", "expected_error", "n_others", "flags"),
    )
    rows: list[_Row] = []
    for one in recordings:
        known: _Row = (
            *(one.run, one.model, one.video_id, one.patient, one.cohort, one.activity, one.answered_activity),
            *(plain_value(one.p_activity), one.view, one.repetition, one.date, plain_value(one.duration_s)),
            *(plain_value(one.measured.expected_error), one.n_others, _joined(one.unlike)),
        )
        rows += _doses(known, one.measured, one.true)
    return _table("measured", "Doses by video", (*about, *_DOSE), rows)


def _of_sessions(sessions: Sequence[SessionDoses]) -> Table:
    about = ("run", "model", "patient", "cohort", "date", "n_videos", "duration_s", "n_others", "flags")
    rows: list[_Row] = []
    for one in sessions:
        first = one.recordings[0]
        lines = _joined(line for video in one.recordings for line in video.unlike)
        known: _Row = (
            *(first.run, first.model, first.patient, first.cohort, one.date, len(one.recordings)),
            *(plain_value(one.duration_s), first.n_others, lines),
        )
        rows += _doses(known, one.measured, one.true)
    return _table("measured", "Doses by patient", (*about, *_DOSE), rows)


def _of_totals(totals: Sequence[MeasuredTotal]) -> Table:
    names = ("run", "model", "patient", "total", *_ENDS, "highest", "true", "by_rule", "items", "n_others")
    rows: list[_Row] = [
        (
            *(one.run, one.model, one.patient, plain_value(one.estimate)),
            *(end for level in LEVELS for end in one.ends[level]),
            *(one.highest, one.true, one.predicted, one.n_items, one.n_others),
        )
        for one in totals
    ]
    return _table("fugl_meyer", "Fugl-Meyer totals", names, rows)


def _doses(about: _Row, measured: MeasuredDoses, true: Mapping[str, int] | None) -> list[_Row]:
    rows: list[_Row] = []
    for label, dose in measured.doses.items():
        ends = [end for level in LEVELS for end in dose.ends[level]]
        of_seconds: list[Cell] = [None] * len(_ENDS)
        if dose.seconds_ends is not None:
            of_seconds = [plain_value(end) for level in LEVELS for end in dose.seconds_ends[level]]
        known = None if true is None else true[label]
        rows.append((*about, label, plain_value(dose.count), *ends, plain_value(dose.seconds), *of_seconds, known))
    return rows


def _table(name: str, title: str, columns: Sequence[str], rows: Sequence[_Row]) -> Table:
    section = TableSection("", tuple(map(TableRow, rows)))
    return Table(name, title, tuple(Column(column, 2) for column in columns), (section,))


def _joined(lines: Iterable[str]) -> str | None:
    return "; ".join(dict.fromkeys(lines)) or None
