"""The videos of dose runs as instruments measure them, and how far the instruments themselves trust their doses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.decoding.measuring.instrument import ALL
from lmms_eval_plugins.reports.tables.selective.doses import VideoCounts, ranked_counts
from lmms_eval_plugins.reports.tables.selective.ranked import BY_INSTRUMENT, Learning, Ranked
from lmms_eval_plugins.runs.measuring.groups import Recording
from lmms_eval_plugins.statistics.intervals import patient_places
from lmms_eval_plugins.statistics.selective import ExpectedErrors


def ranked_measures(recordings: Sequence[Recording], run: str, label: str) -> list[Ranked]:
    """Return the videos of a measured run ranked by what is expected of like ones, and by the instruments' own doubts.

    The errors are those of measured doses: of the total as it is estimated, and of the counts as whole numbers.

    Args:
        recordings: its videos, measured leaving one patient out.
        run: its path.
        label: what its rows are called.

    Raises:
        ValueError: there is nobody else to learn from.
    """
    known = [(one, one.true) for one in recordings if one.true and one.true[ALL]]
    about = [one for one, _ in known]
    true = np.array([float(counts[ALL]) for _, counts in known])
    off = [
        sum(abs(round(one.measured.doses[label].count) - counts[label]) for label in one.labels)
        for one, counts in known
    ]
    counted = VideoCounts(
        ids=tuple(one.video_id for one in about),
        patients=tuple(one.patient for one in about),
        activities=tuple(one.activity or "" for one in about),
        log_seconds=np.log([max(one.duration_s, _SHORTEST_S) for one in about]),
        found=np.array([one.measured.doses[ALL].count for one in about]),
        true=true,
        counting_errors=np.array(off) / true,
    )
    by_alike = ranked_counts(counted, run, label, reference=False)
    doubts = np.array([one.measured.doubt or 0.0 for one in about])
    own = _by_doubts(doubts, counted.patients)
    return [one for ranked in by_alike for one in (ranked, replace(ranked, learning=own, by=BY_INSTRUMENT))]


_SHORTEST_S = 0.1


def _by_doubts(doubts: NDArray[np.float64], patients: tuple[str, ...]) -> Learning:
    """Return the instruments' doubts as they are: none was fitted without two patients, so there is no threshold."""

    def known(kept: NDArray[np.intp]) -> ExpectedErrors:
        places = np.array(patient_places([patients[place] for place in kept]))
        own = np.exp(doubts[kept])
        without = np.where(places == np.arange(1 + places.max())[:, None], own, math.nan)
        return ExpectedErrors(own, without)

    return known
