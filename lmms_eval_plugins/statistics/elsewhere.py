"""What the other patients have: blind controls of one patient, fitted without him or her.

A value of None is not known: it teaches nothing, and what is fitted for its patient is given all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from statistics import median_low
from typing import TypeVar

ValueT = TypeVar("ValueT")
FittedT = TypeVar("FittedT")


def fitted_elsewhere(
    values: Sequence[ValueT | None], patients: Sequence[Hashable], fit: Callable[[list[ValueT]], FittedT]
) -> list[FittedT | None]:
    """Return for each value what is fitted on the values of all other patients; None where they have none.

    Args:
        values: what can be fitted on.
        patients: the patient of each.
        fit: at least one value → what is fitted; called once for each patient.

    Raises:
        ValueError: the lengths differ.
    """
    pairs = list(zip(values, patients, strict=True))
    fitted: dict[Hashable, FittedT | None] = {}
    for patient in dict.fromkeys(patients):
        others = [value for value, whose in pairs if whose != patient and value is not None]
        fitted[patient] = fit(others) if others else None
    return [fitted[patient] for patient in patients]


def most_frequent_elsewhere(
    values: Sequence[str | None], patients: Sequence[Hashable], order: Sequence[str] = ()
) -> list[str | None]:
    """Return for each value the most frequent one of all other patients; None where they have none.

    Args:
        values: the values.
        patients: the patient of each.
        order: of equally frequent values the first in here is taken, and of those that are not in here the first in
            the alphabet.

    >>> most_frequent_elsewhere(["left", "left", "right", "right"], ["S1", "S1", "S2", "S3"])
    ['right', 'right', 'left', 'left']
    """
    return fitted_elsewhere(values, patients, lambda others: most_frequent(others, order))


def most_frequent(values: Sequence[str], order: Sequence[str] = ()) -> str:
    """Return the most frequent of at least one value; of several the first, see `most_frequent_elsewhere`."""
    counts = Counter(values)
    places = {value: place for place, value in enumerate(order)}
    return min(counts, key=lambda value: (-counts[value], places.get(value, len(places)), value))


def usual_answer(answers: Sequence[str], *, of_numbers: bool) -> str:
    """Return the most frequent of at least one answer, of several the first by letters; of numbers the lower median.

    >>> usual_answer(["10", "9", "100"], of_numbers=True), usual_answer(["right", "left"], of_numbers=False)
    ('10', 'left')
    """
    return str(median_low(map(int, answers))) if of_numbers else most_frequent(answers)


def median_elsewhere(values: Sequence[int | None], patients: Sequence[Hashable]) -> list[int | None]:
    """Return for each value the median of those of all other patients; of two middle ones the lower.

    >>> median_elsewhere([0, 2, 3, 9], ["S1", "S2", "S3", "S4"])
    [3, 3, 2, 2]
    """
    return fitted_elsewhere(values, patients, median_low)
