"""What the page shows of identification and Fugl-Meyer runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NamedActivities:
    """Per video of an identification run: its place, and truth and answer as places in ``classes``, −1 for none."""

    run: int
    classes: tuple[str, ...]
    videos: tuple[int, ...]
    truths: tuple[int, ...]
    answers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """An answer about a Fugl-Meyer item: the clip, the question, what was answered, and its probability if known."""

    video: int
    question: str
    answer: str | None
    probability: int | None


@dataclass(frozen=True, slots=True)
class PageItem:
    """A Fugl-Meyer item of a patient: the therapist's score, the run's, and what that was made of.

    Attributes:
        item: its number, 1 to 33.
        title: its name.
        true: the therapist's score; None where there is none.
        score: the run's; None where it has none.
        rule: in words how the answers make the score.
        clips: places of the videos that show it.
        answers: the answers that the score is made of.
    """

    patient: str
    item: int
    title: str
    true: int | None
    score: int | None
    rule: str
    clips: tuple[int, ...]
    answers: tuple[ItemAnswer, ...]


@dataclass(frozen=True, slots=True)
class PageTotal:
    """A patient's Fugl-Meyer total: the therapist's, the run's, and of how many items both are the sums."""

    patient: str
    cohort: str | None
    true: float
    score: float
    n_items: int
    most: int


@dataclass(frozen=True, slots=True)
class PageAssessment:
    """The items and totals of a Fugl-Meyer run."""

    run: int
    items: tuple[PageItem, ...]
    totals: tuple[PageTotal, ...]
