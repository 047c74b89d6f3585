"""The runs of a report, read one after the other: the answers of all of them together need not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.vocabulary import Hand
from lmms_eval_plugins.reports.tables.chosen import Record, labels, records
from lmms_eval_plugins.runs.data_frames.build import settings_in, text_in
from lmms_eval_plugins.runs.data_frames.columns import TableName
from lmms_eval_plugins.runs.data_frames.load import LoadedTables, Paths, file_of, load_tables
from lmms_eval_plugins.runs.run import is_run
from lmms_eval_plugins.runs.run_file import RunFile, read_run_file


@dataclass(frozen=True, slots=True)
class RunTables:
    """One run of a report.

    Attributes:
        place: its place among the runs.
        name: what it is called on the page.
        row: its row of the runs table.
        file: what it recorded; None of a published log.
        scheme: of its labels.
        answers, timelines, scores: its rows of these tables.
    """

    place: int
    name: str
    row: Record
    file: RunFile | None
    scheme: Scheme
    answers: pd.DataFrame
    timelines: pd.DataFrame
    scores: pd.DataFrame

    @property
    def asked(self) -> tuple[str, ...]:
        """The ids of its questions; a question's place in them stands for it everywhere on the page."""
        known = dict.fromkeys(question.id for question in self.file.questions) if self.file else {}
        return tuple(known | dict.fromkeys(map(str, self.answers["question"].unique())))

    @property
    def is_perturbed(self) -> bool:
        """Whether the frames of its windows were changed."""
        return perturbation_of(self.row) is not None

    @property
    def hands(self) -> Mapping[str, Hand | None]:
        """Video → the hand that it is about; nothing of a published log."""
        return {video.video_id: video.labelled_hand for video in self.file.videos} if self.file else {}

    @property
    def folder(self) -> Path:
        """The run's folder, or the published log's file."""
        return Path(file_of(str(self.row["path"])))


@dataclass(frozen=True, slots=True)
class ReportedVideo:
    """A video of any of the runs: who and what it shows where that is known, and its length in seconds."""

    video_id: str
    patient: str
    cohort: str | None
    activity: str | None
    view: str | None
    duration_s: float


_WHO = ["video_id", "patient", "cohort", "activity", "view"]

_FEW = 100_000
"""Windows of all runs together whose answers may be held in memory, in some hundred megabytes."""

_TABLES: tuple[TableName, ...] = ("answers", "timelines", "scores")

_Tables: TypeAlias = tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]
"""A run's answers, timelines and scores."""


