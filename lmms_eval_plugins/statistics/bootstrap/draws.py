"""Patients drawn with replacement, and 95 % intervals of what is measured on them.

Patients are drawn, and with each of them all of its windows (Davison & Hinkley, Bootstrap Methods and their
Application, 1997, sec. 3.8). Of few patients a percentile interval is too narrow; its levels are moved outwards as t
and the divisor n − 1 ask for: the expanded percentile interval (Hesterberg, Am Stat 2015;69:371–386).
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.statistics.intervals import Interval, t_quantile

Floats = NDArray[np.float64]

DRAWS = 4_000
"""Number of times that patients are drawn."""

FEWEST_DRAWN = 4
"""Below so many patients there is no interval: there are too few ways to draw them."""

ENOUGH_DRAWN = 6
"""Below so many patients an interval is rough: it reaches from one extreme patient to the other, and holds what it is
to hold at most in ``1 − 2 ** (1 − n_patients)`` of cases: 87.5 % of four patients, 93.75 % of five."""

_MOST_UNDEFINED = 0.05
"""The largest share of draws in which a value may be undefined, as where no window with a true yes was drawn."""

_SEED = 20260706
"""The same data have the same interval."""


@cache
def patient_draws(n_patients: int, seed: int = _SEED) -> Floats:
    """Return how often each patient is drawn, in each of the draws; (`DRAWS`, n_patients), rows sum to n_patients.

    Draws of equally many patients are the same, so that values on the same patients are drawn in pairs.
    """
    drawn = np.random.default_rng(seed).multinomial(n_patients, np.full(n_patients, 1 / n_patients), size=DRAWS)
    weights: Floats = drawn.astype(float)
    weights.setflags(write=False)
    return weights


def drawn_interval(value: float | None, drawn: Floats, n: int, n_patients: int) -> Interval:
    """Return a value with the 95 % interval that its values on drawn patients make.

    Args:
        value: the value of all patients; None where it is not defined.
        drawn: its value in each draw, NaN where it is not defined; (draws,).
        n: number of windows (or videos).
        n_patients: number of patients, of the smaller group where there are two.

    Returns:
        The interval has no ends below `FEWEST_DRAWN` patients, and where the value is not defined in more than one of
        twenty draws. Where it is the same in all draws, both ends are the value: the area of answers that never differ
        is .5 for whatever patients.
    """
    known = drawn[~np.isnan(drawn)]
    too_few = n_patients < FEWEST_DRAWN or len(known) < (1 - _MOST_UNDEFINED) * len(drawn)
    if value is None or too_few:
        return Interval(value, None, None, n, n_patients)
    from scipy.stats import norm  # slow to import

    level = float(norm.cdf(-math.sqrt(n_patients / (n_patients - 1)) * t_quantile(n_patients)))
    low, high = np.quantile(known, (level, 1 - level))
    return Interval(value, float(low), float(high), n, n_patients)
