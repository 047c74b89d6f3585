"""The error that is expected of a case: what was wrong with like cases of other patients.

A weighted mean (Nadaraya, Theory Probab Appl 1964;9:141–142; Watson, Sankhyā A 1964;26:359–372), drawn towards the mean
of all cases where few are alike. How alike two cases are hangs on what is known without labels, so that a patient's
labels change nothing that is expected of his own cases. Its three constants are one rule for doses, activities and
items, chosen by hand on the study's logs, which flatters them there a little: of widths of .3 to 1.2, and one or three
cases, none is much better; another category had to weigh a tenth rather than more.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmms_eval_plugins.statistics.intervals import patient_places
from lmms_eval_plugins.statistics.selective import ExpectedErrors

WIDTH = 0.5
"""The standard deviation of the weight's fall with the difference of two numbers: of logarithms, a factor of 1.6."""

OTHER_CATEGORY = 0.1
"""A case that differs in a category weighs so much of one that does not."""

CASES_OF_ALL = 1.0
"""The mean of all cases weighs as much as so many that are fully alike."""


def expected_by_alike(
    numbers: ArrayLike, categories: Sequence[Sequence[Hashable]], errors: ArrayLike, patients: Sequence[Hashable]
) -> ExpectedErrors:
    """Return the errors that are expected of cases, from those of other patients.

    Args:
        numbers: what is known of each case on scales where .5 is near (see `WIDTH`), as logarithms; (n, any number).
        categories: what is known of each case by name: one sequence of n for each of them.
        errors: the errors; (n,).
        patients: the patient of each case.

    Raises:
        ValueError: there is one patient only, so that there is nobody to learn from.

    >>> found = expected_by_alike([[0.0], [0.0], [9.0]], [], [1.0, 0.0, 0.0], ["S1", "S2", "S3"])
    >>> found.own.round(2).tolist()
    [0.0, 0.75, 0.5]
    """
    known, right = np.asarray(numbers, dtype=float), np.asarray(errors, dtype=float)
    places = np.array(patient_places(patients), dtype=int)
    m = 1 + int(places.max(initial=-1))
    if m < 2:
        raise ValueError("nobody else to learn from")
    codes = [np.array(patient_places(of_kind), dtype=int) for of_kind in categories]
    parts, wholes = np.zeros((len(right), m)), np.zeros((len(right), m))
    for patient in range(m):
        weights = _weights(known, codes, places == patient)
        parts[:, patient] = weights @ right[places == patient]
        wholes[:, patient] = weights.sum(axis=1)
    sums, sizes = np.bincount(places, right, m), np.bincount(places, minlength=m).astype(float)
    others = 1.0 - np.eye(m)  # products with its zeros leave no trace of the patients that are left out
    n = (others * sizes) @ others
    means = np.divide((others * sums) @ others, n, out=np.full((m, m), np.nan), where=n > 0)[places]
    of_others = others[places]
    expected = ((parts * of_others) @ others + CASES_OF_ALL * means) / ((wholes * of_others) @ others + CASES_OF_ALL)
    return ExpectedErrors(expected[np.arange(len(right)), places], expected.T)


def _weights(
    numbers: NDArray[np.float64], codes: Sequence[NDArray[np.int64]], of_patient: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return how alike every case is to those of a patient, 0 to 1; (n, cases of the patient)."""
    distances = ((numbers[:, None, :] - numbers[None, of_patient, :]) / WIDTH) ** 2
    differing = sum((code[:, None] != code[None, of_patient] for code in codes), np.zeros(distances.shape[:2]))
    weights: NDArray[np.float64] = np.exp(-distances.sum(axis=2) / 2) * OTHER_CATEGORY**differing
    return weights
