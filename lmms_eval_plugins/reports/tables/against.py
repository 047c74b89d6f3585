"""Runs against one of them on the same videos (or items): differences with intervals, and tests, by patient."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import pandas as pd

from lmms_eval_plugins.reports.tables.table import Value
from lmms_eval_plugins.statistics.paired import compare, holm

DIFFERENCES = (
    "Differences: on what both answered, with the 95 % interval by bootstrap over patients; p: permutation of signs by"
    " patient, corrected by Holm. The best run was picked on the same videos, which favours it."
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A run's mean value less the reference's, and its p value; None where there is nothing to compare."""

    value: Value | None
    p: Value | None


NO_DIFFERENCE = Difference(None, None)


def against(
    values: Mapping[str, pd.Series[float]], reference: str, patients: Mapping[Hashable, str]
) -> dict[str, Difference]:
    """Return run → its difference from the reference, which is in no row; p values are corrected for all other runs.

    Args:
        values: run → a value of each video (or item), by what it is about.
        reference: one of the runs.
        patients: what a value is about → whose it is.
    """
    other = values[reference]
    tests = {}
    for run, own in values.items():
        if run != reference:
            both = [about for about in own.index if about in other.index]
            tests[run] = compare(own.loc[both], other.loc[both], [patients[about] for about in both])
    corrected = holm([test.p for test in tests.values()])
    return {
        run: Difference(
            None if test.difference is None else Value(test.difference, None, test.low, test.high),
            None if p is None else Value(p),
        )
        for (run, test), p in zip(tests.items(), corrected, strict=True)
    }
