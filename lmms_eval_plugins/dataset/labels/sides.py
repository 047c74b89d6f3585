"""The labelled hand of a label file: which side its markers, the manifest and the video's name speak for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.dataset.labels.markers import Marker
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.domain.vocabulary import Hand

AnyHand = Hand | Literal[""]

_HANDS: tuple[Hand, Hand] = ("left", "right")

_REAL_SHARE = 0.2
"""Share of the labelled hand's starts from which on the other hand counts as labelled too."""


@dataclass(frozen=True, slots=True)
class MarkedRow:
    """A row of a label file: its line, its time in seconds and what its marker says (``text`` as it is written)."""

    line: int
    time_s: float
    text: str
    marker: Marker


@dataclass(frozen=True, slots=True)
class HandChoice:
    """The labelled hand, the rows with markers that name no side read as its own, and remarks; no hand where wrong."""

    hand: Hand | None
    rows: Sequence[MarkedRow]
    remarks: tuple[Remark, ...]


def choose_hand(rows: Sequence[MarkedRow], known: AnyHand, named: AnyHand) -> HandChoice:
    """Choose the labelled hand: the known one where it has markers, else the side with more, else the named one.

    Args:
        rows: of the label file.
        known: the hand by the manifest; empty where it does not say.
        named: the hand by the video's name; empty where it names none.
    """
    counts = {hand: sum(_counts(row.marker) and row.marker.side == hand for row in rows) for hand in _HANDS}
    if not any(counts.values()):
        return _without_sides(rows, known or named, "the manifest" if known else "the video's name")
    labelled = [hand for hand in _HANDS if any(row.marker.side == hand and row.marker.is_start for row in rows)]
    more: AnyHand = ""
    if counts["left"] != counts["right"]:
        more = "left" if counts["left"] > counts["right"] else "right"
    if known and (known in labelled or not labelled):
        hand: AnyHand = known
    elif len(labelled) == 1 and not more:
        hand = labelled[0]
    else:
        hand = more or named
    if not hand:
        text = (
            f"MarkerNames: as many markers of the left as of the right hand ({counts['left']}), so the labelled hand"
            " is unknown; write it in the manifest's column `hand`"
        )
        return HandChoice(None, rows, (Remark("wrong", "hand-unknown", text),))
    remarks = [*_disagreements(hand, more, known, named, counts), *_both(rows, hand, bool(known or named))]
    return HandChoice(hand, rows, tuple(remarks))


def _counts(marker: Marker) -> bool:
    return marker.has_mark or marker.is_event


def _without_sides(rows: Sequence[MarkedRow], hand: AnyHand, source: str) -> HandChoice:
    if not hand:
        text = (
            "MarkerNames: no marker names a side (l_… or r_…), so the labelled hand is unknown; write l_ or r_ before"
            " the markers, or left or right in the manifest's column `hand`"
        )
        return HandChoice(None, rows, (Remark("wrong", "no-side", text),))
    if not any(row.marker.is_start for row in rows):
        return HandChoice(hand, rows, ())
    owned = [
        replace(row, marker=replace(row.marker, side=hand)) if row.marker.is_event or row.marker.near else row
        for row in rows
    ]
    text = f"no marker names a side (l_… or r_…): they are read as the {hand} hand's, which {source} names"
    return HandChoice(hand, owned, (Remark("doubtful", "no-side", text),))


def _disagreements(hand: Hand, more: AnyHand, known: AnyHand, named: AnyHand, counts: dict[Hand, int]) -> list[Remark]:
    numbers = f"{counts['right']} markers of the right hand, {counts['left']} of the left"
    found = []
    if known and hand != known:
        found.append(f"the manifest says the {known} hand, of which no label is here: the {hand} hand is read")
    elif known and more and more != known:
        found.append(f"{numbers}: the {hand} hand is read, as the manifest says")
    if named and hand != named:
        found.append(f"the video's name says {named}, the labels are read as the {hand} hand's ({numbers})")
    elif named and not known and not more:
        found.append(f"{numbers}: the {hand} hand is read, as the video's name says")
    return [Remark("doubtful", "hand-disagrees", text) for text in found]


def _both(rows: Sequence[MarkedRow], hand: Hand, is_written: bool) -> list[Remark]:
    starts = {side: sum(row.marker.side == side and row.marker.is_start for row in rows) for side in _HANDS}
    other = starts["left" if hand == "right" else "right"]
    if other < max(2, _REAL_SHARE * starts[hand]):
        return []
    close = not is_written and other >= starts[hand] / 2
    text = f"both hands are labelled: the {hand} hand is read ({starts[hand]} labels), the other has {other}"
    return [Remark("doubtful" if close else "fine", "both-hands", text)]


def marker_remarks(rows: Sequence[MarkedRow], hand: Hand) -> list[Remark]:
    """Return what is to say about the markers of a hand and about those of no side."""
    own = [row for row in rows if row.marker.side == hand]
    remarks = [_about(row) for row in own if not row.marker.is_event or row.marker.doubt]
    sideless = [row for row in rows if row.marker.side is None and row.text]
    lost = [row for row in sideless if row.marker.is_start or (row.marker.is_stop and row is not rows[-1])]
    if lost:
        lines = listed(row.line for row in lost)
        text = f"line{'s' * (len(lost) > 1)} {lines}: {lost[0].text!r} names no side (l_ or r_) and is passed over"
        remarks.append(Remark("doubtful", "no-side", text))
    others = [row.text for row in sideless if not row.marker.is_event]
    if others:
        text = f"{len(others)} marker{'s' * (len(others) > 1)} without side and label passed over"
        remarks.append(Remark("fine", "other-markers", f"{text} ({listed(dict.fromkeys(others))})"))
    if blank := sum(not row.text for row in rows[:-1]):
        text = f"{blank} row{'s' * (blank > 1)} without a marker before the last passed over"
        remarks.append(Remark("fine", "blank-markers", text))
    return [remark for remark in remarks if remark.text]


def _about(row: MarkedRow) -> Remark:
    where, marker = f"line {row.line}, MarkerNames: {row.text!r}", row.marker
    if marker.doubt:
        return Remark("doubtful", "marker-read", f"{where} {marker.doubt}")
    if len(marker.near) > 1:
        return Remark("wrong", "marker-ambiguous", f"{where} may be {' or '.join(map(repr, marker.near))}; correct it")
    if not marker.hint:
        return Remark("fine", "other-markers", "")
    return Remark(
        "doubtful",
        "marker-unknown",
        f"{where} is not understood and passed over, the label before goes on{marker.hint}",
    )
