"""What fewer bits change: a sentence about two runs that differ in nothing but how their network computes."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.reports.compare.pair import RunPair
from lmms_eval_plugins.reports.compare.ranking import RankedAnswers
from lmms_eval_plugins.runs.differences.apart import NOT_SET, differing_names
from lmms_eval_plugins.runs.differences.recorded import PRECISION


def precision_note(pair: RunPair, answers: pd.DataFrame, ranked: Sequence[RankedAnswers]) -> tuple[str, ...]:
    """Return how many answers change, and the AUC of both; nothing where more than the precision differs.

    Args:
        pair: the runs.
        answers: the answers of both, see `lmms_eval_plugins.reports.compare.agreement.with_readings`.
        ranked: those of them that can be ranked.
    """
    first, second = pair.first.settings, pair.second.settings
    names = differing_names([first, second]) if first and second else []
    if not names or not set(names) <= set(PRECISION):
        return ()
    what = listed([f"{name} ({first.get(name, NOT_SET)}, {second.get(name, NOT_SET)})" for name in names], by=" and ")
    changed = int((answers["reading_a"] != answers["reading_b"]).sum())
    areas = [f"{one.question} {one.area(0):.3f} by A and {one.area(1):.3f} by B" for one in ranked]
    return (
        f"Of the settings only {what} differs: {changed:,} of {len(answers):,} answers"
        f" ({100 * changed / len(answers):.1f} %) are read differently" + (f"; AUC {listed(areas)}." if areas else "."),
    )
