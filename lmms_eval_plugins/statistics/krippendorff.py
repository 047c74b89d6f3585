"""Krippendorff's alpha of any number of raters who sort the same units into classes; a unit may lack raters.

Krippendorff, Content Analysis, 4th ed., Sage 2019, ch. 12; Hayes & Krippendorff, Commun Methods Meas 2007;1:77–89. The
difference of two labels is nominal: they are the same or not.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.statistics.intervals import Interval
from lmms_eval_plugins.statistics.reliability import Floats, tables_interval


def coincidences(ratings: NDArray[np.intp], n_labels: int) -> Floats:
    """Return how often two raters of a unit say two labels, a unit of m raters counting as m: (n_labels, n_labels).

    ``o_ck = Σ_u (pairs of raters of u who say c and k) / (m_u − 1)``; a unit with fewer than two raters has no pair.
    Matrices of several groups of units add up.

    Args:
        ratings: places of labels, 0 to ``n_labels − 1``, below 0 where a rater did not judge the unit: (raters, units).
        n_labels: how many labels there are.
    """
    said = np.stack([(ratings == label).sum(axis=0) for label in range(n_labels)], axis=1).astype(float)
    raters = said.sum(axis=1)
    said, raters = said[raters > 1], raters[raters > 1]
    weighted = said / (raters - 1)[:, None]
    pairs: Floats = weighted.T @ said - np.diag(weighted.sum(axis=0))
    return pairs


def nominal_alpha(pairs: Floats) -> float | None:
    """Return alpha, ``1 − D_o/D_e``, of a matrix of `coincidences`.

    ``D_o`` is the share of pairs that differ, ``D_e`` the one expected where all n values are paired by chance:
    ``α = ((n − 1) Σ o_cc − Σ n_c (n_c − 1)) / (n (n − 1) − Σ n_c (n_c − 1))``. 1 is full agreement, 0 is chance,
    below 0 is worse than chance.

    Returns:
        None without pairs, and where all of them say one label, so that nothing could have differed.

    >>> nominal_alpha(coincidences(np.array([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]), 2))
    0.0952...
    """
    of_labels = pairs.sum(axis=1)
    n = float(of_labels.sum())
    by_chance = float((of_labels * (of_labels - 1)).sum())
    whole = n * (n - 1)
    if n < 2 or len(np.flatnonzero(of_labels)) < 2:
        return None
    return ((n - 1) * float(np.trace(pairs)) - by_chance) / (whole - by_chance)


def alpha_interval(pairs: Sequence[Floats], patients: Sequence[Hashable]) -> Interval:
    """Return alpha of several videos with its 95 % interval by patients, see `tables_interval`.

    Args:
        pairs: the coincidences in each video.
        patients: the patient of each.
    """
    return tables_interval(nominal_alpha, pairs, patients)
