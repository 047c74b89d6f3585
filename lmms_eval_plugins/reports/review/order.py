"""How sure a run is of its answers about a video, by which videos come first that need a person most."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from statistics import fmean

import pandas as pd

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.runs.data_frames.build import probabilities_in
from lmms_eval_plugins.runs.data_frames.load import load_tables


def uncertainty_of_run(folder: Path) -> Mapping[str, float]:
    """Return video id → how uncertain a run is about the video, 0 (sure) to 1.

    Where probabilities were recorded, it is the mean over answers of 1 − the largest; else the share of neighbouring
    windows that are answered differently, over all questions. A video with one window and no probability is 0.

    Raises:
        UserError: the run cannot be read.
    """
    loaded = load_tables([folder], ("answers",))
    if loaded.errors:
        raise UserError(loaded.errors[0])
    return {
        str(video_id): _by_probability(rows) if rows["probabilities"].notna().any() else _by_neighbours(rows)
        for video_id, rows in loaded.tables["answers"].groupby("video_id", sort=False)
    }


def _by_probability(rows: pd.DataFrame) -> float:
    return fmean(1 - max(probabilities_in(text).values()) for text in rows["probabilities"].dropna())


def _by_neighbours(rows: pd.DataFrame) -> float:
    answers = (
        asked["default_value"].fillna("").tolist()
        for _, asked in rows.sort_values("window").groupby("question", sort=False)
    )
    changes = [one != other for values in answers for one, other in pairwise(values)]
    return fmean(changes) if changes else 0.0
