"""The table of paired differences between decoded runs, their rule and their controls."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from lmms_eval_plugins.reports.tables.against import difference_cell, note_on_p
from lmms_eval_plugins.reports.tables.decoded.gathered import ReadPair, ReadSection
from lmms_eval_plugins.reports.tables.part import METRICS, PRIMARY, PRIMARY_FIRST
from lmms_eval_plugins.reports.tables.table import (
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    p_column,
    plain_value,
)
from lmms_eval_plugins.runs.data_frames.columns import answered
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS
from lmms_eval_plugins.statistics.paired import Comparison, compare, holm

DIGITS = {"edit_score": 2, "action_error_rate": 3, "relative_counting_error": 3}


def differences_table(sections: Sequence[ReadSection], told: Sequence[str]) -> Table:
    """Return the table of what is compared in some sections, each metric corrected over the models of a comparison.

    Args:
        sections: the sections.
        told: notes that it shares with other tables of the same rows.
    """
    made, sizes = [], [(0, 0)]
    for section in sections:
        rows = []
        for _, family in groupby(section.pairs, key=lambda pair: (pair.way, pair.other)):
            pairs = list(family)
            tests = {metric: [_compared(pair, metric) for pair in pairs] for metric in PRIMARY_FIRST}
            corrected = {metric: holm([test.p if test else None for test in own]) for metric, own in tests.items()}
            sizes += [(test.n_patients, len(pairs)) for test in tests[PRIMARY] if test]
            for place, pair in enumerate(pairs):
                cells: list[Cell] = [pair.model, pair.way, pair.other]
                for metric, own in tests.items():
                    test = own[place]
                    exact = (plain_value(test.p if test else None),) * (metric == PRIMARY)
                    cells += [difference_cell(test), *exact, plain_value(corrected[metric][place])]
                rows.append(TableRow(tuple(cells)))
        made.append(TableSection(section.title, tuple(rows)))
    columns = [Column("model"), Column("read by"), Column("minus")]
    for metric, name in PRIMARY_FIRST.items():
        own_p = (p_column(f"p ({name})"),) * (metric == PRIMARY)
        columns += [Column(name, DIGITS[metric]), *own_p, p_column(f"p ({name}, Holm)")]
    notes = (
        "Mean difference over the videos that both have, with the 95 % interval by patients (cluster-robust t; of fewer"
        f" than {FEWEST_PATIENTS} patients there is none); it describes, p decides.",
        f"{METRICS[PRIMARY]} is the primary metric; the others are secondary, each corrected by itself. A family of"
        " comparisons: all models, read in one way, against one other row. Lower RCE and AER are better, higher ES.",
        note_on_p(*max(sizes)),
        *told,
    )
    title = "Decoded against rule and controls, and the rule against the stopwatch"
    return Table("decoding_differences", title, tuple(columns), tuple(made), notes)


def _compared(pair: ReadPair, metric: str) -> Comparison | None:
    """Return the comparison of a metric that both have; None where one has none."""
    one, other = answered(pair.first), answered(pair.second)
    both = [video for video in one.index if video in other.index]
    first, second = one.loc[both, metric].astype(float), other.loc[both, metric].astype(float)
    if not both or first.isna().any() or second.isna().any():
        return None
    return compare(first, second, list(one.loc[both, "patient"]))
