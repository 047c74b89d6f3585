"""Label files of our own form: the labels of the labelled hand over time, as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Literal

from lmms_eval_plugins.core.errors import UserError, without_file
from lmms_eval_plugins.dataset.csv_table import CsvRow, CsvTable, plain_number, read_table
from lmms_eval_plugins.dataset.file_names import hand_of
from lmms_eval_plugins.dataset.labels.clock import describe_bad_time
from lmms_eval_plugins.dataset.labels.markers import Marker, hand_in_name, markers_in, read_marker
from lmms_eval_plugins.dataset.labels.row_remarks import are_numbered_apart, marker_remarks, repeat_remarks
from lmms_eval_plugins.dataset.labels.sides import MarkedRow, choose_hand
from lmms_eval_plugins.dataset.labels.spans import (
    HALF_MS,
    Event,
    Extent,
    check_segments,
    check_times,
    cut_to,
    to_segments,
)
from lmms_eval_plugins.dataset.remarks import Remark, few_of_each, first_wrong, name_remark
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import Hand

TIME_COLUMN = "Time_s"
MARKER_COLUMN = "MarkerNames"


@dataclass(frozen=True, slots=True)
class LabelledHand:
    """The labelled hand and its timeline of labels."""

    hand: Hand
    timeline: Timeline


@dataclass(frozen=True, slots=True)
class LabelContext:
    """What is known about a video whose labels are read.

    Attributes:
        scheme: the labels that markers may name.
        duration_s: length of the video from its first frame, in seconds; None where it is not known.
        fps: its rate; None where it is not known.
        offset_s: time of the first frame on the container's clock, which label files count from.
        hand: the labelled hand by the manifest; empty where it does not say.
        named_hand: the hand that the video's name speaks of; empty where it names none.
    """

    scheme: Scheme = field(default_factory=primitives_scheme)
    duration_s: float | None = None
    fps: float | None = None
    offset_s: float = 0.0
    hand: Hand | Literal[""] = ""
    named_hand: Hand | Literal[""] = ""

    @property
    def extent(self) -> Extent:
        """The video's extent on the labels' clock."""
        return Extent(self.offset_s, self.duration_s, self.fps)


@dataclass(frozen=True, slots=True)
class LabelReading:
    """What a label file is read as.

    Attributes:
        labelled: the labelled hand; None where a remark is wrong.
        other: the other hand where it is labelled too, else None.
        remarks: what is to say about the file.
    """

    labelled: LabelledHand | None
    other: LabelledHand | None
    remarks: tuple[Remark, ...]


def context_of(trial: Trial, scheme: Scheme) -> LabelContext:
    """Return what a trial and its dataset's scheme say about its labels."""
    return LabelContext(
        scheme=scheme,
        duration_s=trial.n_frames / trial.fps,
        fps=trial.fps,
        offset_s=trial.offset_s,
        hand=trial.hand,
        named_hand=named_hand_of(trial.activity, trial.path.stem),
    )


def named_hand_of(activity: str, stem: str) -> Hand | Literal[""]:
    """Return the hand that an activity's label (``RTT left side``) or else a file name names; empty for none."""
    return hand_of(activity) or hand_in_name(stem) or ""


