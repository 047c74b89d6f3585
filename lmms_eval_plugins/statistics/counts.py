"""Doses as counts: pooled counting errors, errors of the whole dose, and shares of videos that come close."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

CLOSE = (0.25, 0.30)
"""What the study calls close to the true dose: within 25 % (first version) and within 30 % (published)."""


def pooled_counting_error(predicted: ArrayLike, true: ArrayLike) -> float | None:
    """``Σ_videos |c_p − c_r| / Σ_videos c_r`` of one primitive: 0 (all counts right) upwards.

    The study's figure 5 (PLOS Digital Health 5(7):e0001506). Unlike the mean of the videos' own errors it is bounded
    where a video has few of the primitive. None where the primitive never occurs.
    """
    said, right = _pair(predicted, true)
    return float(np.abs(said - right).sum() / right.sum()) if right.sum() else None


def normalised_dose_error(predicted: ArrayLike, true: ArrayLike) -> NDArray[np.float64]:
    """``(N_p − N_r) / N_r`` of each video, N being the primitives of all kinds: −1 (none found) upwards, 0 is right.

    The sign says whether the dose is under- or overestimated; errors of kinds that cancel each other do not show here,
    but in the relative counting error.

    Raises:
        ValueError: a true dose is 0.
    """
    said, right = _pair(predicted, true)
    if (right == 0).any():
        raise ValueError("a video without true primitives has no dose to be compared with")
    return (said - right) / right


def within(errors: ArrayLike, limit: float) -> NDArray[np.bool_]:
    """Of each video, whether its error (without its sign) is at most ``limit``.

    With relative counting errors and .25 or .30, it is the study's claim to be *within 25 % (30 %) of ground truth*,
    asked of single videos.
    """
    near: NDArray[np.bool_] = np.abs(np.asarray(errors, dtype=float)) <= limit
    return near


def place_between(value: float, blind: float, ceiling: float) -> float | None:
    """Where a score lies between a model without eyes (0) and the best that windows allow (1).

    ``(value − blind) / (ceiling − blind)``; below 0 it is worse than blind, whether high or low values are good. None
    where blind and ceiling are equal.
    """
    return (value - blind) / (ceiling - blind) if ceiling != blind else None


def _pair(predicted: ArrayLike, true: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    said, right = np.asarray(predicted, dtype=float), np.asarray(true, dtype=float)
    if said.shape != right.shape:
        raise ValueError(f"{said.shape} predicted and {right.shape} true counts")
    return said, right
