"""Remarks on the rows of a label file: markers that are not understood, rows without one, labels repeated."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.dataset.labels.sides import MarkedRow
from lmms_eval_plugins.dataset.labels.spans import HALF_MS
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.domain.vocabulary import Hand

_MOST_MARKERS = 8
"""So many markers of a kind of remark have a line each; further ones have one together."""
_NOTHING = frozenset({"", "-", "--", "_", ".", "?", "nan", "none", "null", "na", "n/a", "nothing", "empty", "no label"})
"""What programs and people write where there is no marker, in lower case."""


def marker_remarks(rows: Sequence[MarkedRow], hand: Hand) -> list[Remark]:
    """Return what is to say about the markers of a hand and about those of no side."""
    last = rows[-1]
    remarks = [*_about_markers([row for row in rows if row.marker.side == hand], last)]
    sideless = [row for row in rows if row.marker.side is None and not _is_nothing(row)]
    lost = [row for row in sideless if row.marker.is_start or (row.marker.is_stop and row is not last)]
    if lost:
        closes = ", but as the last row closes the label before" if lost[-1] is last else ""
        text = f"{_lines(lost)}: {lost[0].text!r} names no side (l_ or r_) and is passed over{closes}"
        remarks.append(Remark("doubtful", "no-side", text))
    others = [row.text for row in sideless if not row.marker.is_event]
    if others:
        text = f"{len(others)} marker{'s' * (len(others) > 1)} without side and label passed over"
        remarks.append(Remark("fine", "other-markers", f"{text} ({listed(dict.fromkeys(others))})"))
    return [*remarks, *_about_nothing(rows, hand)]


def repeat_remarks(rows: Sequence[MarkedRow], hand: Hand) -> list[Remark]:
    """Return what is to say about markers of a label that runs already or has just stopped.

    Neighbours of one label are one label, so that there are fewer labels than markers.

    Args:
        rows: of the file, without those that close it by repeating a label.
        hand: whose markers are looked at.
    """
    repeated: list[MarkedRow] = []
    joined: list[MarkedRow] = []
    before: MarkedRow | None = None
    stop: MarkedRow | None = None
    own = [row for row in rows if row.marker.side == hand and row.marker.is_event]
    for row, following in zip_longest(own, own[1:]):
        if row.marker.is_stop:
            if before and not stop and row.marker.label in (None, before.marker.label):
                stop = row
            continue
        has_length = following is None or following.time_s > row.time_s
        if before and before.marker.label == row.marker.label and before.time_s < row.time_s and has_length:
            if stop is None:
                (repeated if _say_the_same(before, row) else joined).append(row)
            elif row.time_s - stop.time_s <= HALF_MS:
                joined.append(row)
        before, stop = row, None
    remarks = []
    if joined:
        what = f"{joined[0].text!r} follows its own label without a gap: the two count as one"
        text = f"{_lines(joined)}: {what}; if it is a stop, write {hand[0]}_stop"
        remarks.append(Remark("doubtful", "joined", text))
    if repeated:
        text = f"{_lines(repeated)}: {repeated[0].text!r} repeats the label that runs: it goes on, and counts as one"
        remarks.append(Remark("fine", "repeated", text))
    return remarks


def are_numbered_apart(one: MarkedRow, other: MarkedRow) -> bool:
    """Return whether two markers have numbers, and other ones: ``r_reach_1`` and ``r_reach_2``."""
    numbers = [re.findall(r"\d+", row.text) for row in (one, other)]
    return all(numbers) and numbers[0] != numbers[1]


def _say_the_same(one: MarkedRow, other: MarkedRow) -> bool:
    """Return whether two markers of a label differ in nothing that may be a stop or another movement."""
    plain = one.marker.is_plain and other.marker.is_plain
    return plain or "".join(one.text.lower().split()) == "".join(other.text.lower().split())


def _about_markers(own: Sequence[MarkedRow], last: MarkedRow) -> Iterator[Remark]:
    """Yield a remark for each marker that is not clear, and one for those of a kind beyond the first few."""
    by_text: dict[str, list[MarkedRow]] = defaultdict(list)
    for row in own:
        if row.marker.doubt or not row.marker.is_event:
            by_text[row.text].append(row)
    by_kind: dict[str, list[tuple[Remark, list[MarkedRow]]]] = defaultdict(list)
    for rows in by_text.values():
        if remark := _about(rows, last):
            by_kind[remark.kind].append((remark, rows))
    for found in by_kind.values():
        yield from (remark for remark, _ in found[:_MOST_MARKERS])
        if more := found[_MOST_MARKERS:]:
            first = found[0][0]
            texts = listed((f"{rows[0].text!r} on line {rows[0].line}" for _, rows in more), most=_MOST_MARKERS)
            yield Remark(first.grade, first.kind, f"{len(more):,} further markers like these: {texts}")


def _about(rows: Sequence[MarkedRow], last: MarkedRow) -> Remark | None:
    marker, where = rows[0].marker, f"{_lines(rows)}, MarkerNames: {rows[0].text!r}"
    if marker.doubt:
        return Remark("doubtful", "marker-read", f"{where} {marker.doubt}")
    if len(marker.near) > 1:
        return Remark("wrong", "marker-ambiguous", f"{where} may be {' or '.join(map(repr, marker.near))}; correct it")
    if not marker.hint:
        return None
    goes_on = "as the last row it closes the label before" if rows == [last] else "the label before goes on"
    return Remark("doubtful", "marker-unknown", f"{where} is not understood and passed over, {goes_on}{marker.hint}")


def _about_nothing(rows: Sequence[MarkedRow], hand: Hand) -> Iterator[Remark]:
    """Yield what is to say about rows without a marker before the last: doubtful where a label goes on over them."""
    others = {round(row.time_s, 3) for row in rows if row.marker.side == hand and row.marker.is_event}
    others.add(round(rows[-1].time_s, 3))
    within: list[tuple[MarkedRow, str]] = []
    without_effect = 0
    running = ""
    for row in rows[:-1]:
        if row.marker.side == hand and row.marker.is_event:
            running = "" if row.marker.is_stop else row.marker.label or ""
        elif row.marker.side is None and _is_nothing(row):
            if running and round(row.time_s, 3) not in others:
                within.append((row, running))
            else:
                without_effect += 1
    if within:
        where = _lines([row for row, _ in within])
        text = f"{where}: no marker, so {within[0][1]!r} goes on; write {hand[0]}_stop where a label ends"
        yield Remark("doubtful", "blank-markers", text)
    if without_effect:
        text = f"{without_effect} row{'s' * (without_effect > 1)} without a marker before the last passed over"
        yield Remark("fine", "blank-markers", text)


def _is_nothing(row: MarkedRow) -> bool:
    return row.text.lower() in _NOTHING


def _lines(rows: Sequence[MarkedRow]) -> str:
    return f"line{'s' * (len(rows) > 1)} {listed((row.line for row in rows), most=3)}"