def inspect_labels(path: Path, context: LabelContext) -> LabelReading:
    """Read a label CSV with the columns ``Time_s`` (seconds on the container's clock) and ``MarkerNames``.

    Each marker of a hand starts a label that lasts until the next one of that hand or its stop; neighbours that agree
    merge. The labelled hand is that of the manifest where it has labels, else the side with more markers. The last time
    in the file closes the last label; where its row starts a label itself, the video's end does. Nothing is raised for
    what is in the file: a `wrong` remark stands for labels that cannot be read.
    """
    if not path.is_file():
        text = "no such label file; put it there or clear `labels` in the manifest"
        return LabelReading(None, None, (Remark("wrong", "missing", text),))
    try:
        table = read_table(path, required=(TIME_COLUMN, MARKER_COLUMN), numbers=(TIME_COLUMN,))
    except UserError as error:
        return LabelReading(None, None, (Remark("wrong", "table", without_file(error, path)),))
    rows, remarks = _marked_rows(table, context.scheme)
    if not remarks:
        remarks += check_times([row.time_s for row in rows], context.extent)
    if first_wrong(remarks):
        return LabelReading(None, None, tuple(remarks))
    choice = choose_hand(rows, context.hand, context.named_hand)
    remarks += choice.remarks
    if choice.hand is None:
        return LabelReading(None, None, tuple(remarks))
    remarks += marker_remarks(choice.rows, choice.hand)
    own, about_own = _timeline(choice.rows, choice.hand, context)
    remarks += about_own
    if not own.segments and not first_wrong(remarks):
        remarks.append(Remark("wrong", "no-label", _no_label(choice.hand, context.scheme)))
    if first_wrong(remarks):
        return LabelReading(None, None, tuple(remarks))
    other_hand: Hand = "left" if choice.hand == "right" else "right"
    other = LabelledHand(other_hand, _timeline(choice.rows, other_hand, context)[0])
    return LabelReading(LabelledHand(choice.hand, own), other if other.timeline.segments else None, tuple(remarks))


def read_labels(path: Path, context: LabelContext | None = None) -> LabelledHand:
    """Read the labelled hand of a label file; see `inspect_labels`.

    Args:
        path: the label file.
        context: what is known about its video; None for nothing, and the five primitives.

    Raises:
        UserError: the file is missing or something in it is wrong.

    >>> labelled = read_labels(Path("labels.csv"))
    >>> labelled.hand, labelled.timeline.labels
    ('left', ('reach', 'transport', 'idle'))
    """
    return labelled_in(path, inspect_labels(path, context or LabelContext()))


def labelled_in(path: Path, reading: LabelReading) -> LabelledHand:
    """Return the labelled hand of a label file that was read.

    Raises:
        UserError: something in it is wrong; the message names the file.
    """
    if wrong := first_wrong(reading.remarks):
        raise UserError(name_remark(path, wrong))
    assert reading.labelled
    return reading.labelled


def write_labels(path: Path, labelled: LabelledHand, other: LabelledHand | None = None) -> None:
    """Write a label CSV: a row per start of a label, a stop before each gap, and a last row without a marker.

    Times have three decimals, or six where two of them are nearer than that.

    Args:
        path: the file; its folder is made.
        labelled: the labelled hand.
        other: the other hand, where it is labelled too.

    Raises:
        ValueError: there is no segment, one overlaps the next, or one but the last has no length.
    """
    hands = [labelled, other] if other else [labelled]
    if not labelled.timeline.segments:
        raise ValueError(f"{path}: a label file needs at least one segment")
    for hand in hands:
        for segment, following in pairwise(hand.timeline.segments):
            if round(segment.end_s, 3) > round(following.start_s, 3) or segment.duration_s <= 0:
                raise ValueError(f"{path}: a label file cannot hold an overlap ({segment} then {following})")
    end_s = max(hand.timeline.end_s for hand in hands)
    rows = [row for hand in hands for row in _rows_of(hand, end_s)]
    rows.sort(key=lambda row: row[0])
    times = sorted({end_s, *(time_s for time_s, _ in rows)})
    decimals = 6 if any(round(a, 3) == round(b, 3) and b - a > 1e-6 for a, b in pairwise(times)) else 3
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([TIME_COLUMN, MARKER_COLUMN])
        for time_s, marker in [*rows, (end_s, "")]:
            writer.writerow([f"{time_s:.{decimals}f}", marker])


def _rows_of(hand: LabelledHand, end_s: float) -> Iterator[tuple[float, str]]:
    side = hand.hand[0]
    segments = hand.timeline.segments
    for segment, following in zip(segments, [*segments[1:], None], strict=True):
        yield segment.start_s, f"{side}_{segment.label}"
        next_s = following.start_s if following else end_s
        if round(segment.end_s, 3) < round(next_s, 3):
            yield segment.end_s, f"{side}_{segment.label} stop"


