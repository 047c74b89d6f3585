"""Doses as counts: pooled counting errors, errors of the whole dose, and videos close to the true dose."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmms_eval_plugins.statistics.rounding import ROUNDING, are_equal

CLOSE = (0.25, 0.30)
"""Relative errors that the study calls close to the true dose: 25 % (first version) and 30 % (published)."""


def pooled_counting_error(predicted: ArrayLike, true: ArrayLike) -> float | None:
    """Return ``Σ_videos |c_p − c_r| / Σ_videos c_r`` of one primitive: 0 (all counts right) upwards.

    As in the study's figure 5 (PLOS Digital Health 5(7):e0001506). Unlike the mean of the videos' own errors it is
    bounded where a video has few of the primitive. None where the primitive never occurs.
    """
    counted, right = _pair(predicted, true)
    return float(np.abs(counted - right).sum() / right.sum()) if right.sum() else None


def normalised_dose_error(predicted: ArrayLike, true: ArrayLike) -> NDArray[np.float64]:
    """Return ``(N_p − N_r) / N_r`` of each video, N the number of all primitives: −1 (none found) upwards, 0 is right.

    The sign shows whether the dose is under- or overestimated. Errors of single primitives that cancel each other show
    in the relative counting error only.

    Raises:
        ValueError: a true dose is 0.
    """
    counted, right = _pair(predicted, true)
    if (right == 0).any():
        raise ValueError("a video without true primitives has no dose to be compared with")
    return (counted - right) / right


def within(errors: ArrayLike, limit: float) -> NDArray[np.bool_]:
    """Return for each video whether the size of its error is at most ``limit``, up to rounding.

    With relative counting errors and a limit of .25 or .30, it tests the study's claim *within 25 % (30 %) of ground
    truth* video by video.
    """
    near: NDArray[np.bool_] = np.abs(np.asarray(errors, dtype=float)) <= limit * (1 + ROUNDING)
    return near


def place_between(value: float, blind: float, reference: float) -> float | None:
    """Return the place of a score between a blind control (0) and the reference of its windows (1).

    ``(value − blind) / (reference − blind)``: below 0 is worse than blind, whether high or low scores are good; above 1
    is better than the reference. None where blind and reference are equal, up to rounding.
    """
    return None if are_equal([blind, reference]) else (value - blind) / (reference - blind)


def _pair(predicted: ArrayLike, true: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    counted, right = np.asarray(predicted, dtype=float), np.asarray(true, dtype=float)
    if counted.shape != right.shape:
        raise ValueError(f"{counted.shape} predicted and {right.shape} true counts")
    return counted, right
