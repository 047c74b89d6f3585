"""Cells of values with intervals by the bootstrap over patients."""

from __future__ import annotations

from lmms_eval_plugins.reports.tables.table import Value
from lmms_eval_plugins.statistics.bootstrap.draws import ENOUGH_DRAWN, FEWEST_DRAWN
from lmms_eval_plugins.statistics.intervals import Interval

DRAWN = (
    "Brackets: 95 % intervals by the bootstrap over patients. Of fewer than"
    f" {FEWEST_DRAWN} patients there is none, nor where nothing varies; of fewer than {ENOUGH_DRAWN} they are rough: of"
    f" {FEWEST_DRAWN} they hold at most {100 - 100 * 2 ** (1 - FEWEST_DRAWN):.1f} %."
)


def drawn_cell(interval: Interval | None, ci: bool = True, scale: float = 1.0) -> Value | None:
    """Return a value with its interval, which is left away where it is a point."""
    if interval is None or interval.value is None:
        return None
    low, high = interval.low, interval.high
    if not ci or low is None or high is None or low == high:
        return Value(scale * interval.value)
    return Value(scale * interval.value, None, scale * low, scale * high)
