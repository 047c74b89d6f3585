"""What lies behind a table of dose: where models stand between blind and omniscient, and what they get wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from lmms_eval_plugins.reports.tables.against import DIFFERENCES, NO_DIFFERENCE, against
from lmms_eval_plugins.reports.tables.baselines import OMNISCIENT
from lmms_eval_plugins.reports.tables.errors import cohort_table, primitive_table, segment_table
from lmms_eval_plugins.reports.tables.part import Part
from lmms_eval_plugins.reports.tables.table import (
    UNREADABLE,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    p_column,
    plain_value,
)
from lmms_eval_plugins.runs.data_frames.columns import without_answer
from lmms_eval_plugins.statistics.counts import place_between

_HIGH = {"edit_score": True, "action_error_rate": False, "relative_counting_error": False}
_HEADS = {"edit_score": "ES", "action_error_rate": "AER", "relative_counting_error": "RCE"}


def more_tables(name: str, parts: Sequence[Part], answers: pd.DataFrame | None, ci: bool) -> list[Table]:
    """Return the deeper tables of the sections of a table; none of none."""
    if not parts:
        return []
    tables = [
        _standing(name, parts),
        cohort_table(name, parts, ci),
        primitive_table(name, parts, ci),
        segment_table(name, parts, ci),
    ]
    if answers is not None and answers["p_yes"].notna().any():
        from lmms_eval_plugins.reports.tables.probabilities import probabilities_table

        tables.append(probabilities_table(name, parts, answers, ci))
    return tables


def _standing(name: str, parts: Sequence[Part]) -> Table:
    sections = []
    for part in parts:
        scores = {run: own.set_index("video_id") for run in part.labels if len(own := part.answered(run))}
        means = {run: own[list(_HIGH)].astype(float).mean() for run, own in scores.items()}
        edit_scores = {run: own["edit_score"] for run, own in scores.items()}
        patients = dict(zip(part.scores["video_id"], part.scores["patient"], strict=True))
        models = [run for run in part.runs if run in scores]
        differences = []
        for reference in (
            _best(means, models),
            _best(means, [run for run in part.references if run != OMNISCIENT and run in scores]),
        ):
            compared = dict.fromkeys([*models, *([reference] if reference else [])])
            differences.append(
                against({run: edit_scores[run] for run in compared}, reference, patients) if reference else {}
            )
        rows = []
        for run in part.runs:
            cells: list[Cell] = [part.labels[run], *_rates(part.scores[part.scores["run"] == run])]
            cells += [_place(metric, means, run, part.references) for metric in _HIGH]
            for of_runs in differences:
                difference = of_runs.get(run, NO_DIFFERENCE)
                cells += [difference.value, difference.p]
            rows.append(TableRow(tuple(cells)))
        sections.append(TableSection(part.title, tuple(rows)))
    columns = (Column("model"), Column("videos"), Column("unreadable (%)", 1), Column("missing (%)", 1))
    places = tuple(Column(f"place {head}", 2, "high") for head in _HEADS.values())
    tests = (Column("ES − best", 2), p_column("p (best)"), Column("ES − blind", 2), p_column("p (blind)"))
    notes = (
        "Place: 0 is the best of the baselines that do not see the video, 1 the omniscient ceiling, for each score"
        " (windows of the length that all runs share, else of 0.533 s).",
        "Best: the run of the highest ES; blind: the baseline of the highest ES that does not see the video.",
        UNREADABLE,
        DIFFERENCES,
    )
    title = "Between blind and omniscient"
    return Table(f"{name}_standing", title, (*columns, *places, *tests), tuple(sections), notes)


def _best(means: Mapping[str, pd.Series[float]], runs: Sequence[str]) -> str | None:
    return max(runs, key=lambda run: float(means[run]["edit_score"]), default=None)


def _rates(own: pd.DataFrame) -> list[Cell]:
    """Return videos; per cent of replies without an answer, of those that came, and that are missing, of all."""
    came, missing = (int(own[f"n_{what}"].sum()) for what in ("answers", "missing"))
    return [
        len(own),
        plain_value(100 * without_answer(own) / came if came else None),
        plain_value(100 * missing / (came + missing) if came + missing else None),
    ]


def _place(metric: str, means: Mapping[str, pd.Series[float]], run: str, references: Sequence[str]) -> Value | None:
    blind = [float(means[name][metric]) for name in references if name != OMNISCIENT]
    if run not in means or not blind or OMNISCIENT not in means:
        return None
    best_blind, ceiling = max(blind) if _HIGH[metric] else min(blind), float(means[OMNISCIENT][metric])
    if (ceiling <= best_blind) if _HIGH[metric] else (ceiling >= best_blind):
        return None
    return plain_value(place_between(float(means[run][metric]), best_blind, ceiling))
