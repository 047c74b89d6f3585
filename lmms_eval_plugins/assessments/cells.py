"""Numbers as cells of a table have them."""

from __future__ import annotations

from lmms_eval_plugins.core.numbers import decimals

NOTHING = "-"
"""The cell of a value that does not exist."""


def format_mean_sem(mean: float | None, sem: float | None, digits: int) -> str:
    """Return ``50.67 ± 1.20``, without the second part where there is no SEM."""
    if mean is None:
        return NOTHING
    return decimals(mean, digits) + ("" if sem is None else f" ± {decimals(sem, digits)}")


def percent(share: float | None) -> str:
    """Return a share of 0 to 1 as ``12.5 %``."""
    return NOTHING if share is None else f"{100 * share:.1f} %"
