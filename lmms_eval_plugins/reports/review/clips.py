"""What a rater says of Fugl-Meyer clips, on disk: one table of a rater with a row per clip and item."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.csv_table import plain_number, read_table
from lmms_eval_plugins.dataset.found_files import FMA_MARKS_NAME, REVIEW_RECORDS
from lmms_eval_plugins.dataset.labels.work_record import WorkRecord, read_record
from lmms_eval_plugins.dataset.trial import FmaClip
from lmms_eval_plugins.reports.page.data.shared import in_thousandths
from lmms_eval_plugins.reports.review.data import ClipMarks, SaveClip
from lmms_eval_plugins.reports.review.rater_folder import RaterFolder
from lmms_eval_plugins.reports.review.storage import SaveConflict, revision_of

_COLUMNS = ("clip", "start_s", "end_s", "item", "score")
_RECORDS_OF_CLIPS = "clips"
"""The folder of the clips' records, in that of the videos': a clip may have a video's name."""

_Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SavedMarks:
    """What a rater saved of a clip: the revision (empty for nothing), the marks, and the record of the work."""

    revision: str
    marks: ClipMarks | None
    record: WorkRecord | None


class ClipStorage:
    """The marks and scores of a rater, in ``fma_marks.csv``: seconds from the clip's first frame, empty for none."""

    def __init__(self, folder: RaterFolder) -> None:
        self._folder, self._path = folder, folder.path / FMA_MARKS_NAME
        self._lock = threading.Lock()

    def read(self, clip: FmaClip) -> SavedMarks:
        """Return what is saved of a clip.

        Raises:
            SaveConflict: the table was not written here.
            UserError: it cannot be read.
        """
        with self._lock:
            rows = self._rows().get(clip.video_id, ())
            return SavedMarks(_revision(rows), self._marks(rows), self.record_of(clip))

    def record_of(self, clip: FmaClip) -> WorkRecord | None:
        """Return the record of the work on a clip; None where none is.

        Raises:
            UserError: it cannot be read.
        """
        return read_record(self._folder.path, _record_name(clip))

    def save(self, clip: FmaClip, given: SaveClip) -> str:
        """Save the marks of a clip, and return the new revision; as `LabelStorage.save` does.

        Raises:
            SaveConflict: what lies on disk is not what the marks are based on, or was not written here.
            UserError: the marks cannot be of the clip.
            OSError: they cannot be written; what was saved before is as it was.
        """
        _check(clip, given.marks)
        with self._lock:
            table = self._rows()
            before, rows = table.get(clip.video_id, ()), tuple(_rows_of(clip, given.marks))
            is_behind = given.revision != _revision(before)
            if is_behind and rows != before:
                raise SaveConflict(
                    f"{clip.video_id}: was saved from another tab or program since; take those marks or keep these",
                    _revision(before),
                )
            name = _record_name(clip)
            if self.record_of(clip) is None:  # a table without a record is another program's
                self._folder.write_record(name, done=False, draft=None, active_s=0)
            if rows != before:
                self._folder.replace(self._path, _content({**table, clip.video_id: rows}))
            active_s = 0 if is_behind else given.active_s
            self._folder.write_record(name, done=given.done, draft=None, active_s=active_s)
            return _revision(rows)

    def _rows(self) -> Mapping[str, tuple[_Row, ...]]:
        """Return clip → its rows as they are written."""
        if not self._path.exists():
            return {}
        if not (self._folder.path / REVIEW_RECORDS / _RECORDS_OF_CLIPS).is_dir():
            raise SaveConflict(
                f"{self._path}: was not written here and is not written over; move it, or start again with another"
                " --rater",
                None,
            )
        found: dict[str, tuple[_Row, ...]] = {}
        for row in read_table(self._path, _COLUMNS).rows:
            cells = tuple(row.cells[column] for column in _COLUMNS)
            found[cells[0]] = (*found.get(cells[0], ()), cells)
        return found

    def _marks(self, rows: tuple[_Row, ...]) -> ClipMarks | None:
        if not rows:
            return None
        try:
            scores = {int(item): int(score) for _, _, _, item, score in rows if score}
            return ClipMarks(start_ms=_ms(rows[0][1]), end_ms=_ms(rows[0][2]), scores=scores)
        except ValueError:
            raise UserError(f"{self._path}: the rows of {rows[0][0]} cannot be read; mend or move the file") from None


def _record_name(clip: FmaClip) -> str:
    return f"{_RECORDS_OF_CLIPS}/{clip.video_id}"


def _check(clip: FmaClip, marks: ClipMarks) -> None:
    end_ms = in_thousandths(clip.duration_s)
    for name, time_ms in (("start", marks.start_ms), ("end", marks.end_ms)):
        if time_ms is not None and time_ms > end_ms:
            raise UserError(
                f"the {name} at {time_ms / 1000:.3f} s is after the clip, which is {end_ms / 1000:.3f} s long"
            )
    if marks.start_ms is not None and marks.end_ms is not None and marks.end_ms <= marks.start_ms:
        raise UserError(f"the movement ends at {marks.end_ms / 1000:.3f} s, which is not after its start")
    if unknown := sorted(set(marks.scores) - set(clip.items)):
        raise UserError(f"item {unknown[0]} is not shown in this clip")


def _rows_of(clip: FmaClip, marks: ClipMarks) -> Iterator[_Row]:
    for item in clip.items:
        score = marks.scores.get(item)
        yield (
            clip.video_id,
            _seconds(marks.start_ms),
            _seconds(marks.end_ms),
            str(item),
            "" if score is None else str(score),
        )


def _seconds(time_ms: int | None) -> str:
    return "" if time_ms is None else f"{time_ms / 1000:.3f}"


def _ms(cell: str) -> int | None:
    """Return a cell as milliseconds; ValueError where it holds no number."""
    seconds = plain_number(cell) if cell else None
    if cell and seconds is None:
        raise ValueError(cell)
    return None if seconds is None else in_thousandths(seconds)


def _revision(rows: tuple[_Row, ...]) -> str:
    return revision_of("\n".join(map(",".join, rows)).encode())


def _content(table: Mapping[str, tuple[_Row, ...]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerows(row for name in sorted(table) for row in table[name])
    return text.getvalue().encode()
