"""Differences of two runs' scores by video, or by Fugl-Meyer item, with tests by patient."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import pandas as pd

from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.fugl_meyer.totals import ERROR_WITHOUT_SCORE
from lmms_eval_plugins.core.errors import counted, listed
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_ITEM
from lmms_eval_plugins.reports.compare.pair import ComparedRun, RunPair
from lmms_eval_plugins.reports.tables.against import note_on_p
from lmms_eval_plugins.reports.tables.formats.cells import cell_text
from lmms_eval_plugins.reports.tables.table import (
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    mean_cell,
    p_column,
    plain_value,
)
from lmms_eval_plugins.runs.data_frames.columns import answered
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS
from lmms_eval_plugins.statistics.paired import compare, holm

MOST_ROWS = 10
"""So many videos, and so many answers, with the largest differences are listed."""

INTERVAL_OF_DIFFERENCE = (
    f"Brackets: 95 % interval by patients (cluster-robust t; of fewer than {FEWEST_PATIENTS} there is none); it"
    " describes, p decides."
)


class _Shown(NamedTuple):
    """How a metric is shown: its name, decimals, by what it is multiplied, and whether it grows with a better model."""

    name: str
    digits: int
    scale: float
    grows: bool


_METRICS: Mapping[str, _Shown] = {
    "relative_counting_error": _Shown("relative counting error", 3, 1, False),
    "edit_score": _Shown("edit score", 2, 1, True),
    "action_error_rate": _Shown("action error rate", 3, 1, False),
    "mae_avg": _Shown("error of a count", 2, 1, False),
    "right": _Shown("accuracy of all videos (%)", 1, 100, True),
    "accuracy": _Shown("accuracy (%)", 1, 100, True),
    "mean_error": _Shown("error of an answer", 3, 1, False),
    "mae_item": _Shown("error of an item", 3, 1, False),
    "item_right": _Shown("items right (%)", 1, 100, True),
}
"""Column of scores, or of items, → how it is shown; in the order of tables, but for the primary metric."""


@dataclass(frozen=True)
class PairedMetric:
    """A metric of two runs on the same videos (or items).

    Attributes:
        column: its column in the data frame of scores.
        shown: how it is shown.
        values: by what the values are about; columns ``a``, ``b``.
        patients: whose the values are, in the same order.
    """

    column: str
    shown: _Shown
    values: pd.DataFrame
    patients: pd.Series[str]

    @property
    def differences(self) -> pd.Series[float]:
        """B − A of each video (or item)."""
        return self.values["b"] - self.values["a"]


@dataclass(frozen=True)
class PairedScores:
    """The metrics of two runs, the primary one first, and how many videos (or items) are left out, by reason."""

    metrics: tuple[PairedMetric, ...]
    left_out: Mapping[str, int]
    about: str

    @property
    def notes(self) -> tuple[str, ...]:
        """A note on each reason for which any are left out."""
        return tuple(f"Left out, {self.about} with {reason}: {n:,}." for reason, n in self.left_out.items() if n)


def paired_scores(pair: RunPair) -> PairedScores:
    """Return the metrics of what both runs scored; none where their families differ, or nothing is common."""
    if pair.family is None:
        return PairedScores((), {}, "videos")
    of_items = pair.family.name == FUGL_MEYER.name
    first, second = (_items(run) if of_items else _videos(run) for run in pair.both)
    about = first.index.intersection(second.index, sort=False)
    first, second = first.loc[about], second.loc[about]
    enters = first["enters"] & second["enters"]
    same = first["truth"] == second["truth"]
    left_out = {
        "too few replies in one of the runs": int((~enters).sum()),
        "another truth in each of the runs": int((enters & ~same).sum()),
    }
    first, second = first[enters & same], second[enters & same]
    primary = pair.family.primary.column
    names = sorted(_METRICS, key=lambda name: name != primary)
    metrics = [
        PairedMetric(name, _METRICS[name], pd.DataFrame({"a": first[name], "b": second[name]}), first["patient"])
        for name in names
        if name in first and name in second
    ]
    known = [metric for metric in map(_known, metrics) if len(metric.values)]
    return PairedScores(tuple(known), left_out, "items" if of_items else "videos")


def _known(metric: PairedMetric) -> PairedMetric:
    known = metric.values.notna().all(axis=1)
    return replace(metric, values=metric.values[known], patients=metric.patients[known])


def _videos(run: ComparedRun) -> pd.DataFrame:
    """Return the scores of a run's videos, with whether each enters means, and what is true of it as text."""
    scores = run.scores.set_index("video_id")
    columns = {name: scores[name].astype("Float64").astype(float) for name in _METRICS if name in scores}
    truth = scores[[name for name in scores if name == "truth" or str(name).startswith("true_")]]
    enters = scores.index.isin(answered(run.scores)["video_id"])
    rows = [str(row) for row in truth.itertuples(index=False, name=None)]
    about = {"patient": scores["patient"], "truth": rows, "enters": enters}
    videos: pd.DataFrame = pd.DataFrame({**columns, **about}, index=scores.index)
    return videos


