"""What lies behind a table of dose: where models stand between blind and omniscient, and what they get wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from lmms_eval_plugins.results.tables.baselines import BLIND, OMNISCIENT
from lmms_eval_plugins.results.tables.cells_of import plain
from lmms_eval_plugins.results.tables.errors import cohort_table, primitive_table
from lmms_eval_plugins.results.tables.part import Part
from lmms_eval_plugins.results.tables.segments import segment_table
from lmms_eval_plugins.results.tables.table import Cell, Column, Row, Section, Table, Value
from lmms_eval_plugins.scoring.statistics.dose import place_between

_HIGH = {"edit_score": True, "action_error_rate": False, "relative_counting_error": False}
_HEADS = {"edit_score": "ES", "action_error_rate": "AER", "relative_counting_error": "RCE"}


def more_tables(name: str, parts: Sequence[Part], answers: pd.DataFrame | None, ci: bool) -> list[Table]:
    """The deeper tables of the sections of a table; none of none."""
    if not parts:
        return []
    tables = [
        _standing(name, parts),
        cohort_table(name, parts, ci),
        primitive_table(name, parts, ci),
        segment_table(name, parts, ci),
    ]
    if answers is not None and answers["p_yes"].notna().any():
        from lmms_eval_plugins.results.tables.probabilities import probabilities_table

        tables.append(probabilities_table(name, parts, answers))
    return tables


def _standing(name: str, parts: Sequence[Part]) -> Table:
    from lmms_eval_plugins.scoring.statistics.paired import compare, holm

    sections = []
    for part in parts:
        names = (*part.runs, *part.references)
        means = {run: own[list(_HIGH)].astype(float).mean() for run in names if len(own := part.answered(run))}
        scored = [run for run in part.runs if run in means]
        best = max(scored, key=lambda run: float(means[run]["edit_score"]), default=None)
        tests = [None if best is None or run == best else compare(*_paired(part, run, best)) for run in scored]
        corrected = dict(zip(scored, holm([test.p if test else None for test in tests]), strict=True))
        differences = dict(zip(scored, tests, strict=True))
        rows = []
        for run in part.runs:
            own = part.scores[part.scores["run"] == run]
            test = differences.get(run)
            difference = (
                None if test is None or test.difference is None else Value(test.difference, None, test.low, test.high)
            )
            cells: list[Cell] = [part.labels[run], len(own), *_rates(own)]
            cells += [_place(metric, means, run, part.references) for metric in _HIGH]
            cells += [difference, plain(corrected.get(run))]
            rows.append(Row(tuple(cells)))
        sections.append(Section(part.title, tuple(rows)))
    columns = (Column("model"), Column("videos"), Column("unreadable (%)", 1), Column("missing (%)", 1))
    places = tuple(Column(f"place {head}", 2, "high") for head in _HEADS.values())
    notes = (
        "Place: 0 is the best of the baselines that do not see the video, 1 the omniscient ceiling, for each score"
        " (windows of the length that all runs share, else of 0.533 s).",
        "ES − best: difference to the best run on the same videos with its 95 % interval by bootstrap over patients;"
        " p: permutation of signs by patient, corrected by Holm.",
    )
    return Table(
        f"{name}_standing",
        "Between blind and omniscient",
        (*columns, *places, Column("ES − best", 2), Column("p (Holm)", 3)),
        tuple(sections),
        notes,
    )


def _rates(own: pd.DataFrame) -> list[Cell]:
    """Per cent of replies that are unreadable, of those that came, and that are missing, of all."""
    came, unreadable, missing = (int(own[f"n_{what}"].sum()) for what in ("answers", "unreadable", "missing"))
    return [
        plain(100 * unreadable / came if came else None),
        plain(100 * missing / (came + missing) if came + missing else None),
    ]


def _paired(part: Part, first: str, second: str) -> tuple[pd.Series[float], pd.Series[float], list[str]]:
    """The edit scores of two runs on the videos that both answered, and whose they are."""
    one, other = (part.answered(run).set_index("video_id") for run in (first, second))
    both = [video for video in one.index if video in other.index]
    return one.loc[both, "edit_score"], other.loc[both, "edit_score"], list(one.loc[both, "patient"])


def _place(metric: str, means: Mapping[str, pd.Series[float]], run: str, references: Sequence[str]) -> Value | None:
    blind = [float(means[name][metric]) for name in references if name in BLIND]
    if run not in means or not blind or OMNISCIENT not in means:
        return None
    best_blind = max(blind) if _HIGH[metric] else min(blind)
    return plain(place_between(float(means[run][metric]), best_blind, float(means[OMNISCIENT][metric])))
