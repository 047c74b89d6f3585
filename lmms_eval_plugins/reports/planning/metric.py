"""The metric of a run that is planned for, beside that of another run or of its strongest control."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lmms_eval_plugins.core.errors import UserError, counted, nearest
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.compare.metrics import PairedMetric, incomparable, paired_scores
from lmms_eval_plugins.reports.compare.pair import ComparedRun, RunPair
from lmms_eval_plugins.reports.planning.controls import OtherRun, strongest_control
from lmms_eval_plugins.reports.planning.plan import SHOWN_PATIENTS, Aim, Narrowing, PlannedComparison, planned_row
from lmms_eval_plugins.reports.tables.formats.cells import cell_text
from lmms_eval_plugins.reports.tables.table import Column, Value
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter, those_known
from lmms_eval_plugins.statistics.intervals import mean_interval
from lmms_eval_plugins.statistics.planning import half_width_at, paired_trials, variation_of
from lmms_eval_plugins.statistics.rounding import are_equal

DOSE_METRIC = "dose"
"""What stands in place of a metric for the dose alone."""

FEWEST_TO_PLAN = 3
"""Two patients do not show how patients differ."""


@dataclass(frozen=True, slots=True)
class PlannedMetric:
    """A metric of a run, and what it is compared with: ``a`` of the metric's values is the other's."""

    metric: PairedMetric
    other: OtherRun

    @property
    def n_patients(self) -> int:
        """The number of patients."""
        return int(self.metric.patients.nunique())

    def minutes_each(self, run: ComparedRun) -> float | None:
        """Return the minutes of video of a patient; None of items, whose clips' length no score has."""
        own = run.scores[run.scores["video_id"].isin(self.metric.values.index)]
        if own.empty or own["duration_s"].isna().any():
            return None
        return float(own["duration_s"].sum()) / 60 / int(own["patient"].nunique())

    def comparison(self, minutes: float | None, aim: Aim) -> PlannedComparison:
        """Plan for the difference as it is, and for the share of the other's mean that is asked for."""
        metric, name = self.metric, self.other.name
        variation = variation_of(metric.differences, list(metric.patients))
        observed, mean = float(metric.differences.mean()), float(metric.values["a"].mean())
        share = f"{aim.detect_in_words} of the {self._text(mean)} of {name}"
        rows = [
            planned_row(about, self._text(difference), paired_trials, variation, difference, aim)
            for about, difference in (
                ("the difference as it is", 0.0 if are_equal([observed, 0.0]) else observed),
                (share, aim.detect * mean),
            )
        ]
        return PlannedComparison("metric", f"{metric.shown.name}, less that of {name}", minutes, tuple(rows))

    def narrowing(self, name: str, seed: int) -> Narrowing:
        """Return how narrow the interval of the run's mean becomes, of the run of this name."""
        shown, values, patients = self.metric.shown, self.metric.values["b"], list(self.metric.patients)
        widths = [half_width_at(values, np.ones(len(values)), patients, n, seed) for n in SHOWN_PATIENTS]
        now = mean_interval(values, patients)
        return Narrowing(f"{shown.name}, {name}", shown.digits, shown.scale, now, tuple(widths))

    def _text(self, value: float) -> str:
        shown = self.metric.shown
        return cell_text(Value(shown.scale * value), Column("", shown.digits))


def planned_metric(
    path: str,
    runs: Sequence[ComparedRun],
    names: Sequence[str],
    column: str,
    *,
    only: VideoFilter,
    reading: Policy | None,
) -> PlannedMetric:
    """Return a metric of a run, beside that of a second one, or of the strongest control.

    Args:
        path: the run, in messages.
        runs: the run, and the one that it is compared with, if there is one.
        names: what they are called.
        column: the metric's column.
        only: the videos that are planned from; controls learn from all.
        reading: how replies are read.

    Raises:
        UserError: there is no such metric or no such video, the runs cannot be compared, or there are fewer than
            `FEWEST_TO_PLAN` patients.
    """
    other = _against(path, runs, names) if len(runs) > 1 else _control(path, runs[0], column, reading)
    _check_metric(column, other.scores.metrics)
    metric = next(one for one in other.scores.metrics if one.column == column)
    found = PlannedMetric(_only(metric, runs[0], only), other)
    if found.n_patients < FEWEST_TO_PLAN:
        raise UserError(_too_few(path, found.n_patients))
    return found


def _against(path: str, runs: Sequence[ComparedRun], names: Sequence[str]) -> OtherRun:
    pair = RunPair(runs[1], runs[0])
    scores = paired_scores(pair)
    if not scores.metrics:
        raise UserError(f"{path}: {incomparable(pair, scores)}")
    return OtherRun(names[1], scores)


def _control(path: str, run: ComparedRun, column: str, reading: Policy | None) -> OtherRun:
    scores = paired_scores(RunPair(run, run))
    own = scores.metrics
    if not own:
        none = f"{path}: none of its {scores.about} has a score that enters a mean."
        raise UserError(" ".join((none, *scores.notes)))
    _check_metric(column, own)
    control = strongest_control(run, column, reading)
    if control is None:
        n = int(own[0].patients.nunique())
        if n < FEWEST_TO_PLAN:
            raise UserError(_too_few(path, n))
        raise UserError(f"{path}: no blind control has {column}; name another run with --against, or another --metric")
    return control


def _too_few(path: str, n: int) -> str:
    few = f"{counted(n, 'patient')} with scores"
    return f"{path}: {few}; a plan needs {FEWEST_TO_PLAN}, since fewer do not show how patients differ"


def _check_metric(column: str, metrics: Sequence[PairedMetric]) -> None:
    known = [one.column for one in metrics]
    if column not in known:
        raise UserError(f"--metric {column}: these runs have no such metric{nearest(column, [*known, DOSE_METRIC])}")


def _only(metric: PairedMetric, run: ComparedRun, only: VideoFilter) -> PairedMetric:
    """Return a metric of some of the videos; of Fugl-Meyer items, of some of the patients."""
    if not only:
        return metric
    if len(run.items):
        kept = metric.patients.isin(_patients(run, only))
    else:
        videos = only.shown({"scores": run.scores})["scores"]["video_id"]
        kept = metric.values.index.to_series().isin(videos)
    return replace(metric, values=metric.values[kept], patients=metric.patients[kept])


def _patients(run: ComparedRun, only: VideoFilter) -> list[str]:
    """Return the patients of Fugl-Meyer items that are planned from."""
    if only.activities or only.views:
        raise UserError("--activity, --view: Fugl-Meyer items have neither; leave them away; --patient can be given")
    known = {str(patient).casefold(): str(patient) for patient in run.items["patient"]}
    for word in only.patients:
        if word.casefold() not in known:
            raise UserError(f"--patient {word}: no item is of it{those_known(word, set(known.values()))}")
    return [known[word.casefold()] for word in only.patients]
