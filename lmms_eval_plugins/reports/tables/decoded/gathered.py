"""Dose runs read by their rule and decoded, with their controls, and what of them is compared with what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import pandas as pd

from lmms_eval_plugins.assessments.dose.raters import is_rater
from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.tables.chosen import labels
from lmms_eval_plugins.reports.tables.control_rows import control_rows
from lmms_eval_plugins.reports.tables.part import METRICS, same_videos
from lmms_eval_plugins.runs.data_frames.controls import BOUND, REFERENCE, STOPWATCH, STOPWATCH_BY_ACTIVITY
from lmms_eval_plugins.runs.data_frames.decoders import SEEDS, control_name
from lmms_eval_plugins.runs.data_frames.load import LoadedTables, load_tables
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter

RULE = "rule"
AS_PUBLISHED = "rule, as published"

_OTHERS = {STOPWATCH: None, STOPWATCH_BY_ACTIVITY: None, REFERENCE: RULE, BOUND: RULE}
"""Controls that are no decoder's, and how they are read; stopwatches have no answers to read."""


class ReadRow(NamedTuple):
    """A row of scores: whose, read how, the scores of videos by their ids, and whether it takes no part in tests."""

    label: str
    way: str | None
    scores: pd.DataFrame
    reference: bool


class ReadPair(NamedTuple):
    """A model's scores read in one way, and what they are compared with."""

    model: str
    way: str
    other: str
    first: pd.DataFrame
    second: pd.DataFrame


@dataclass(frozen=True, slots=True)
class ReadSection:
    """Runs about the same videos, their controls, what is compared, and the scheme of the labels."""

    title: str
    rows: tuple[ReadRow, ...]
    pairs: tuple[ReadPair, ...]
    scheme: Scheme


@dataclass(frozen=True, slots=True)
class _Way:
    """A way of decoding.

    Attributes:
        name: what it is called.
        scores: path → the scores of a decoded run, or of a blind control.
        control: what the blind controls are called.
        controls: path of a run → path of its blind control.
        stopwatch: the stopwatch that knows as much of the recordings.
    """

    name: str
    scores: Mapping[str, pd.DataFrame]
    control: str
    controls: Mapping[str, str]
    stopwatch: str


def gathered_sections(
    files: Sequence[str],
    runs: pd.DataFrame,
    chosen: Decoding,
    *,
    split_runs: bool,
    reading: Policy | None,
    only: VideoFilter,
    errors: list[str],
) -> list[ReadSection]:
    """Return the runs read in every way, with their controls, a section for each set of videos.

    Args:
        files: the runs and logs.
        runs: the runs table of those that are shown.
        chosen: how to decode, and by which seed first; habits pooled and by activity are both read.
        split_runs: take the runs of a file that holds several apart.
        reading: how replies are read, by the rule and by decoders alike; None is the default reading.
        only: the videos that are shown.
        errors: what cannot be decoded is added, a line each.

    Raises:
        UserError: no run can be decoded.
    """
    names_of_rows = dict(zip(runs["path"], labels(runs).values(), strict=True))
    load = partial(load_tables, files, ("scores",), split_runs=split_runs)
    ruled = load(reading=reading or "default").of_videos(only)
    published = _by_path(load(reading=None).of_videos(only)) if reading is None else {}
    ways = []
    for by_activity in (False, True):
        decoding = replace(chosen, by_activity=by_activity, blind=False)
        found = load(reading=reading, decoding=decoding, seeds=SEEDS).of_videos(only)
        errors += [error for error in found.errors if error not in errors]
        ways.append(_way(decoding, found))
    if not any(way.controls for way in ways):
        raise UserError(errors[0] if errors else "no run can be decoded")
    every = ruled.tables["runs"]
    names = dict(zip(every["run"], every["path"], strict=True))
    members = [run for run, path in names.items() if path in names_of_rows]
    schemes = {run: ruled.schemes[run] for run in members}
    sections = []
    for title, of_section in same_videos(ruled.tables["scores"], members, schemes):
        own = every[every["run"].isin(of_section)]
        row_names = {run: names_of_rows[names[run]] for run in of_section}
        read = _Read(own, row_names, _by_path(ruled), published, ways)
        sections.append(ReadSection(title, tuple(read.rows()), tuple(read.pairs()), schemes[of_section[0]]))
    return sections


