"""Which Fugl-Meyer items are filmed, from where, and how the demo's patients score on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lmms_eval_plugins.demo.scenes.subjects import generator
from lmms_eval_plugins.domain.vocabulary import COHORTS, Cohort

EXAM_FPS = 15
"""Frames per second of every assessment clip."""

View = Literal["F", "S"]
"""The camera: from the front, or from the side of the examined arm."""


@dataclass(frozen=True, slots=True)
class Exam:
    """A task of the assessment that one clip shows.

    ``name`` goes into file names, ``items`` are the Fugl-Meyer items that it is scored on, ``views`` where cameras
    stand, ``seconds`` how long a clip is (for the knee-to-nose task: of a quick arm; a slow one takes longer).
    """

    name: str
    items: tuple[int, ...]
    views: tuple[View, ...]
    seconds: float


EXAMS: tuple[Exam, ...] = (
    Exam("5", (5,), ("F", "S"), 2.6),
    Exam("10", (10,), ("F",), 2.6),
    Exam("13", (13,), ("S",), 2.4),
    Exam("15", (15,), ("F",), 2.4),
    Exam("16", (16,), ("S",), 2.8),
    Exam("20", (20,), ("F", "S"), 2.8),
    Exam("24_25", (24, 25), ("F",), 3.0),
    Exam("31_33", (31, 32, 33), ("F",), 6.0),
)
"""The tasks of the demo in the order of the assessment."""

ITEMS: tuple[int, ...] = tuple(item for exam in EXAMS for item in exam.items)
"""The items that are scored."""

_PAIRS: dict[Cohort, tuple[tuple[int, int], ...]] = {
    "healthy": ((2, 2),) * 14 + ((2, 1), (1, 2)),
    "mild": ((2, 2), (2, 1), (1, 2), (2, 1), (1, 2), (1, 1)),
    "moderate": ((1, 1), (1, 0), (0, 1), (1, 2), (2, 1), (1, 1)),
    "severe": ((0, 0), (0, 0), (0, 1), (1, 0)),
}
"""How an item may be scored in two patients of a cohort who follow each other; so eight patients show every level."""


def item_scores(seed: int, index: int) -> dict[int, int]:
    """The scores (0 to 2) of the affected arm of the ``index``-th person of a seed, by item.

    Eight people in a row (from a multiple of eight) have every level of every item between them, and no patient after a
    stroke scores the same on all items.
    """
    turn, place = divmod(index, len(COHORTS))
    pairs = _PAIRS[COHORTS[place]]
    rng = generator(seed, 2, turn // 2, place)
    while True:
        drawn = [pairs[int(rng.integers(len(pairs)))] for _ in ITEMS]
        columns = list(zip(*drawn, strict=True))
        if place == 0 or all(len(set(column)) > 1 for column in columns):
            return dict(zip(ITEMS, columns[turn % 2], strict=True))
