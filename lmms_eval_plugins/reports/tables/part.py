"""A section of a table of dose with all that is known about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE, FAILED_SCORES
from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import COHORTS, groups_of
from lmms_eval_plugins.reports.tables.table import Value, mean_cell
from lmms_eval_plugins.runs.data_frames.build import text_in
from lmms_eval_plugins.runs.data_frames.columns import answered

METRICS: Mapping[str, str] = {"edit_score": "ES", "action_error_rate": "AER", "relative_counting_error": "RCE"}
"""Metric of dose → its heading, in the order of the study's tables."""

PRIMARY = DOSE.primary.column

PRIMARY_FIRST: Mapping[str, str] = {PRIMARY: METRICS[PRIMARY], **METRICS}
"""The same with the primary metric first, in the order of tests."""

NOTHING_FOUND = Timeline(())
"""The predicted timeline of a video without answers."""


def cohorts_in(tables: Iterable[pd.DataFrame]) -> list[str]:
    """Return the cohorts by which tables of scores are laid out (see `groups_of`)."""
    return groups_of({cohort for scores in tables for cohort in scores["cohort"].dropna()}, COHORTS)


@dataclass(frozen=True)
class Part:
    """Runs about the same videos, and the controls on those.

    Attributes:
        title: the section's title.
        labels: run or control → what its row is called.
        runs: the runs, in the order of their rows.
        baselines: those of them whose answers are no model's; they are compared with nothing.
        controls: the controls that have rows.
        own: run → name of a control (see `lmms_eval_plugins.runs.data_frames.controls`) → that of the run's own windows
            and method, as it stands in ``labels``.
        scores: the scores of both.
        timelines: the timelines of both; the truth is that of the runs.
        scheme: the scheme of their labels.
    """

    title: str
    labels: Mapping[str, str]
    runs: tuple[str, ...]
    baselines: frozenset[str]
    controls: tuple[str, ...]
    own: Mapping[str, Mapping[str, str]]
    scores: pd.DataFrame
    timelines: pd.DataFrame
    scheme: Scheme

    @property
    def rows(self) -> tuple[str, ...]:
        """The runs and the controls that have rows."""
        return (*self.runs, *self.controls)

    @property
    def models(self) -> tuple[str, ...]:
        """The runs of models that have videos that enter means."""
        return tuple(run for run in self.runs if run not in self.baselines and len(self.answered(run)))

    def is_reference(self, row: str) -> bool:
        """Return whether a row takes no part in being best."""
        return row in self.controls or row in self.baselines

    def scores_of(self, run: str) -> pd.DataFrame:
        """Return the scores of all videos of a run or control."""
        return self._scores.get(run, self._none)

    def answered(self, run: str) -> pd.DataFrame:
        """Return the scores of a run's videos that enter means."""
        return self._answered.get(run, self._none)

    @property
    def _none(self) -> pd.DataFrame:
        rows: pd.DataFrame = self.scores.iloc[:0]
        return rows

    @cached_property
    def _scores(self) -> dict[str, pd.DataFrame]:
        return {str(run): own for run, own in self.scores.groupby("run", sort=False)}

    @cached_property
    def _answered(self) -> dict[str, pd.DataFrame]:
        return {run: answered(own) for run, own in self._scores.items()}

    def ranked(self, run: str, cell_of: Callable[[pd.DataFrame], Value | None]) -> Value | None:
        """Return a cell of a run's scores, see `ranked_cell`."""
        return ranked_cell(self.scores_of(run), self.scheme, cell_of)

    def truth(self) -> dict[str, Timeline]:
        """Return video → its true timeline."""
        return true_timelines(self.timelines)

    def predicted(self, run: str) -> dict[str, Timeline]:
        """Return video → a run's predicted timeline, of videos that enter means; none of a control of counts alone."""
        own = self.timelines[(self.timelines["run"] == run) & (self.timelines["source"] == "predicted")]
        timelines = timelines_of(own)
        if not timelines and run in self.controls:
            return {}
        return {video: timelines.get(video, NOTHING_FOUND) for video in self.answered(run)["video_id"]}

    def failed(self, run: str) -> list[str]:
        """Return the videos of a run that enter no mean."""
        kept = set(self.answered(run)["video_id"])
        return [video for video in self.scores_of(run)["video_id"] if video not in kept]


def ranked_cell(scores: pd.DataFrame, scheme: Scheme, cell_of: Callable[[pd.DataFrame], Value | None]) -> Value | None:
    """Return a cell of the videos that enter means, ranked by what it is with the others counted as failed.

    Args:
        scores: the scores of all videos of a run.
        scheme: the scheme of their labels.
        cell_of: scores of videos → the cell.
    """
    known = answered(scores)
    value = cell_of(known)
    if value is None or len(known) == len(scores):
        return value
    whole = cell_of(with_failures(scores, scheme))
    return value if whole is None else value._replace(ranked=whole.value)


def with_failures(scores: pd.DataFrame, scheme: Scheme) -> pd.DataFrame:
    """Return the scores of all videos; those that are left out of means have found nothing."""
    failed = scores.index.difference(answered(scores).index)
    whole: pd.DataFrame = scores.copy()
    for metric, value in FAILED_SCORES.items():
        whole.loc[failed, metric] = value
    for label in scheme.names:
        whole.loc[failed, f"predicted_{label}"] = 0
        whole.loc[failed, f"mae_{label}"] = whole.loc[failed, f"true_{label}"]
    return whole