def _by_path(found: LoadedTables) -> dict[str, pd.DataFrame]:
    """Return path → the scores of its videos."""
    runs, scores = found.tables["runs"], found.tables["scores"]
    return {
        path: scores[scores["run"] == run].set_index("video_id", drop=False)
        for run, path in zip(runs["run"], runs["path"], strict=True)
    }


def _way(decoding: Decoding, found: LoadedTables) -> _Way:
    scores = _by_path(found)
    path_of = dict(zip(found.tables["runs"]["run"], found.tables["runs"]["path"], strict=True))
    return _Way(
        name=f"{decoding.method}{', by activity' * decoding.by_activity}",
        scores=scores,
        control=control_name(decoding),
        controls={path_of[run]: path_of[control] for run, control in found.controls.items()},
        stopwatch=STOPWATCH_BY_ACTIVITY if decoding.by_activity else STOPWATCH,
    )


class _Read:
    """The runs of a section, read in every way, with their controls."""

    def __init__(
        self,
        runs: pd.DataFrame,
        names: Mapping[str, str],
        ruled: Mapping[str, pd.DataFrame],
        published: Mapping[str, pd.DataFrame],
        ways: Sequence[_Way],
    ) -> None:
        self._names = names
        self._paths = dict(zip(runs["run"], runs["path"], strict=True))
        self._baselines = set(runs["run"][runs["baseline"].astype(bool)])
        self._ruled, self._published = ruled, published
        self._ways = [way for way in ways if way.controls]
        known = control_rows(runs, names, decoders=False)
        self._own, self._texts = known.own, known.labels
        videos = {video for path in self._paths.values() for video in ruled[path].index}
        shown = known.scores[known.scores["video_id"].isin(videos)]
        self._controls = {name: shown[shown["run"] == name].set_index("video_id", drop=False) for name in known.labels}

    def rows(self) -> Iterator[ReadRow]:
        """Yield a row per run and way, then each different control once."""
        for run, path in self._paths.items():
            label, of_none = self._names[run], run in self._baselines
            yield ReadRow(label, RULE, self._ruled[path], of_none)
            if path in self._published and not _are_equal(self._published[path], self._ruled[path]):
                yield ReadRow(label, AS_PUBLISHED, self._published[path], reference=True)
            for way in self._ways:
                if path in way.controls:
                    yield ReadRow(label, way.name, way.scores[path], of_none)
        for way in self._ways:
            users: dict[str, list[str]] = {}
            for run, path in self._paths.items():
                if path in way.controls:
                    users.setdefault(way.controls[path], []).append(self._names[run])
            for control, of in users.items():
                whose = f" ({listed(of, by=' / ')})" * (len(users) > 1)
                yield ReadRow(way.control + whose, way.name, way.scores[control], reference=True)
        raters = (name for own in self._own.values() for name in own if is_rater(name))
        for kind, way_of in (dict.fromkeys(raters) | _OTHERS).items():
            for name in dict.fromkeys(own[kind] for own in self._own.values() if kind in own):
                yield ReadRow(self._texts[name], way_of, self._controls[name], reference=True)

    def pairs(self) -> Iterator[ReadPair]:
        """Yield what is compared, model by model in each kind of comparison."""
        models = [(run, path) for run, path in self._paths.items() if run not in self._baselines]
        for way in self._ways:
            decoded = [(run, path) for run, path in models if path in way.controls]
            for run, path in decoded:
                yield ReadPair(self._names[run], way.name, RULE, way.scores[path], self._ruled[path])
            for run, path in decoded:
                blind = way.scores[way.controls[path]]
                yield ReadPair(self._names[run], way.name, way.control, way.scores[path], blind)
            for run, path in decoded:
                yield from self._against_stopwatch(run, way.name, way.stopwatch, way.scores[path])
        for run, path in models:
            yield from self._against_stopwatch(run, RULE, STOPWATCH, self._ruled[path])

    def _against_stopwatch(self, run: str, way: str, stopwatch: str, scores: pd.DataFrame) -> Iterator[ReadPair]:
        if stopwatch in self._own[run]:
            yield ReadPair(self._names[run], way, stopwatch, scores, self._controls[self._own[run][stopwatch]])


def _are_equal(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    return bool(one[[*METRICS]].equals(other[[*METRICS]]))
