"""Scores of measured doses by video: how far the estimate is off, and what its intervals are worth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.decoding.measuring.instrument import ALL
from lmms_eval_plugins.statistics.conformal import interval_scores

ERROR = "error"
"""The relative counting error: ``Σ |count − true| / Σ true`` over labels, counts whole; the largest is of no size."""

CLOSE = "close"
"""Whether the number of all labels is within `NEAR` of the true one; a share where seeds differ."""

NEAR = 0.25

_WHO = ("patient", "cohort", "activity")


def covered(level: int) -> str:
    """Return the column that says whether the true number lies in the interval of a level."""
    return f"covered_{level}"


def width(level: int) -> str:
    """Return the column of the width of the interval of a level, over the true number."""
    return f"width_{level}"


def penalty(level: int) -> str:
    """Return the column of the interval score of a level (see `interval_scores`), over the true number."""
    return f"penalty_{level}"


def scores_of_doses(doses: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of each video, means over seeds; by video, with patient, cohort and activity.

    Args:
        doses: the doses of one way of measuring, of any number of seeds (column ``seed``), with the true ones.
    """
    of_labels = doses[doses["primitive"] != ALL]
    off = (of_labels["count"].round() - of_labels["true"].astype(float)).abs()
    keys = [of_labels["seed"], of_labels["video_id"]]
    true = of_labels["true"].astype(float).groupby(keys).sum()
    errors = off.groupby(keys).sum() / true.clip(lower=1)
    whole = doses[doses["primitive"] == ALL].set_index(["seed", "video_id"])
    wanted = whole["true"].astype(float)
    scores = interval_columns(whole).assign(
        **{ERROR: errors, CLOSE: ((whole["count"].round() - wanted).abs() <= NEAR * wanted).astype(float)}
    )
    means = scores.groupby(level="video_id", sort=False).mean()
    who = doses.drop_duplicates("video_id").set_index("video_id")[[*_WHO]]
    by_video: pd.DataFrame = who.join(means)
    return by_video


def interval_columns(doses: pd.DataFrame) -> pd.DataFrame:
    """Return for each dose whether its intervals hold the true number, and how wide and how bad they are."""
    true = doses["true"].to_numpy(dtype=float)
    size = np.maximum(true, 1)
    columns: dict[str, npt.NDArray[np.float64]] = {}
    for level in LEVELS:
        low, high = (doses[f"{end}_{level}"].to_numpy(dtype=float) for end in ("low", "high"))
        columns |= {
            covered(level): ((low <= true) & (true <= high)).astype(float),
            width(level): (high - low) / size,
            penalty(level): interval_scores(low, high, true, level / 100) / size,
        }
    frame: pd.DataFrame = pd.DataFrame(columns, index=doses.index)
    return frame
