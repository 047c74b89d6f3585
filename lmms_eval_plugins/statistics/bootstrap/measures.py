"""What is measured on drawn patients: sums by patient, from which a value of any draw is a matrix product away."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


class ByPatient(Protocol):
    """What has a value for whatever patients are drawn."""

    def of(self, draws: Floats) -> Floats:
        """Return the value of each draw of patients, (draws, n_patients), NaN where it is not defined; (draws,)."""
        ...


def value_of_all(measure: ByPatient, n_patients: int) -> float | None:
    """Return the value of all patients, each once; None where it is not defined."""
    value = float(measure.of(np.ones((1, n_patients)))[0])
    return None if np.isnan(value) else value


@dataclass(frozen=True, slots=True)
class AreaByPatient:
    """The area under the ROC curve, from the pairs that each two patients make; pairs across patients count.

    Attributes:
        won: the weight of the pairs of a true case of the first patient and a false one of the second in which the
            former has the higher number, half of those in which both have the same; (n_patients, n_patients).
        yes: the weight of each patient's true cases; (n_patients,).
        no: that of the false ones; (n_patients,).
    """

    won: Floats
    yes: Floats
    no: Floats

    @classmethod
    def made(
        cls, numbers: ArrayLike, true: ArrayLike, places: NDArray[np.intp], n: int, weights: ArrayLike | None = None
    ) -> AreaByPatient:
        """Sum up cases.

        Args:
            numbers: what ranks the cases, as probabilities of yes; (cases,).
            true: whether yes is true; (cases,).
            places: the patient of each case, 0 upwards; (cases,).
            n: number of patients.
            weights: the weight of each case; None weighs all alike.
        """
        p, yes = np.asarray(numbers, dtype=float), np.asarray(true, dtype=bool)
        weighed = np.ones(len(p)) if weights is None else np.asarray(weights, dtype=float)
        n_yes, n_no = (np.bincount(places[of], weighed[of], n).astype(float) for of in (yes, ~yes))
        return cls(won_pairs(p, yes, places, n, weighed), n_yes, n_no)

    def of(self, draws: Floats) -> Floats:
        """Return the area of each draw; NaN where one of both classes is empty."""
        won = ((draws @ self.won) * draws).sum(axis=1)
        pairs = (draws @ self.yes) * (draws @ self.no)
        return _ratio(won, pairs)


def won_pairs(
    numbers: Floats, true: NDArray[np.bool_], places: NDArray[np.intp], n: int, weights: Floats | None = None
) -> Floats:
    """Return `AreaByPatient.won`; ``weights`` of None weigh all cases alike."""
    weighed = np.ones(len(numbers)) if weights is None else weights
    won = np.zeros((n, n))
    for place in range(n):
        own = ~true & (places == place)
        order = np.argsort(numbers[own], kind="stable")
        no, below = numbers[own][order], np.concatenate(([0.0], np.cumsum(weighed[own][order])))
        beaten = (
            below[np.searchsorted(no, numbers[true], "left")] + below[np.searchsorted(no, numbers[true], "right")]
        ) / 2
        won[:, place] = np.bincount(places[true], beaten * weighed[true], n)
    return won


@dataclass(frozen=True, slots=True)
class SharesByPatient:
    """The mean over classes of the share of each class: of one class a share, or a mean; of several balanced accuracy.

    Attributes:
        parts: the sum of each patient's parts in each class; (n_patients, n_classes).
        wholes: that of the wholes, as numbers of windows; (n_patients, n_classes).
    """

    parts: Floats
    wholes: Floats

    @classmethod
    def made(
        cls,
        parts: ArrayLike,
        places: NDArray[np.intp],
        n: int,
        classes: Sequence[Hashable] | None = None,
        weights: ArrayLike | None = None,
    ) -> SharesByPatient:
        """Sum up cases.

        Args:
            parts: what of each case counts, as 1 where it is right; (cases,).
            places: the patient of each case, 0 upwards; (cases,).
            n: number of patients.
            classes: the class of each case; None puts all into one.
            weights: the weight of each case; None weighs all alike.
        """
        values = np.asarray(parts, dtype=float)
        weighed = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=float)
        of_class = classes or [None] * len(values)
        number = {name: place for place, name in enumerate(dict.fromkeys(of_class))}
        columns = np.array([number[name] for name in of_class], dtype=int)
        shape = (n, max(len(number), 1))
        sums, wholes = np.zeros(shape), np.zeros(shape)
        np.add.at(sums, (places, columns), values * weighed)
        np.add.at(wholes, (places, columns), weighed)
        return cls(sums, wholes)

    def of(self, draws: Floats) -> Floats:
        """Return the mean over the classes that are there in each draw; NaN where none is."""
        shares = _ratio(draws @ self.parts, draws @ self.wholes)
        known = ~np.isnan(shares)
        return _ratio(np.where(known, shares, 0.0).sum(axis=1), known.sum(axis=1).astype(float))


def _ratio(parts: Floats, wholes: Floats) -> Floats:
    """Return parts by wholes, NaN where the whole is 0."""
    ratio: Floats = np.divide(parts, wholes, out=np.full_like(parts, np.nan), where=wholes != 0)
    return ratio