def note_on_failures(
    failed: Iterable[tuple[str, pd.DataFrame, Scheme]], digits: Mapping[str, int], what: str
) -> tuple[str, ...]:
    """Return a note on the scores by which rows are ranked where videos are left out of their means; none of none.

    Args:
        failed: what each such row is called, the scores of all its videos, and the scheme of their labels.
        digits: metric → decimals of its numbers.
        what: what the rows are, as a sentence begins with it.
    """
    numbers = []
    for name, scores, scheme in failed:
        means = with_failures(scores, scheme)[list(METRICS)].astype(float).mean()
        of_row = ", ".join(f"{head} {means[metric]:.{digits[metric]}f}" for metric, head in METRICS.items())
        numbers.append(f"{name}: {of_row}")
    if not numbers:
        return ()
    return (
        f"Answered: videos that enter means, since enough replies came. {what} are ranked and marked by their scores"
        f" with the other videos counted as failed (ES 0, AER 1, RCE 1): {listed(numbers, by='; ')}.",
    )


def metric_cell(metric: str, ci: bool, scores: pd.DataFrame) -> Value | None:
    """Return mean ± SEM of a metric over the videos that have it."""
    known = scores[scores[metric].notna()]
    return mean_cell(known[metric], known["patient"], ci)


def true_counts(scores: pd.DataFrame, labels: Iterable[str]) -> pd.Series[float]:
    """Return how many labels each video truly has."""
    return _total(scores, "true", labels)


def predicted_counts(scores: pd.DataFrame, labels: Iterable[str]) -> pd.Series[float]:
    """Return how many labels were found in each video."""
    return _total(scores, "predicted", labels)


def _total(scores: pd.DataFrame, which: str, labels: Iterable[str]) -> pd.Series[float]:
    totals: pd.Series[float] = scores[[f"{which}_{label}" for label in labels]].astype(float).sum(axis=1)
    return totals


def timelines_of(segments: pd.DataFrame) -> dict[str, Timeline]:
    """Return video → timeline, from rows of the timelines table that are of one run and one source."""
    columns = segments[["video_id", "start_s", "end_s", "primitive"]]
    of_videos: dict[str, list[Segment]] = {}
    for video_id, start_s, end_s, primitive in columns.itertuples(index=False):
        of_videos.setdefault(video_id, []).append(Segment(start_s, end_s, primitive))
    return {video_id: Timeline(tuple(own)) for video_id, own in of_videos.items()}


@dataclass(frozen=True, slots=True)
class TrueVideo:
    """A video and what is true of it."""

    video_id: str
    patient: str
    cohort: str | None
    activity: str | None
    truth: Timeline


def true_videos(scores: pd.DataFrame, timelines: pd.DataFrame) -> list[TrueVideo]:
    """Return the videos of some runs with their truth, each once, in the order of the scores."""
    firsts = scores.drop_duplicates("video_id")[["video_id", "patient", "cohort", "activity"]]
    known = true_timelines(timelines)
    return [
        TrueVideo(video_id, patient, text_in(cohort), text_in(activity), known[video_id])
        for video_id, patient, cohort, activity in firsts.itertuples(index=False)
    ]


def true_timelines(timelines: pd.DataFrame) -> dict[str, Timeline]:
    """Return video → its true timeline, from the first run that has it."""
    truth = timelines[timelines["source"] == "truth"]
    first_run = truth.drop_duplicates("video_id").set_index("video_id")["run"]
    return timelines_of(truth[truth["run"] == truth["video_id"].map(first_run)])


def what_labels(schemes: Mapping[str, Scheme]) -> str:
    """Return what the labels of some runs are: functional primitives, or labels where any run's are others."""
    own = any(scheme.names != primitives_scheme().names for scheme in schemes.values())
    return "labels" if own else "functional primitives"


def same_videos(
    scores: pd.DataFrame, runs: Sequence[str], schemes: Mapping[str, Scheme] = MappingProxyType({})
) -> list[tuple[str, list[str]]]:
    """Group runs by the videos they are about, largest sets first, with a title where there is more than one set.

    Args:
        scores: the scores of the runs.
        runs: the runs.
        schemes: run → the scheme of its labels; runs of different labels are in different groups, too.
    """
    of_runs = scores.groupby("run")["video_id"].agg(frozenset)
    sets: dict[tuple[frozenset[str], str], list[str]] = {}
    for run in runs:
        named = _named(schemes[run], schemes) if run in schemes else ""
        sets.setdefault((of_runs.get(run, frozenset()), named), []).append(run)
    if len(sets) == 1:
        return [("", list(runs))]
    ordered = sorted(sets.items(), key=lambda pair: -len(pair[0][0]))
    return [
        (f"{len(videos)} videos, set {number}{named}", members)
        for number, ((videos, named), members) in enumerate(ordered, start=1)
    ]


def _named(scheme: Scheme, schemes: Mapping[str, Scheme]) -> str:
    """Return the end of a section's title: whose labels they are, where runs have others.

    Schemes of one name that mean different things, as before and after a change, are versions.
    """
    if all(own.meanings == scheme.meanings for own in schemes.values()):
        return ""
    versions = list(dict.fromkeys(own.meanings for own in schemes.values() if own.name == scheme.name))
    version = f", version {versions.index(scheme.meanings) + 1}" if len(versions) > 1 else ""
    return f", labels of {scheme.name}{version}"
