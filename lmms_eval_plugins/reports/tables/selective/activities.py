"""The videos of identification runs: whether their activity is named, and whether that is expected."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmms_eval_plugins.reports.tables.selective.doses import log_seconds
from lmms_eval_plugins.reports.tables.selective.ranked import (
    ACTIVITY,
    BY_ALIKE,
    BY_PROBABILITY,
    Ranked,
    by_alike,
    by_probability,
    refuse_silence,
    refuse_single,
)
from lmms_eval_plugins.runs.data_frames.build import probabilities_in, probability_of
from lmms_eval_plugins.runs.data_frames.columns import answered


def ranked_activities(
    scores: pd.DataFrame, answers: pd.DataFrame, run: str, label: str, *, reference: bool
) -> list[Ranked]:
    """Return the test videos of a run ranked by 1 − the probability of the answer, where all of these were recorded.

    Else alike are videos of about the same length with the same answer. A reply that gives no answer is wrong, and
    expected to be.

    Args:
        scores: the scores of its videos.
        answers: its answers, for their probabilities.
        run: its path.
        label: what its row is called.
        reference: whether it is a control or a baseline.

    Raises:
        ValueError: there is no reply gives an answer, or there is nobody else to learn from.
    """
    known = answered(scores[~scores["tuning"].astype(bool)])
    if known.empty:
        return []
    errors = 1.0 - known["right"].fillna(value=False).to_numpy(dtype=float)
    patients, no_answer = tuple(known["patient"]), known["answer"].isna().to_numpy()
    refuse_single(patients)
    refuse_silence(no_answer)
    silent = np.where(no_answer, 1.0, np.nan)
    seconds = log_seconds(known)[:, None]
    probabilities = _probabilities(known, answers)
    by = BY_ALIKE if np.isnan(probabilities[~no_answer]).any() else BY_PROBABILITY
    learning = (
        by_alike(seconds, [list(known["answer"].fillna(""))], errors, patients, silent)
        if by == BY_ALIKE
        else by_probability(probabilities, patients, silent)
    )
    ranked = Ranked(
        run=run,
        label=label,
        kind=ACTIVITY,
        ids=tuple(known["video_id"]),
        patients=patients,
        errors=errors,
        learning=learning,
        blind=by_alike(seconds, [], errors, patients),
        by=by,
        shown=np.ones(len(errors), dtype=bool),
        reference=reference,
    )
    return [ranked]


def _probabilities(scores: pd.DataFrame, answers: pd.DataFrame) -> NDArray[np.float64]:
    """Return the probability of the answer given about each video, 0 to 1; NaN where it was not recorded."""
    recorded = answers[answers["probabilities"].notna()]
    of_videos: dict[str, list[float]] = {}
    for video, said, cell in recorded[["video_id", "value", "probabilities"]].itertuples(index=False):
        of_videos.setdefault(video, []).append(probability_of(probabilities_in(cell), said))
    return np.array([float(np.mean(of_videos.get(video, [np.nan]))) for video in scores["video_id"]])
