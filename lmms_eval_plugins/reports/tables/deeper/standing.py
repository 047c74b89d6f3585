"""Where runs stand between the strongest blind control of their own windows and the reference, with tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.errors import which_of
from lmms_eval_plugins.reports.tables.against import (
    DIFFERENCES,
    NO_DIFFERENCE,
    Difference,
    against,
    each_against,
    note_on_p,
)
from lmms_eval_plugins.reports.tables.part import PRIMARY, PRIMARY_FIRST, Part, with_failures
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
from lmms_eval_plugins.runs.data_frames.controls import REFERENCE, is_blind
from lmms_eval_plugins.statistics.counts import place_between
from lmms_eval_plugins.statistics.intervals import jackknife_interval

_DIGITS = {"relative_counting_error": 2, "edit_score": 1, "action_error_rate": 2}
_SECONDARY = tuple(metric for metric in PRIMARY_FIRST if metric != PRIMARY)
_HIGH = DOSE.higher_is_better
_OWN_WINDOWS = "the controls are those of each run's own windows and method"


class _Blind(NamedTuple):
    """A blind control: its name, which one of that name it is, and its mean."""

    name: str
    own: str
    mean: float


@dataclass(frozen=True)
class Standing:
    """The means and strongest blind controls of a part's runs."""

    part: Part

    @cached_property
    def values(self) -> dict[str, pd.DataFrame]:
        """Run or control → its scores by video, of videos that enter means."""
        names = dict.fromkeys([*self.part.runs, *(own for of in self.part.own.values() for own in of.values())])
        found = {
            name: self.part.answered(name).set_index("video_id")[list(PRIMARY_FIRST)].astype(float) for name in names
        }
        return {name: values for name, values in found.items() if len(values)}

    @cached_property
    def whole(self) -> dict[str, pd.DataFrame]:
        """Run → its scores by video, where videos that are left out of means count as failed."""
        scheme = self.part.scheme
        return {
            run: with_failures(self.part.scores_of(run), scheme)
            .set_index("video_id")[list(PRIMARY_FIRST)]
            .astype(float)
            for run in self.part.runs
        }

    @property
    def best(self) -> str | None:
        """The run of a model that is best by the primary metric."""
        means = {run: float(self.whole[run][PRIMARY].mean()) for run in self.part.models}
        return (max if PRIMARY in _HIGH else min)(means, key=means.__getitem__, default=None)

    def blind(self, run: str, metric: str, videos: pd.Index[str]) -> _Blind | None:
        """Return the strongest blind control of a run in one metric, by its mean over some videos."""
        found = [
            _Blind(name, own, float(mean))
            for name, own in self.part.own.get(run, {}).items()
            if is_blind(name) and own in self.values
            if not pd.isna(mean := self.values[own][metric].reindex(videos).mean())
        ]
        return (max if metric in _HIGH else min)(found, key=lambda control: control.mean, default=None)

    def place(self, run: str, metric: str, top: str = REFERENCE, *, ci: bool = False) -> Value | None:
        """Return the place of a run between its strongest blind control and another one, on the videos of both.

        Args:
            run: the run.
            metric: the score.
            top: name of the control whose place is 1.
            ci: with the 95 % interval by patients, by jackknife, between these two controls.
        """
        best = self.part.own.get(run, {}).get(top)
        if run not in self.values or best not in self.values:
            return None
        known, whole = (of[run][of[run].index.isin(self.values[best].index)] for of in (self.values, self.whole))
        place = self._place(metric, known, self.blind(run, metric, known.index), best, ci)
        if place is None or len(known) == len(whole):
            return place
        every = self._place(metric, whole, self.blind(run, metric, whole.index), best, ci=False)
        return place._replace(ranked=every.value if every else None)

    def _place(self, metric: str, own: pd.DataFrame, blind: _Blind | None, best: str, ci: bool) -> Value | None:
        if blind is None:
            return None
        controls = [self.values[name][metric].reindex(own.index) for name in (blind.own, best)]
        highest = float(controls[1].mean())
        if (highest <= blind.mean) if metric in _HIGH else (highest >= blind.mean):
            return None
        scores = [own[metric], *controls]

        def of_videos(kept: NDArray[np.intp]) -> float | None:
            return place_between(*(float(score.iloc[kept].mean()) for score in scores))

        if not ci:
            return plain_value(of_videos(np.arange(len(own))))
        found = jackknife_interval(of_videos, [self.patients[video] for video in own.index], -np.inf, np.inf)
        return None if found.value is None else Value(found.value, None, found.low, found.high)

    def differences(self, metric: str) -> tuple[Mapping[str, Difference], Mapping[str, Difference]]:
        """Return run of a model → its difference from the best of them, and from its strongest blind control."""
        models, patients = self.part.models, self.patients
        values = {run: self.values[run][metric] for run in models}
        blind = {run: self.blind(run, metric, values[run].index) for run in models}
        controls = {run: self.values[control.own][metric] for run, control in blind.items() if control}
        from_best = against(values, self.best, patients) if self.best else {}
        return from_best, each_against(values, controls, patients)

    @cached_property
    def patients(self) -> dict[object, str]:
        """Video → patient."""
        return dict(zip(self.part.scores["video_id"], self.part.scores["patient"], strict=True))


