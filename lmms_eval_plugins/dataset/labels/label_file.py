"""Label files: the primitives of the labelled hand over time."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.csv_table import read_table
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import Hand, Primitive

TIME_COLUMN = "Time_s"
MARKER_COLUMN = "MarkerNames"

_SIDES: tuple[tuple[str, Hand], ...] = (("l_", "left"), ("r_", "right"))

_WORDS: tuple[tuple[str, Primitive], ...] = (
    ("reach", "reach"),
    ("reposition", "reposition"),
    ("retract", "reposition"),
    ("transport", "transport"),
    ("stabilize", "stabilize"),
    ("idle", "idle"),
    ("rest", "idle"),
)
"""Word in a marker → primitive, in the order of the search."""


@dataclass(frozen=True, slots=True)
class LabelledHand:
    """The labelled hand and its timeline of primitives."""

    hand: Hand
    timeline: Timeline


def side_of(marker: str) -> Hand | None:
    """Return the side of a marker: by prefix ``l_``/``r_``, else by infix ``_l_``/``_r_``, else None."""
    marker = marker.strip().lower()
    for mark, hand in _SIDES:
        if marker.startswith(mark):
            return hand
    for mark, hand in _SIDES:
        if f"_{mark}" in marker:
            return hand
    return None


def primitive_of(marker: str) -> Primitive | None:
    """Return the primitive that a marker names, or None; ``retract`` is a reposition and ``rest`` is idle."""
    marker = marker.lower()
    return next((primitive for word, primitive in _WORDS if word in marker), None)


def read_labels(path: Path) -> LabelledHand:
    """Read a label CSV with the columns ``Time_s`` (seconds) and ``MarkerNames``.

    The labelled hand is the side with more markers (the right side if both have the same number). Each of its markers
    that names a primitive starts a segment that lasts until the next one; all other markers are ignored. Neighbours
    with the same primitive are merged, and the last time in the file, with or without a marker, ends the last segment.

    Raises:
        UserError: the file or a column is missing, a time is not a number or goes backwards, or no marker names a side
            and a primitive.

    >>> labelled = read_labels(Path("labels.csv"))
    >>> labelled.hand, labelled.timeline.labels
    ('left', ('reach', 'transport', 'idle'))
    """
    if not path.is_file():
        raise UserError(f"{path}: no such label file; put it there or clear `labels` in the manifest")
    rows = _read_rows(path)
    sided = [(time_s, marker, side) for time_s, marker in rows if marker and (side := side_of(marker))]
    if not sided:
        raise UserError(
            f"{path}, {MARKER_COLUMN}: no marker names a side (l_… or r_…), so the labelled hand is unknown"
        )
    sides = [side for _, _, side in sided]
    hand: Hand = "left" if sides.count("left") > sides.count("right") else "right"
    marks = [
        (primitive, time_s) for time_s, marker, side in sided if side == hand and (primitive := primitive_of(marker))
    ]
    if not marks:
        raise UserError(f"{path}, {MARKER_COLUMN}: no marker of the {hand} hand names a primitive")
    return LabelledHand(hand, Timeline.from_marks(marks, end_s=rows[-1][0]).merged())


def write_labels(path: Path, labelled: LabelledHand) -> None:
    """Write a label CSV: one row per start of a segment, and a last row without a marker at the end time.

    Raises:
        ValueError: the timeline is empty or has a gap between two segments, which a label file cannot hold.
    """
    segments = labelled.timeline.segments
    if not segments:
        raise ValueError(f"{path}: a label file needs at least one segment")
    for segment, following in pairwise(segments):
        if round(segment.end_s, 3) != round(following.start_s, 3):
            raise ValueError(f"{path}: a label file cannot hold a gap or overlap ({segment} then {following})")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([TIME_COLUMN, MARKER_COLUMN])
        for segment in segments:
            writer.writerow([f"{segment.start_s:.3f}", f"{labelled.hand[0]}_{segment.label}"])
        writer.writerow([f"{labelled.timeline.end_s:.3f}", ""])


def _read_rows(path: Path) -> list[tuple[float, str]]:
    rows: list[tuple[float, str]] = []
    for row in read_table(path, required=(TIME_COLUMN, MARKER_COLUMN)).rows:
        where = f"{path}, line {row.line}, {TIME_COLUMN}"
        time_s = _seconds(row.cells[TIME_COLUMN])
        if time_s is None:
            raise UserError(f"{where}: {row.cells[TIME_COLUMN]!r} is not a number of seconds")
        if rows and time_s < rows[-1][0]:
            raise UserError(f"{where}: {time_s} comes after {rows[-1][0]}; sort the rows by time")
        rows.append((time_s, row.cells[MARKER_COLUMN]))
    if not rows:
        raise UserError(f"{path}: the label file has no rows")
    return rows


def _seconds(cell: str) -> float | None:
    try:
        time_s = float(cell)
    except ValueError:
        return None
    return time_s if math.isfinite(time_s) else None
