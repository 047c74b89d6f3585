"""The videos of dose runs as instruments measure them, and how far the instruments themselves trust their doses."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.decoding.measuring.instrument import ALL
from lmms_eval_plugins.reports.tables.selective.doses import VideoCounts, ranked_counts
from lmms_eval_plugins.reports.tables.selective.ranked import BY_INSTRUMENT, Learning, Ranked
from lmms_eval_plugins.runs.measuring.measure import MeasuredRun
from lmms_eval_plugins.statistics.intervals import patient_places
from lmms_eval_plugins.statistics.selective import ExpectedErrors


def ranked_measures(measured: MeasuredRun, run: str, label: str) -> list[Ranked]:
    """Return the videos of a measured run ranked by what is expected of like ones, and by the instruments' own doubts.

    The errors are those of measured doses: of the total as it is estimated, and of the counts as whole numbers.

    Args:
        measured: the doses, measured leaving one patient out.
        run: its path.
        label: what its rows are called.

    Raises:
        ValueError: there is nobody else to learn from.
    """
    videos = [(video, video.true) for video in measured.videos if video.true and sum(video.true.values())]
    true = np.array([float(sum(counts.values())) for _, counts in videos])
    off = [
        sum(abs(round(video.measured.doses[label].count) - counts[label]) for label in measured.labels)
        for video, counts in videos
    ]
    about = [video.video for video, _ in videos]
    counted = VideoCounts(
        ids=tuple(video.video_id for video in about),
        patients=tuple(video.patient for video in about),
        activities=tuple(activity_of_label(video.activity or "") or "" for video in about),
        log_seconds=np.log([max(video.length_s, _SHORTEST_S) for video in about]),
        found=np.array([video.measured.doses[ALL].count for video, _ in videos]),
        true=true,
        counting_errors=np.array(off) / true,
    )
    by_alike = ranked_counts(counted, run, label, reference=False)
    doubts = np.array([video.measured.doubt or 0.0 for video, _ in videos])
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
