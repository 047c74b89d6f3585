"""The labelled hand of a label file: which side its markers, the manifest and the video's name speak for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

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
            " is unknown; write it in the manifest's column `hand`, and this file in `labels`"
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
            " the markers, or left or right in the manifest's column `hand`, and this file in `labels`"
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
    n_right = counts["right"]
    numbers = f"{n_right} marker{'s' * (n_right != 1)} of the right hand, {counts['left']} of the left"
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
    n = f"{starts[hand]} label{'s' * (starts[hand] != 1)}"
    text = f"both hands are labelled: the {hand} hand is read ({n}), the other has {other}"
    return [Remark("doubtful" if close else "fine", "both-hands", text)]
