"""A section of a table of dose with all that is known about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.runs.data_frames.columns import answered


@dataclass(frozen=True, slots=True)
class Part:
    """Runs about the same videos, and the baselines on those.

    Attributes:
        title: the section's title.
        labels: run or baseline → what its row is called.
        runs: the runs, in the order of their rows.
        references: the baselines.
        scores: the scores of both.
        timelines: the timelines of both; the truth is that of the runs.
        scheme: the scheme of their labels.
    """

    title: str
    labels: Mapping[str, str]
    runs: tuple[str, ...]
    references: tuple[str, ...]
    scores: pd.DataFrame
    timelines: pd.DataFrame
    scheme: Scheme

    def answered(self, run: str) -> pd.DataFrame:
        """Return the scores of a run's videos that enter means."""
        return answered(self.scores[self.scores["run"] == run])

    def truth(self) -> dict[str, Timeline]:
        """Return video → its true timeline."""
        return true_timelines(self.timelines)

    def predicted(self, run: str) -> dict[str, Timeline]:
        """Return video → a run's predicted timeline, of videos that enter means."""
        own = self.timelines[(self.timelines["run"] == run) & (self.timelines["source"] == "predicted")]
        timelines = timelines_of(own)
        return {video: timelines.get(video, Timeline(())) for video in self.answered(run)["video_id"]}


def timelines_of(segments: pd.DataFrame) -> dict[str, Timeline]:
    """Return video → timeline, from rows of the timelines table that are of one run and one source."""
    columns = segments[["video_id", "start_s", "end_s", "primitive"]]
    of_videos: dict[str, list[Segment]] = {}
    for video_id, start_s, end_s, primitive in columns.itertuples(index=False):
        of_videos.setdefault(video_id, []).append(Segment(start_s, end_s, primitive))
    return {video_id: Timeline(tuple(own)) for video_id, own in of_videos.items()}


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
