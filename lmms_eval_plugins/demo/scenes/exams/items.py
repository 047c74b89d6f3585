"""The Fugl-Meyer items that are filmed, their cameras, and the scores of the demo's patients."""

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

    ``name`` is part of file names, ``items`` are the Fugl-Meyer items that it is scored on, ``views`` the cameras,
    ``seconds`` the length of a clip (of a quick arm in the knee-to-nose task; a slow arm takes longer).
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
"""Possible scores of an item in two consecutive patients of a cohort; so eight patients show every level."""


def item_scores(seed: int, index: int) -> dict[int, int]:
    """Draw the scores (0 to 2) of the affected arm of the ``index``-th person of a seed, by item.

    Eight consecutive people (from a multiple of eight) show every level of every item, and no patient after a stroke
    scores the same on all items.
    """
    turn, place = divmod(index, len(COHORTS))
    pairs = _PAIRS[COHORTS[place]]
    rng = generator(seed, 2, turn // 2, place)
    while True:
        drawn = [pairs[int(rng.integers(len(pairs)))] for _ in ITEMS]
        columns = list(zip(*drawn, strict=True))
        if place == 0 or all(len(set(column)) > 1 for column in columns):
            return dict(zip(ITEMS, columns[turn % 2], strict=True))
