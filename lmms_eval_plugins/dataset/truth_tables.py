"""True answers in tables: one per video, by time, or of events; what they mean is up to the question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal, NamedTuple

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.safe_names import check_relative, inside, shown
from lmms_eval_plugins.dataset.csv_table import CsvRow, plain_number, read_table

_VIDEO, _START, _END, _TIME = "video_id", "start_s", "end_s", "time_s"


class TruthRow(NamedTuple):
    """A row of a table of true answers.

    Attributes:
        line: its line in the file.
        start_s: start in seconds, or the time of an event; None where the row is of a whole video, or has no time.
        end_s: exclusive end in seconds; of an event its time; None as for the start.
        cell: the answer as written; empty where the row gives none.
    """

    line: int
    start_s: float | None
    end_s: float | None
    cell: str


@dataclass(frozen=True, slots=True)
class TruthTable:
    """The true answers in a column of a table.

    Attributes:
        path: the file.
        form: whether a row is of a whole ``video``, of a ``segment`` of it, or of an ``event``.
        rows: video → its rows, in order of time.
    """

    path: Path
    form: Literal["video", "segment", "event"]
    rows: Mapping[str, tuple[TruthRow, ...]]

    def where(self, row: TruthRow) -> str:
        """Return where a row stands, for messages."""
        return f"{self.path}, line {row.line}"


def truth_table(manifest: Path, table: str | None, column: str) -> TruthTable:
    """Read the true answers in a column of a dataset's manifest, or of a table beside it.

    A table with ``start_s`` and ``end_s`` is by time, one with ``time_s`` is of events: a row of an event without a
    time says that there is none in its video. Cells may be empty.

    Args:
        manifest: the dataset's manifest.
        table: the table, relative to the manifest's folder; None for the manifest.
        column: the column.

    Raises:
        UserError: the file cannot be read, is not in the dataset's folder, or lacks a column; a time is no number; a
            segment ends before it starts or overlaps another; or a video has two rows. The message names the line.
    """
    if table is None:
        if not manifest.is_file():
            raise UserError(
                f"{manifest}: no such manifest, so there is no column {column!r}; make one with `strokerehab index"
                f" {manifest.parent}`"
            )
        read = read_table(manifest, (_VIDEO, column), numbers=())
        return _grouped(manifest, "video", [(row, None, None) for row in read.rows], column)
    path = inside(manifest.parent, manifest.parent / check_relative(table, "table"))
    if not path.is_file():
        raise UserError(f"{path}: no such table of true answers")
    read = read_table(path, (_VIDEO, column), known=(_START, _END, _TIME), numbers=(_START, _END, _TIME))
    has = {name: name in read.columns for name in (_START, _END, _TIME)}
    if has[_START] != has[_END] or (has[_START] and has[_TIME]):
        raise UserError(
            f"{path}: the header has {', '.join(name for name in has if has[name])}: a table by time has {_START} and"
            f" {_END}, one of events {_TIME} alone"
        )
    if has[_TIME]:
        times = [_seconds(path, row, _TIME) for row in read.rows]
        return _grouped(path, "event", zip(read.rows, times, times, strict=True), column)
    if has[_START]:
        timed = [(row, _seconds(path, row, _START), _seconds(path, row, _END)) for row in read.rows]
        return _grouped(path, "segment", timed, column)
    return _grouped(path, "video", [(row, None, None) for row in read.rows], column)


def _seconds(path: Path, row: CsvRow, column: str) -> float | None:
    cell = row.cells[column]
    if not cell:
        return None
    seconds = plain_number(cell)
    if seconds is None or seconds < 0:
        raise UserError(f"{path}, line {row.line}, {column}: not seconds such as 12.5 (found {shown(cell)})")
    return seconds


def _grouped(
    path: Path,
    form: Literal["video", "segment", "event"],
    timed: Iterable[tuple[CsvRow, float | None, float | None]],
    column: str,
) -> TruthTable:
    rows: dict[str, list[TruthRow]] = {}
    for row, start_s, end_s in timed:
        video_id = row.cells[_VIDEO]
        if not video_id:
            raise UserError(f"{path}, line {row.line}, {_VIDEO}: is empty")
        rows.setdefault(video_id, []).append(TruthRow(row.line, start_s, end_s, row.cells[column]))
    check = {"video": _check_video, "segment": _check_segments, "event": _check_events}[form]
    for video_id, own in rows.items():
        check(path, video_id, own)
    in_order = {
        video_id: tuple(sorted(own, key=lambda row: (row.start_s or 0.0, row.line))) for video_id, own in rows.items()
    }
    return TruthTable(path, form, in_order)


def _check_video(path: Path, video_id: str, rows: Sequence[TruthRow]) -> None:
    if len(rows) > 1:
        raise UserError(
            f"{path}, line {rows[1].line}: video {video_id!r} is already on line {rows[0].line}; keep one row, or add"
            f" {_START} and {_END}"
        )


def _check_segments(path: Path, video_id: str, rows: Sequence[TruthRow]) -> None:
    spans = []
    for row in rows:
        if row.start_s is None or row.end_s is None:
            raise UserError(f"{path}, line {row.line}: {_START} or {_END} is empty")
        if row.end_s <= row.start_s:
            raise UserError(f"{path}, line {row.line}: ends at {row.end_s:g} s, not after its start {row.start_s:g} s")
        if row.cell:  # other rows are about other columns
            spans.append((row.start_s, row.end_s, row.line))
    for (_, end_s, first), (start_s, _, second) in pairwise(sorted(spans)):
        if start_s < end_s:
            raise UserError(
                f"{path}, line {second}: starts at {start_s:g} s, before the segment of {video_id!r} on line {first}"
                f" ends ({end_s:g} s)"
            )


def _check_events(path: Path, video_id: str, rows: Sequence[TruthRow]) -> None:
    for row in rows:
        if row.start_s is None and (row.cell or len(rows) > 1):
            raise UserError(
                f"{path}, line {row.line}, {_TIME}: is empty; only the one row of a video without events leaves out the"
                " time, and its answer too"
            )
