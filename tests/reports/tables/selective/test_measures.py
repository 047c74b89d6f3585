"""Measured doses, ranked."""

from __future__ import annotations

import numpy as np
import pytest

from lmms_eval_plugins.decoding.measuring.instrument import ALL, Dose, MeasuredDoses
from lmms_eval_plugins.reports.tables.selective.measures import ranked_measures
from lmms_eval_plugins.reports.tables.selective.ranked import COUNTS, TOTAL
from lmms_eval_plugins.runs.measuring.groups import Recording


def measured(patient: str, reach: float, doubt: float, true: int | None) -> Recording:
    """A video in which idle is measured once, and reach some times."""
    doses = {"reach": Dose(reach, {}), "idle": Dose(1.2, {}), ALL: Dose(reach + 1, {})}
    return Recording(
        run="one",
        model="bot",
        video_id=f"{patient}{reach}",
        patient=patient,
        cohort=None,
        activity="feeding",
        label="feeding",
        view=None,
        repetition=None,
        date=None,
        duration_s=0.0,
        answered_activity=None,
        p_activity=None,
        measured=MeasuredDoses(doses, 0.1, doubt),
        true=None if true is None else {"reach": true, "idle": 1, ALL: true + 1},
        n_others=2,
        unlike=(),
    )


def test_errors_and_doubts() -> None:
    videos = [measured("A", 3, 0.5, 1), measured("B", 2, -0.5, 3), measured("C", 4, 0.0, 4), measured("C", 9, 9, None)]
    ranked = ranked_measures(videos, "runs/one", "one, measured")
    assert [(one.kind, one.by) for one in ranked] == [
        *((TOTAL, "alike"), (TOTAL, "instrument"), (COUNTS, "alike"), (COUNTS, "instrument"))
    ]
    assert ranked[0].errors.tolist() == ranked[2].errors.tolist() == [1.0, 0.25, 0.0], "what has no truth is left out"
    by_doubt = ranked[1]
    assert by_doubt.curve.risks.tolist() == pytest.approx([0.25, 0.125, 1.25 / 3]), "B, C, A"
    with pytest.raises(ValueError, match="needs 3 patients"):
        by_doubt.answered(0.5)
    assert len(ranked[0].answered(0.5).answered) == 3
    assert np.isnan(by_doubt.learning(np.arange(3)).without[0, 1])
