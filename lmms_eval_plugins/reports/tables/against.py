"""Runs against one of them, or a control, on the same videos (or items): differences and tests by patient."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import pandas as pd

from lmms_eval_plugins.reports.tables.table import Value
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS
from lmms_eval_plugins.statistics.paired import EXACT_UP_TO, PERMUTATIONS, Comparison, compare, holm, least_p

DIFFERENCES = (
    "Differences: on what both answered, with the 95 % interval by patients (cluster-robust t; of fewer than"
    f" {FEWEST_PATIENTS} patients there is none); it describes, p decides. The best run was picked on the same videos,"
    " which favours it."
)


def note_on_p(n_patients: int, n_tests: int) -> str:
    """Return the note of a table with p values: the test, its correction, and the smallest p that there can be.

    Args:
        n_patients: number of patients whom the runs share; the most, where comparisons differ in it.
        n_tests: number of comparisons that are corrected together.

    >>> note_on_p(10, 1)
    'p: exact permutation of signs over 10 patients; it can be no less than .002.'
    """
    least = least_p(n_patients)
    if least is None:
        return "p: there is none, since a permutation of signs over patients needs at least two of them."
    how = "exact permutation of signs" if n_patients <= EXACT_UP_TO else f"{PERMUTATIONS:,} permutations of signs"
    corrected = min(1.0, n_tests * least)
    several = n_tests > 1
    smallest = _p(least) + f", corrected {_p(corrected)}" * several
    short = ", so that none can be below .05" * (corrected >= _ALPHA)
    correction = f", corrected by Holm for {n_tests} comparisons" * several
    return f"p: {how} over {n_patients} patients{correction}; it can be no less than {smallest}{short}."


_ALPHA = 0.05


def _p(value: float) -> str:
    """Return a p value with one digit that counts, and at least three decimals."""
    digits = 3 if value >= 0.001 else 5
    return f"{value:.{digits}f}".removeprefix("0")


@dataclass(frozen=True, slots=True)
class Difference:
    """A run's mean value less the reference's, and its p value; None where there is nothing to compare."""

    value: Value | None
    p: Value | None


NO_DIFFERENCE = Difference(None, None)


def difference_cell(test: Comparison | None) -> Value | None:
    """Return the mean difference of a comparison with its 95 % interval; None where there is none."""
    return None if test is None or test.difference is None else Value(test.difference, None, test.low, test.high)


def against(
    values: Mapping[str, pd.Series[float]], reference: str, patients: Mapping[Hashable, str]
) -> dict[str, Difference]:
    """Return run → its difference from the reference, which is in no row; p values are corrected for all other runs.

    Args:
        values: run → a value of each video (or item), by what it is about: the models, and the reference. Other
            controls must not be among them: they would take part in the correction.
        reference: the run or the control that the others are compared with.
        patients: what a value is about → whose it is.
    """
    others = {run: values[reference] for run in values if run != reference}
    return each_against(values, others, patients)


def each_against(
    values: Mapping[str, pd.Series[float]], others: Mapping[str, pd.Series[float]], patients: Mapping[Hashable, str]
) -> dict[str, Difference]:
    """Return run → its difference from what it is compared with; p values are corrected for all of these runs.

    Args:
        values: run → a value of each video (or item), by what it is about.
        others: run → the values that it is compared with, such as those of a control of its own windows.
        patients: what a value is about → whose it is.
    """
    tests = {}
    for run, other in others.items():
        own = values[run]
        both = [about for about in own.index if about in other.index]
        tests[run] = compare(own.loc[both], other.loc[both], [patients[about] for about in both])
    corrected = holm([test.p for test in tests.values()])
    return {
        run: Difference(
            difference_cell(test),
            None if p is None else Value(p),
        )
        for (run, test), p in zip(tests.items(), corrected, strict=True)
    }
