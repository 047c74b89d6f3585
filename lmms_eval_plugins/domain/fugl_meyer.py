"""The Fugl-Meyer assessment of the arm as data: items 3 to 33, in their sections.

Items and sections are those of the manual: Fugl-Meyer AR, Jääskö L, Leyman I, Olsson S, Steglind S, "The post-stroke
hemiplegic patient: a method for evaluation of physical performance", Scand J Rehabil Med 1975;7:13–31, as laid out in
the University of Gothenburg's protocol FMA-UE (https://www.gu.se/en/neuroscience-physiology/fugl-meyer-assessment).
Every item is scored 0 (cannot), 1 (partly) or 2 (fully). Items 1 and 2, the reflexes, cannot be seen in a video.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

SectionCode = Literal["FS", "ES", "MCS", "MOS", "Wrist", "Hand", "Coord"]
SECTION_CODES: tuple[SectionCode, ...] = get_args(SectionCode)

MAX_ITEM_SCORE = 2


@dataclass(frozen=True, slots=True)
class FmaSection:
    """A part of the assessment: its abbreviation, its name, and its items from ``first`` to ``last`` (inclusive)."""

    code: SectionCode
    name: str
    first: int
    last: int

    @property
    def items(self) -> range:
        """The numbers of its items."""
        return range(self.first, self.last + 1)


@dataclass(frozen=True, slots=True)
class FmaItem:
    """An item of the assessment.

    Attributes:
        number: 3 to 33, as numbered in the assessment of the arm.
        name: its name.
        section: abbreviation of its section.
        looks_at: what the examiner judges.
    """

    number: int
    name: str
    section: SectionCode
    looks_at: str


SECTIONS: tuple[FmaSection, ...] = (
    FmaSection("FS", "flexor synergy", 3, 8),
    FmaSection("ES", "extensor synergy", 9, 11),
    FmaSection("MCS", "movement combining synergies", 12, 14),
    FmaSection("MOS", "movement out of synergy", 15, 18),
    FmaSection("Wrist", "wrist", 19, 23),
    FmaSection("Hand", "hand", 24, 30),
    FmaSection("Coord", "coordination and speed", 31, 33),
)
"""The sections in the order of the assessment."""

_NAMED: tuple[tuple[str, str], ...] = (
    ("shoulder elevation", "how high the shoulder is lifted with the hand at the ear"),
    ("shoulder retraction", "how far the shoulder is drawn back with the hand at the ear"),
    ("shoulder abduction", "whether the upper arm comes up sideways to shoulder height"),
    ("shoulder external rotation", "how far the upper arm is turned outwards"),
    ("elbow flexion", "how far the elbow is bent"),
    ("forearm supination", "how far the palm is turned up"),
    ("shoulder adduction and internal rotation", "whether the arm crosses to the opposite knee"),
    ("elbow extension", "how far the elbow is straightened on the way to the opposite knee"),
    ("forearm pronation", "how far the palm is turned down at the opposite knee"),
    ("hand to lumbar spine", "how far the back of the hand gets behind the body"),
    ("shoulder flexion to 90°", "lifting the arm forwards to shoulder height, elbow straight"),
    ("pronation and supination, elbow bent", "turning the forearm with the elbow at 90° beside the body"),
    ("shoulder abduction to 90°", "lifting the arm sideways to shoulder height, elbow straight, palm down"),
    ("shoulder flexion to 180°", "lifting the arm forwards from shoulder height to overhead, elbow straight"),
    ("pronation and supination, elbow straight", "turning the forearm with the arm held out in front"),
    ("normal reflexes", "only where items 15 to 17 are full; from a video it is inferred from them"),
    ("wrist stability, elbow bent", "holding the wrist bent back against light resistance, elbow at 90°"),
    ("wrist movement, elbow bent", "bending the wrist back and down by turns, elbow at 90°"),
    ("wrist stability, elbow straight", "holding the wrist bent back against light resistance, elbow straight"),
    ("wrist movement, elbow straight", "bending the wrist back and down by turns, elbow straight"),
    ("wrist circumduction", "drawing a smooth and whole circle with the hand, elbow straight"),
    ("mass flexion", "closing all fingers to a fist"),
    ("mass extension", "opening all fingers from a fist"),
    ("hook grasp", "fingers hooked with straight knuckles, held against a pull"),
    ("thumb adduction", "a sheet of paper between thumb and index finger, held against a pull"),
    ("pincer grasp", "a pencil between the pads of thumb and index finger, held against a pull"),
    ("cylinder grasp", "a cylinder held by thumb and index finger against a pull"),
    ("spherical grasp", "a ball held by all fingers against a pull"),
    ("tremor", "shaking on the way from knee to nose"),
    ("dysmetria", "missing the nose or the knee"),
    ("speed", "how much longer than the other arm it takes to go from knee to nose five times"),
)


def _items() -> dict[int, FmaItem]:
    section_of = {number: section.code for section in SECTIONS for number in section.items}
    return {
        number: FmaItem(number, name, section_of[number], looks_at)
        for number, (name, looks_at) in enumerate(_NAMED, start=SECTIONS[0].first)
    }


ITEMS: Mapping[int, FmaItem] = MappingProxyType(_items())
"""Items 3 to 33 in order, by number."""
INFERRED_ITEM = 18
"""The item that has no question and follows from `INFERRED_FROM`."""

INFERRED_FROM: tuple[int, ...] = (15, 16, 17)


def infer_item_18(scores: Iterable[int | None]) -> int | None:
    """Infer item 18 from items 15 to 17: 2 if all are 2, 0 if one is less, None if an unknown one leaves it open."""
    known = list(scores)
    if any(score is not None and score < MAX_ITEM_SCORE for score in known):
        return 0
    return None if None in known else MAX_ITEM_SCORE
