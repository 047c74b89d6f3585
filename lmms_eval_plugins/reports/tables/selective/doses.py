"""The videos of dose runs: by how much their counts are off, and by how much that is expected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmms_eval_plugins.reports.tables.part import PRIMARY, predicted_counts, true_counts
from lmms_eval_plugins.reports.tables.selective.ranked import (
    BY_ALIKE,
    COUNTS,
    TOTAL,
    ErrorKind,
    Ranked,
    by_alike,
    refuse_silence,
    refuse_single,
)
from lmms_eval_plugins.runs.data_frames.columns import answered


@dataclass(frozen=True, slots=True)
class VideoCounts:
    """The videos of a dose run, n of them with true labels.

    Attributes:
        ids, patients, activities: one of each video; an activity that is not known is empty.
        log_seconds: the logarithm of their lengths; (n,).
        found, true: how many labels were counted, and truly are there, in total; (n,) each, the latter above 0.
        counting_errors: the relative counting errors; (n,).
    """

    ids: tuple[str, ...]
    patients: tuple[str, ...]
    activities: tuple[str, ...]
    log_seconds: NDArray[np.float64]
    found: NDArray[np.float64]
    true: NDArray[np.float64]
    counting_errors: NDArray[np.float64]

    @property
    def errors(self) -> tuple[tuple[ErrorKind, NDArray[np.float64]], ...]:
        """The errors of each kind."""
        return (TOTAL, np.abs(self.found - self.true) / self.true), (COUNTS, self.counting_errors)


def ranked_doses(
    scores: pd.DataFrame, run: str | None, label: str, labels: Sequence[str], *, reference: bool
) -> list[Ranked]:
    """Return the videos of a run ranked by what is expected of them, see `ranked_counts`.

    Videos without true labels, whose error is not defined, and those that enter no mean are left out.

    Args:
        scores: the scores of its videos.
        run: its path; None of a control.
        label: what its row is called.
        labels: the labels that are counted.
        reference: whether it is a control or a baseline.

    Raises:
        ValueError: no reply gives an answer, or there is nobody else to learn from.
    """
    known = answered(scores)
    known = known[(true_counts(known, labels) > 0) & known[PRIMARY].notna()]
    counted = VideoCounts(
        ids=tuple(known["video_id"]),
        patients=tuple(known["patient"]),
        activities=tuple(known["activity"].fillna("")),
        log_seconds=log_seconds(known),
        found=predicted_counts(known, labels).to_numpy(),
        true=true_counts(known, labels).to_numpy(),
        counting_errors=known[PRIMARY].to_numpy(dtype=float),
    )
    return ranked_counts(counted, run, label, reference=reference)


def ranked_counts(counted: VideoCounts, run: str | None, label: str, *, reference: bool) -> list[Ranked]:
    """Return videos ranked by the error of their total, and by the relative counting error.

    Alike are videos of the same activity, of about the same length, in which about as much was counted. A video in
    which nothing was counted has an error of 1, and it is expected to.

    Args:
        counted: the videos.
        run: the run's path; None of a control.
        label: what its row is called.
        reference: whether it is a control or a baseline.

    Raises:
        ValueError: no reply gives an answer, or there is nobody else to learn from.
    """
    if not counted.ids:
        return []
    refuse_single(counted.patients)
    refuse_silence(counted.found == 0)
    silent = np.where(counted.found > 0, np.nan, 1.0)
    numbers = np.column_stack((counted.log_seconds, np.log(counted.found + 1)))
    return [
        Ranked(
            run=run,
            label=label,
            kind=kind,
            ids=counted.ids,
            patients=counted.patients,
            errors=errors,
            learning=by_alike(numbers, [counted.activities], errors, counted.patients, silent),
            blind=by_alike(counted.log_seconds[:, None], [counted.activities], errors, counted.patients),
            by=BY_ALIKE,
            shown=np.ones(len(errors), dtype=bool),
            reference=reference,
        )
        for kind, errors in counted.errors
    ]


def log_seconds(scores: pd.DataFrame) -> NDArray[np.float64]:
    """Return the logarithm of each video's length; an unknown one is taken as the middle of the others."""
    seconds = scores["duration_s"].astype(float)
    logs: NDArray[np.float64] = np.log(seconds.where(seconds > 0)).to_numpy()
    middle = float(np.nanmedian(logs)) if np.isfinite(logs).any() else 0.0
    return np.where(np.isnan(logs), middle, logs)
