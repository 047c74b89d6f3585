"""From values per video to cells: mean ± SEM, with 95 % intervals by bootstrap over patients on demand."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lmms_eval_plugins.results.tables.table import Value
from lmms_eval_plugins.scoring.statistics.bootstrap import mean_interval, ratio_interval
from lmms_eval_plugins.scoring.summary import mean_sem

INTERVALS = "Brackets: 95 % interval by bootstrap over patients; of fewer than about ten patients it is too narrow."
SEM = "Mean ± standard error over videos."
FIRST_DRAW = "Counts and timelines of the Markov baselines are those of the first draw."


def mean_cell(values: pd.Series[float], patients: pd.Series[str], ci: bool) -> Value | None:
    """Mean ± SEM over videos; without SEM for one video, nothing for none."""
    mean, sem = mean_sem([float(value) for value in values])
    if mean is None:
        return None
    interval = mean_interval(values.to_numpy(dtype=float), list(patients)) if ci else None
    return Value(mean, sem, interval.low if interval else None, interval.high if interval else None)


def ratio_cell(parts: Sequence[float], wholes: Sequence[float], patients: Sequence[str], ci: bool) -> Value | None:
    """``Σ parts / Σ wholes``; nothing where the wholes sum to 0."""
    if not ci:
        whole = sum(wholes)
        return Value(sum(parts) / whole) if whole else None
    interval = ratio_interval(list(parts), list(wholes), list(patients))
    return None if interval.value is None else Value(interval.value, None, interval.low, interval.high)


def plain(value: float | None) -> Value | None:
    """A number without an error; nothing for None."""
    return None if value is None else Value(value)