def _marked_rows(table: CsvTable, scheme: Scheme) -> tuple[list[MarkedRow], list[Remark]]:
    rows: list[MarkedRow] = []
    known: dict[str, list[tuple[str, Marker]]] = {}
    for row in table.rows:
        where, cell = f"line {row.line}, {TIME_COLUMN}", row.cells[TIME_COLUMN]
        time_s = plain_number(cell)
        if time_s is None:
            return rows, [Remark("wrong", "bad-time", f"{where}: {describe_bad_time(cell)}")]
        if rows and time_s < rows[-1].time_s:
            text = f"{where}: {time_s} comes after {rows[-1].time_s}; sort the rows by time"
            return rows, [Remark("wrong", "unsorted", text)]
        text = row.cells[MARKER_COLUMN]
        if "\x00" in text:
            return rows, [Remark("wrong", "damaged", f"line {row.line}: holds NUL characters; the file is damaged")]
        if text.isdecimal() and (shifted := _shifted_marker(row, scheme)):
            hint = f"{MARKER_COLUMN} is {text!r} and a further column holds {shifted!r}; write decimals with a point"
            return rows, [Remark("wrong", "decimal-comma", f"line {row.line}: {hint}")]
        if text not in known:
            known[text] = [(one, read_marker(one, scheme)) for one in markers_in(text, scheme)]
        rows += [MarkedRow(row.line, time_s + 0.0, one, marker) for one, marker in known[text]]
    return rows, [] if rows else [Remark("wrong", "no-rows", "the label file has no rows")]


def _shifted_marker(row: CsvRow, scheme: Scheme) -> str:
    """Return a marker that stands in another column, as where a decimal comma splits the time."""
    others = (cell for name, cell in row.cells.items() if name not in (TIME_COLUMN, MARKER_COLUMN))
    return next((cell for cell in others if read_marker(cell, scheme).is_start), "")


def _timeline(rows: Sequence[MarkedRow], hand: Hand, context: LabelContext) -> tuple[Timeline, list[Remark]]:
    """Return a hand's timeline on the clock of the first frame, and what is odd about it."""
    extent, last, n_last = context.extent, rows[-1], _n_last_starts(rows)
    kept = rows[:-n_last] if n_last and _only_repeat(rows, n_last) else rows
    is_open = (n_last > 0 and kept is rows) or (last.marker.is_stop and last.marker.side not in (None, hand))
    at_end = extent.end_s is not None and last.time_s >= extent.end_s - HALF_MS
    events = [
        Event(row.line, row.time_s, row.marker.label, row.marker.is_stop)
        for row in kept
        if row.marker.side == hand and row.marker.is_event
    ]
    segments, remarks = to_segments(events, None if is_open and not at_end else last.time_s, extent)
    cut, about_cut = cut_to(extent, segments)
    timeline = Timeline(cut).merged()
    remarks = few_of_each([*remarks, *about_cut])
    return timeline, [*repeat_remarks(kept, hand), *remarks, *check_segments(timeline, extent)]


def _n_last_starts(rows: Sequence[MarkedRow]) -> int:
    """Return how many of the last rows start a label of a hand at the file's last time."""
    ends = takewhile(
        lambda row: row.time_s == rows[-1].time_s and row.marker.is_start and row.marker.side is not None,
        reversed(rows),
    )
    return sum(1 for _ in ends)


def _only_repeat(rows: Sequence[MarkedRow], n_last: int) -> bool:
    """Return whether the last rows close the file by repeating the labels that run, as in the study's compact form."""
    running = {row.marker.side: row for row in rows[:-n_last] if row.marker.is_event}
    for row in rows[-n_last:]:
        before = running.get(row.marker.side)
        if before is None or before.marker.is_stop or before.marker.label != row.marker.label:
            return False
        if are_numbered_apart(before, row):
            return False
    return True


def _no_label(hand: Hand, scheme: Scheme) -> str:
    what = "a primitive" if scheme == primitives_scheme() else "a label"
    return f"{MARKER_COLUMN}: no marker of the {hand} hand names {what} ({', '.join(scheme.names)})"