class ReportRuns:
    """Runs and published logs, the runs of a file that holds several taken apart.

    Attributes:
        table: the runs table, those whose frames were changed behind the others.
        rows: its rows, one per run; a run's place in them stands for it everywhere on the page.
        names: what the runs are called on the page, short and unique, by place.
        schemes: of the runs' labels; a scheme's place in them stands for it everywhere on the page.
        errors: what could not be read, a line each.

    Raises:
        UserError: nothing could be read.
    """

    def __init__(self, paths: Paths) -> None:
        loaded = load_tables(paths, (), split_runs=True)
        self._paths = paths
        self.table = _perturbed_last(loaded.tables["runs"])
        self.rows = tuple(records(self.table))
        self.errors = (*loaded.errors, *loaded.damage)
        self._schemes = loaded.schemes
        if not self.rows:
            raise UserError(listed(self.errors, by="; ") or "no run was given")
        shown = labels(self.table)
        self.names = tuple(shown[str(row["run"])] for row in self.rows)
        self.schemes = tuple(dict.fromkeys(loaded.schemes[str(row["run"])] for row in self.rows))

    def each(self) -> Iterator[RunTables]:
        """Yield the runs, one after the other, with their tables."""
        return (self.read(place) for place in range(len(self.rows)))

    def read(self, place: int) -> RunTables:
        """Return the run at a place, with its tables; those of few runs are read once, all together.

        Raises:
            UserError: it cannot be read any more.
        """
        row = self.rows[place]
        path = str(row["path"])
        folder = Path(file_of(path))
        if self._of_few is not None:
            tables = self._of_few.get(path)
        else:
            tables = _by_path(load_tables([folder], _TABLES, split_runs=True)).get(path)
        if tables is None:
            raise UserError(f"{path}: it changed while the report was made; make it again")
        file = read_run_file(folder) if is_run(folder) else None
        return RunTables(place, self.names[place], row, file, self._schemes[str(row["run"])], *tables)

    @property
    def n_windows(self) -> int:
        """Number of windows of all runs together."""
        return sum(int(row["n_windows"]) for row in self.rows)

    @cached_property
    def few(self) -> LoadedTables | None:
        """The tables of all runs together; None where they are too many for that."""
        if self.n_windows > _FEW:
            return None
        return load_tables(self._paths, _TABLES, split_runs=True)

    @property
    def few_as_is(self) -> LoadedTables | None:
        """What `few` has of the runs whose frames were not changed."""
        if self.few is None or not any(map(perturbation_of, self.rows)):
            return self.few
        as_is = [row["run"] for row in self.rows if perturbation_of(row) is None]
        tables = {name: table[table["run"].isin(as_is)] for name, table in self.few.tables.items()}
        return replace(self.few, tables=tables)

    @cached_property
    def _of_few(self) -> Mapping[str, _Tables] | None:
        return None if self.few is None else _by_path(self.few)

    @cached_property
    def videos(self) -> tuple[ReportedVideo, ...]:
        """All videos, by patient and name; a video's place in them stands for it everywhere on the page."""
        found: dict[str, ReportedVideo] = {}
        for run in self.each():
            lengths = run.answers.groupby("video_id", sort=False)["end_s"].max().to_dict()
            known = run.scores.dropna(subset=["duration_s"])
            lengths |= dict(zip(known["video_id"], known["duration_s"], strict=True))
            for who in records(run.answers[_WHO].drop_duplicates("video_id")):
                video = ReportedVideo(
                    str(who["video_id"]),
                    str(who["patient"]),
                    text_in(who["cohort"]),
                    text_in(who["activity"]),
                    text_in(who["view"]),
                    float(lengths[who["video_id"]]),
                )
                before = found.get(video.video_id, video)
                found[video.video_id] = ReportedVideo(
                    video.video_id,
                    before.patient,
                    before.cohort or video.cohort,
                    before.activity or video.activity,
                    before.view or video.view,
                    max(before.duration_s, video.duration_s),
                )
        return tuple(sorted(found.values(), key=lambda video: (video.patient, video.video_id)))

    @cached_property
    def places(self) -> Mapping[str, int]:
        """A video's name → its place in `videos`."""
        return {video.video_id: place for place, video in enumerate(self.videos)}


def perturbation_of(row: Record) -> str | None:
    """Return how the frames of a run's windows were changed, by its row of the runs table; None where they were not."""
    return settings_in(row["settings"]).get("perturb")


def _perturbed_last(runs: pd.DataFrame) -> pd.DataFrame:
    perturbed = [perturbation_of(row) is not None for row in records(runs)]
    ordered: pd.DataFrame = runs.iloc[np.argsort(perturbed, kind="stable")].reset_index(drop=True)
    return ordered


def _by_path(loaded: LoadedTables) -> dict[str, _Tables]:
    """Return the tables of each run, by its path."""
    of_runs = [dict(list(loaded.tables[name].groupby("run", sort=False))) for name in _TABLES]
    runs = loaded.tables["runs"]
    none = [loaded.tables[name].iloc[:0] for name in _TABLES]
    return {
        str(path): tuple(own.get(run, empty) for own, empty in zip(of_runs, none, strict=True))
        for path, run in zip(runs["path"], runs["run"], strict=True)
    }