def _items(run: ComparedRun) -> pd.DataFrame:
    """Return the same of a run's Fugl-Meyer items that a therapist scored, the inferred one aside."""
    items = run.items[run.items["truth"].notna() & (run.items["item"] != INFERRED_ITEM)]
    truth, predicted = items["truth"].astype(float), items["predicted"].astype("Float64").astype(float)
    about = pd.Index([f"{who}, item {item}" for who, item in zip(items["patient"], items["item"], strict=True)])
    values = {
        "mae_item": (predicted - truth).abs().fillna(float(ERROR_WITHOUT_SCORE)),
        "item_right": (predicted == truth).astype(float),
        "patient": items["patient"],
        "truth": items["truth"].astype(str),
        "enters": items["state"] != "missing",
    }
    frame: pd.DataFrame = pd.DataFrame(values).set_index(about)
    return frame


def metrics_table(scores: PairedScores) -> Table:
    """Make the table of each metric in both runs, and of its mean difference."""
    tests = [compare(one.values["b"], one.values["a"], list(one.patients)) for one in scores.metrics]
    p_values = [tests[0].p, *holm([test.p for test in tests[1:]])]
    columns = (
        *(Column("metric"), Column("A"), Column("B"), Column("B − A"), p_column("p")),
        *(Column("better"), Column(scores.about), Column("patients")),
    )
    rows = []
    for metric, test, p in zip(scores.metrics, tests, p_values, strict=True):
        shown, scale = metric.shown, metric.shown.scale
        means = [_shown(mean_cell(scale * metric.values[of], metric.patients, False), shown) for of in ("a", "b")]
        ends = [None if end is None else scale * end for end in (test.low, test.high)]
        difference = None if test.difference is None else Value(scale * test.difference, None, *ends)
        rows.append(
            TableRow(
                (
                    *(shown.name, *means, _shown(difference, shown), plain_value(p)),
                    *("higher" if shown.grows else "lower", test.n, test.n_patients),
                )
            )
        )
    further = len(scores.metrics) - 1
    notes = [
        f"Means ± standard error, over the {scores.about} that both runs have. {INTERVAL_OF_DIFFERENCE}",
        note_on_p(tests[0].n_patients, 1),
        f"The primary metric is the {scores.metrics[0].shown.name}; p of the others is corrected by Holm for"
        f" {counted(further, 'comparison')}."
        if further
        else "",
        *scores.notes,
    ]
    return Table("compare_metrics", "Scores", columns, (TableSection("", tuple(rows)),), tuple(filter(None, notes)))


def largest_table(pair: RunPair, scores: PairedScores) -> Iterator[Table]:
    """Yield the table of the videos (or items) whose primary metric differs most; nothing where none differs."""
    primary = scores.metrics[0]
    size = primary.differences.abs()
    differ = size[size > 0].sort_values(ascending=False, kind="stable").index
    if not len(differ):
        return
    activities = _activities(pair)
    rows = []
    for about in differ[:MOST_ROWS]:
        values = (primary.values["a"][about], primary.values["b"][about], primary.differences[about])
        shown = [_shown(Value(primary.shown.scale * float(value)), primary.shown) for value in values]
        rows.append(TableRow((str(about), primary.patients[about], activities.get(about), *shown)))
    heads = (scores.about.removesuffix("s"), "patient", "activity", "A", "B", "B − A")
    title = f"{scores.about.capitalize()} with the largest differences in {primary.shown.name}"
    note = f"{len(rows)} of {len(differ)} {scores.about} that differ, of {len(primary.values)}."
    yield Table("compare_largest", title, tuple(map(Column, heads)), (TableSection("", tuple(rows)),), (note,))


def _activities(pair: RunPair) -> dict[Hashable, str]:
    known = pair.first.scores[pair.first.scores["label"].notna()]
    return dict(zip(known["video_id"], known["label"], strict=True))


def _shown(value: Value | None, shown: _Shown) -> str | None:
    """Return a value as text with the decimals of its metric: rows have different ones."""
    return None if value is None else cell_text(value, Column("", shown.digits))


def incomparable(pair: RunPair, scores: PairedScores) -> str:
    """Return why the scores of two runs cannot be compared."""
    first, second = pair.both
    if scores.notes:
        return " ".join(("Scores cannot be compared.", *scores.notes))
    names = [run.family.a_task if run.family else "a task without scoring" for run in pair.both]
    if pair.family is None:
        return f"Scores cannot be compared: A is of {names[0]}, B of {names[1]}."
    if not first.videos & second.videos:
        return "Scores cannot be compared: the runs have no video in common."
    return f"Scores cannot be compared: no video of {listed(dict.fromkeys(names), by=' and ')} is scored in both."
