"""Labels, schemes and timelines of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.vocabulary import Hand

SCHEMA = 1
"""Version of these types; the page refuses data of another one by a message."""

SourceKind = Literal["truth", "rater", "rule", "decoded"]


def in_thousandths(value: float) -> int:
    """Return seconds as whole milliseconds, a probability as whole thousandths."""
    return round(1000 * value)


@dataclass(frozen=True, slots=True)
class PageLabel:
    """A label of a scheme: its name, its colour ``#rrggbb``, and whether the hand moves and holds an object in it."""

    name: str
    colour: str
    motion: bool
    grasp: bool


@dataclass(frozen=True, slots=True)
class PageScheme:
    """The labels that a run's timelines, or a dataset's, may hold."""

    name: str
    labels: tuple[PageLabel, ...]

    @classmethod
    def of(cls, scheme: Scheme) -> PageScheme:
        """Return a scheme for the page."""
        labels = (PageLabel(name, label.colour, label.motion, label.grasp) for name, label in scheme.labels.items())
        return cls(scheme.name, tuple(labels))


@dataclass(frozen=True, slots=True)
class PageTimeline:
    """A timeline of a video, in columns.

    Attributes:
        kind: where it is from.
        name: what a reader calls it: truth, the rater's name, the run's, the decoder's.
        run: the run that it is of; None for truth and raters.
        scheme: place of its scheme.
        hand: whose; None where it is not known.
        starts, ends: of the segments, milliseconds.
        labels: places in the scheme's labels.
    """

    kind: SourceKind
    name: str
    run: int | None
    scheme: int
    hand: Hand | None
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    labels: tuple[int, ...]
