"""Label files: which primitive the labelled hand does when."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.timeline import Timeline
from lmms_eval_plugins.vocabulary import Hand, Primitive

TIME_COLUMN = "Time_s"
MARKER_COLUMN = "MarkerNames"

_WORDS: tuple[tuple[str, Primitive], ...] = (
    ("reach", "reach"),
    ("reposition", "reposition"),
    ("retract", "reposition"),
    ("transport", "transport"),
    ("stabilize", "stabilize"),
    ("idle", "idle"),
    ("rest", "idle"),
)
"""Words in markers, in the order in which they are looked for."""


@dataclass(frozen=True, slots=True)
class LabelledHand:
    """The hand that a label file is about, and what it does when (labels are primitives)."""

    hand: Hand
    timeline: Timeline


def side_of(marker: str) -> Hand | None:
    """The side a marker belongs to, by prefix ``l_``/``r_`` or infix ``_l_``/``_r_``; None if it names none."""
    marker = marker.strip().lower()
    for letter, hand in (("l", "left"), ("r", "right")):
        if marker.startswith(f"{letter}_") or f"_{letter}_" in marker:
            return hand  # type: ignore[return-value]
    return None


def primitive_of(marker: str) -> Primitive | None:
    """The primitive a marker names, or None; ``retract`` is a reposition and ``rest`` is idle."""
    marker = marker.lower()
    return next((primitive for word, primitive in _WORDS if word in marker), None)


def read_labels(path: Path) -> LabelledHand:
    """Read a label CSV with the columns ``Time_s`` (seconds) and ``MarkerNames``.

    The labelled hand is the side with more markers; each of its markers starts a primitive that lasts until the
    next one, neighbours that agree merge, and the last time in the file closes the last segment.

    Raises:
        UserError: the file is missing, a column is missing, a time is not a number or goes backwards, or no marker
            names a side and a primitive.
    """
    if not path.is_file():
        raise UserError(f"{path}: no such label file; put it there or clear `labels` in the manifest")
    times, markers = _read_columns(path)
    sides = [side for marker in markers if (side := side_of(marker))]
    if not sides:
        raise UserError(
            f"{path}, {MARKER_COLUMN}: no marker names a side (l_… or r_…), so the labelled hand is unknown"
        )
    hand: Hand = "left" if sides.count("left") > sides.count("right") else "right"
    marks: list[tuple[str, float]] = []
    for time_s, marker in zip(times, markers, strict=True):
        primitive = primitive_of(marker)
        if primitive and side_of(marker) == hand:
            marks.append((primitive, time_s))
    if not marks:
        raise UserError(f"{path}, {MARKER_COLUMN}: no marker of the {hand} hand names a primitive")
    return LabelledHand(hand, Timeline.from_marks(marks, times[-1]).merged())


def write_labels(path: Path, labelled: LabelledHand) -> None:
    """Write a label CSV: one row per segment start, and a last row without a marker at the end time."""
    letter = labelled.hand[0]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([TIME_COLUMN, MARKER_COLUMN])
        for segment in labelled.timeline.segments:
            writer.writerow([f"{segment.start_s:.3f}", f"{letter}_{segment.label}"])
        writer.writerow([f"{labelled.timeline.end_s:.3f}", ""])


def _read_columns(path: Path) -> tuple[list[float], list[str]]:
    times: list[float] = []
    markers: list[str] = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        for column in (TIME_COLUMN, MARKER_COLUMN):
            if column not in (reader.fieldnames or []):
                raise UserError(f"{path}: column {column!r} is missing; a label file has it and the other one")
        for line, row in enumerate(reader, start=2):
            try:
                time_s = float(row[TIME_COLUMN])
            except (TypeError, ValueError):
                raise UserError(
                    f"{path}, line {line}, {TIME_COLUMN}: {row[TIME_COLUMN]!r} is not a number of seconds"
                ) from None
            if times and time_s < times[-1]:
                raise UserError(f"{path}, line {line}, {TIME_COLUMN}: {time_s} comes after {times[-1]}; sort the rows")
            times.append(time_s)
            markers.append(row[MARKER_COLUMN] or "")
    if not times:
        raise UserError(f"{path}: the label file has no rows")
    return times, markers