def standing_tables(name: str, parts: Sequence[Part]) -> list[Table]:
    """Make the tables of places and of paired differences: in the primary metric, and in the others."""
    standings = [Standing(part) for part in parts]
    heads = (Column("model"), Column("videos"), Column("unreadable (%)", 1), Column("missing (%)", 1))
    places = tuple(Column(f"place {head}", 2, "high") for head in PRIMARY_FIRST.values())
    place_note = (
        "Place: 0 is the strongest blind control in that score, 1 the reference, on the same videos;"
        f" {_OWN_WINDOWS}. There is none where the reference is no better than that control."
    )
    best_note = f"Best: the run of a model with the best {PRIMARY_FIRST[PRIMARY]}, the primary metric."
    tests = _note_on_tests(standings)
    first = Table(
        f"{name}_standing",
        "Between blind control and reference",
        (*heads, *places, *_columns((PRIMARY,))),
        tuple(_section(standing, (PRIMARY,), partial(_about, standing)) for standing in standings),
        (
            place_note,
            best_note,
            *_strongest(standings, PRIMARY_FIRST),
            "Controls among the runs are compared with nothing.",
            UNREADABLE,
            DIFFERENCES,
            *tests,
        ),
    )
    second = Table(
        f"{name}_secondary",
        "Secondary metrics against the best run and the strongest blind control",
        (Column("model"), *_columns(_SECONDARY)),
        tuple(_section(standing, _SECONDARY, lambda run: []) for standing in standings),
        (
            f"Edit score and action error rate are secondary: the primary metric is {PRIMARY_FIRST[PRIMARY]}.",
            best_note,
            *_strongest(standings, _SECONDARY),
            DIFFERENCES,
            *tests,
        ),
    )
    return [first, second]


def _columns(metrics: Sequence[str]) -> tuple[Column, ...]:
    columns: list[Column] = []
    for metric in metrics:
        head = PRIMARY_FIRST[metric]
        several = f" {head}" * (len(metrics) > 1)
        for other in ("best", "blind"):
            columns += [Column(f"{head} − {other}", _DIGITS[metric]), p_column(f"p{several} ({other})")]
    return tuple(columns)


def _section(standing: Standing, metrics: Sequence[str], about: Callable[[str], list[Cell]]) -> TableSection:
    found = [difference for metric in metrics for difference in standing.differences(metric)]
    rows = []
    for run in standing.part.runs:
        cells: list[Cell] = [standing.part.labels[run], *about(run)]
        for of_runs in found:
            difference = of_runs.get(run, NO_DIFFERENCE)
            cells += [difference.value, difference.p]
        rows.append(TableRow(tuple(cells), standing.part.is_reference(run)))
    return TableSection(standing.part.title, tuple(rows))


def _about(standing: Standing, run: str) -> list[Cell]:
    return [*_rates(standing.part.scores_of(run)), *(standing.place(run, metric) for metric in PRIMARY_FIRST)]


def _rates(own: pd.DataFrame) -> list[Cell]:
    """Return videos; per cent of replies without an answer, of those that came, and that are missing, of all."""
    came, missing = (int(own[f"n_{what}"].sum()) for what in ("answers", "missing"))
    return [
        len(own),
        plain_value(100 * without_answer(own) / came if came else None),
        plain_value(100 * missing / (came + missing) if came + missing else None),
    ]


def _strongest(standings: Sequence[Standing], metrics: Iterable[str]) -> list[str]:
    """Return notes on which blind control is the strongest in each metric, on all videos of each run."""
    runs = [(standing, run) for standing in standings for run in standing.part.runs if run in standing.values]
    return notes_on_strongest([(standing, run, standing.values[run].index) for standing, run in runs], metrics)


def notes_on_strongest(
    runs: Iterable[tuple[Standing, str, pd.Index[str]]], metrics: Iterable[str] = PRIMARY_FIRST
) -> list[str]:
    """Return notes on which blind control is the strongest in each metric, with its mean.

    Args:
        runs: the runs of standings, each with the videos that count.
        metrics: the metrics.
    """
    notes = []
    of_runs = list(runs)
    for metric in metrics:
        rows: dict[str, list[str]] = {}
        means: dict[str, list[float]] = {}
        every = []
        for standing, run, videos in of_runs:
            if found := standing.blind(run, metric, videos):
                every.append(standing.part.labels[run])
                rows.setdefault(found.name, []).append(every[-1])
                means.setdefault(found.name, []).append(found.mean)
        said = [
            f"{name}, {_span(means[name])}" + f" ({which_of(of_control, every, 'row')})" * (len(rows) > 1)
            for name, of_control in rows.items()
        ]
        if said:
            notes.append(f"Strongest blind control in {PRIMARY_FIRST[metric]}: {'; '.join(said)}.")
    return notes


def _span(means: Sequence[float]) -> str:
    """Return a mean, or the least and the largest where rows have controls of different windows."""
    ends = dict.fromkeys(f"{end:.3g}" for end in (min(means), max(means)))
    return " to ".join(ends)


def _note_on_tests(standings: Sequence[Standing]) -> list[str]:
    """Return what there is to say about p, once for all sections that have as many patients and models."""
    notes = []
    for standing in standings:
        models = standing.part.models
        if models:
            whose = {standing.patients[video] for run in models for video in standing.values[run].index}
            notes.append(note_on_p(len(whose), len(models)))
    return list(dict.fromkeys(notes))
