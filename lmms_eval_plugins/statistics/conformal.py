"""Intervals from the errors made about other patients (conformal prediction), where patients are exchangeable.

Videos of one patient are alike, so that what is exchangeable is patients, not videos. With n other patients no level
above ``n / (n + 1)`` can be promised, whatever is computed: with the rest of the probability the next patient differs
more than all of them (Vovk, Gammerman & Shafer, Algorithmic Learning in a Random World, 2005, ch. 4; Lei et al., J Am
Stat Assoc 2018;113:1094–1111). For a new video of a new patient the errors of all patients' videos are pooled, each
patient with the same weight; that covers as wanted in the long run of patients, and what it covers with few of them is
measured, not promised (Dunn, Wasserman & Ramdas, J Am Stat Assoc 2023;118:2491–2502, sec. 3.1; online 2022). The errors
must be of predictions that have not seen the patient (jackknife: Barber et al., Ann Stat 2021;49:486–507).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmms_eval_plugins.statistics.intervals import patient_places


def highest_level(n_patients: int) -> float:
    """Return the highest level, 0 to 1, that an interval can promise from the errors about so many patients.

    >>> highest_level(9)
    0.9
    """
    return n_patients / (n_patients + 1)


def pooled_ends(errors: ArrayLike, patients: Sequence[Hashable], level: float) -> tuple[float, float]:
    """Return the ends between which the error about a video of another patient lies, equally often beyond either.

    Each end is the least error that a share of ``(1 ± level) / 2`` of the errors does not exceed, where one more error
    of unknown size stands at the far end (the finite-sample correction of split conformal prediction); beyond the
    outermost error the ends do not go.

    Args:
        errors: signed errors, one per video; at least one.
        patients: the patient of each.
        level: 0 to 1.

    Raises:
        ValueError: there are no errors, one is not finite, or the lengths differ.

    >>> pooled_ends([-2, -1, 0, 1, 2, 3, 4, 5, 6], list("abcdefghi"), 0.8)
    (-2.0, 6.0)
    """
    values, weights = _weighted(errors, patients)
    tail = (1 - level) / 2
    return -_upper(-values, weights, tail), _upper(values, weights, tail)


def _weighted(errors: ArrayLike, patients: Sequence[Hashable]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the errors with weights that sum to their number and are the same in sum for each patient."""
    values = np.asarray(errors, dtype=float)
    if values.shape != (len(patients),) or not len(values):
        raise ValueError(
            f"{values.shape} errors about {len(patients)} patients; give one of each per video, at least one"
        )
    if not np.isfinite(values).all():
        raise ValueError("an error is not a number; leave out what is not known")
    places = np.array(patient_places(patients))
    own = np.bincount(places)
    return values, len(values) / (len(own) * own[places])


_ROUNDING = 1e-9


def _upper(values: NDArray[np.float64], weights: NDArray[np.float64], tail: float) -> float:
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    wanted = (1 - tail) * (len(values) + 1)
    place = int(np.searchsorted(reached, wanted - _ROUNDING))
    return float(values[order[min(place, len(values) - 1)]])


def farthest(scores: Sequence[float], level: float) -> float:
    """Return the size that the error about another patient does not exceed, from one error for each patient.

    It is the ``⌈(n + 1) · level⌉``-th smallest size: at least that share of patients lies within it (split conformal
    prediction, Lei et al. 2018, theorem 2.2). Above `highest_level` it is the largest, which promises that level only.

    Args:
        scores: the errors, one per patient, of any sign; at least one.
        level: 0 to 1.

    Raises:
        ValueError: there is none.

    >>> farthest([0.1, -0.4, 0.2, 0.3], 0.5)
    0.3
    """
    if not scores:
        raise ValueError("no errors about other patients")
    sizes = sorted(map(abs, scores))
    place = math.ceil((len(sizes) + 1) * level - _ROUNDING)
    return sizes[min(max(place, 1), len(sizes)) - 1]


def interval_scores(
    low: NDArray[np.float64], high: NDArray[np.float64], true: NDArray[np.float64], level: float
) -> NDArray[np.float64]:
    """Return how bad intervals are: their widths, and ``2 / (1 − level)`` times how far the true values lie outside.

    The lower, the better; what is narrow because it covers too little is not rewarded (Winkler, J Am Stat Assoc
    1972;67:187–191; Gneiting & Raftery, J Am Stat Assoc 2007;102:359–378, sec. 6.2).

    Args:
        low: lower ends.
        high: upper ends.
        true: true values.
        level: 0 to 1, below 1.

    >>> interval_scores(np.array([2.0, 2.0]), np.array([4.0, 4.0]), np.array([3.0, 5.0]), 0.5)
    array([2., 6.])
    """
    outside = np.maximum(low - true, 0) + np.maximum(true - high, 0)
    scores: NDArray[np.float64] = high - low + 2 / (1 - level) * outside
    return scores
