"""Whether a measure falls over groups that are in order, such as from healthy to severe: known-groups validity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmms_eval_plugins.statistics.intervals import Interval, jackknife_interval
from lmms_eval_plugins.statistics.paired import PERMUTATIONS
from lmms_eval_plugins.statistics.rounding import ROUNDING

_SEED = 20260706
"""The same data have the same p."""


def ordered_concordance(values: ArrayLike, groups: Sequence[int]) -> Interval:
    """Return the share of pairs from two groups in which the earlier group has the larger value, ties a half.

    It is the statistic of Jonckheere (Biometrika 1954;41:133–145) and Terpstra (Indag Math 1952;14:327–333) over its
    greatest value: 1 where every value of a group is above all of the groups behind it, .5 where groups say nothing, 0
    where the order is the other way round. Of two groups it is the probability of superiority, the area under the ROC
    curve. The interval is by jackknife over patients, see `jackknife_interval`.

    Args:
        values: one per patient.
        groups: the place of each patient's group in the order in which values are expected to fall, 0 first.

    Returns:
        The value is None where there is one group only. There is no interval where it is the same without any patient,
        as where the order is perfect, and where there is one group only without one of them.

    Raises:
        ValueError: the lengths differ.

    >>> ordered_concordance([9, 8, 5, 6, 2], [0, 0, 1, 1, 2]).value
    1.0
    """
    numbers, places = _checked(values, groups)
    return jackknife_interval(lambda kept: _share(numbers[kept], places[kept]), range(len(numbers)), 0.0, 1.0)


def trend_p(values: ArrayLike, groups: Sequence[int]) -> float | None:
    """Return the two-sided p of the Jonckheere–Terpstra test by permutation of who is in which group.

    The share of ways to deal the patients out to groups of these sizes whose concordance (see `ordered_concordance`) is
    at least as far from ½. Every way is tried where there are no more than 20,000, so that p is exact; otherwise 20,000
    are drawn.

    Returns:
        None where there is one group only.

    Raises:
        ValueError: the lengths differ.

    >>> trend_p([9, 8, 7, 3, 2, 1], [0, 0, 0, 1, 1, 1])
    0.1
    """
    numbers, places = _checked(values, groups)
    observed = _share(numbers, places)
    if observed is None:
        return None
    dealt = np.array(list(_every_deal(places)) if _n_deals(places) <= PERMUTATIONS else _drawn(places))
    greater = _greater(numbers)
    shares = _shares(greater, dealt)
    return float(np.mean(np.abs(shares - 0.5) >= abs(observed - 0.5) - ROUNDING))


def _share(numbers: NDArray[np.float64], places: NDArray[np.int64]) -> float | None:
    if len(set(places.tolist())) < 2:
        return None
    greater = _greater(numbers)
    return float(_shares(greater, places[None, :])[0])


def _greater(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return whether a row's number is greater than a column's, ½ where they are equal up to rounding."""
    apart = np.subtract.outer(numbers, numbers)
    tied = np.abs(apart) <= ROUNDING * np.abs(numbers).max()
    greater: NDArray[np.float64] = np.where(tied, 0.5, apart > 0)
    return greater


def _shares(greater: NDArray[np.float64], dealt: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the concordance of each way to deal patients out; (ways,)."""
    won = np.zeros(len(dealt))
    pairs = np.zeros(len(dealt))
    for group in np.unique(dealt)[:-1]:
        own, behind = (dealt == group).astype(float), (dealt > group).astype(float)
        won += ((own @ greater) * behind).sum(axis=1)
        pairs += own.sum(axis=1) * behind.sum(axis=1)
    return won / pairs


def _n_deals(places: NDArray[np.int64]) -> int:
    left, ways = len(places), 1
    for size in np.bincount(places):
        ways *= comb(left, int(size))
        left -= int(size)
    return ways


def _every_deal(places: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    groups, sizes = np.unique(places, return_counts=True)

    def deal(free: tuple[int, ...], at: int, given: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
        if at == len(groups) - 1:
            yield np.where(np.isin(np.arange(len(places)), free), groups[at], given)
            return
        for chosen in combinations(free, int(sizes[at])):
            own = given.copy()
            own[list(chosen)] = groups[at]
            yield from deal(tuple(one for one in free if one not in chosen), at + 1, own)

    yield from deal(tuple(range(len(places))), 0, np.full(len(places), -1))


def _drawn(places: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Draw ways to deal patients out, the observed one among them."""
    rng = np.random.default_rng(_SEED)
    return [places, *(rng.permutation(places) for _ in range(PERMUTATIONS))]


def _checked(values: ArrayLike, groups: Sequence[int]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    numbers, places = np.asarray(values, dtype=float), np.asarray(groups, dtype=np.int64)
    if numbers.shape != places.shape or numbers.ndim != 1:
        raise ValueError(f"{numbers.shape} values in {places.shape} groups; give one of each per patient")
    return numbers, places
