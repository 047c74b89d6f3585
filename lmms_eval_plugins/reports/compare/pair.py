"""The two runs of a comparison, each with its answers and scores."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.registry import AnyAssessment, families
from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.tables.chosen import Record, records
from lmms_eval_plugins.runs.data_frames import items_df
from lmms_eval_plugins.runs.data_frames.build import settings_in
from lmms_eval_plugins.runs.data_frames.load import file_of, load_tables
from lmms_eval_plugins.runs.find import find_all

SAME_REQUEST = ["video_id", "start_ms", "end_ms", "question", "answer_kind"]
"""Columns that say which request an answer is to, whatever the run: times, since numbers of windows may differ."""

SAME_WINDOW = SAME_REQUEST[:3]


@dataclass(frozen=True)
class ComparedRun:
    """A run of a comparison.

    Attributes:
        record: its row of the runs table.
        answers: its answers, with the times of windows in milliseconds.
        scores: its scores by video; without rows where its family has none by video.
        items: its Fugl-Meyer items; without rows for other runs.
    """

    record: Record
    answers: pd.DataFrame
    scores: pd.DataFrame
    items: pd.DataFrame

    @property
    def family(self) -> AnyAssessment | None:
        """The family of its task; None for a task without scoring."""
        return next((one for one in families() if self.record["method"] in one.method_names), None)

    @property
    def settings(self) -> dict[str, str]:
        """What was set, as far as it is known."""
        return settings_in(self.record["settings"])

    @property
    def versions(self) -> dict[str, str]:
        """By which versions it was made, as far as they are known."""
        return settings_in(self.record["versions"])

    @property
    def videos(self) -> frozenset[str]:
        """The videos that it has answers or scores about."""
        return frozenset(self.answers["video_id"]) | frozenset(self.scores["video_id"])


@dataclass(frozen=True)
class RunPair:
    """Two runs, called A and B in what people read; differences are B − A.

    Attributes:
        first: A.
        second: B.
        damage: a line about each of them that lacks damaged lines of its answers.
    """

    first: ComparedRun
    second: ComparedRun
    damage: tuple[str, ...] = ()

    @property
    def both(self) -> tuple[ComparedRun, ComparedRun]:
        """The runs in order."""
        return self.first, self.second

    @property
    def family(self) -> AnyAssessment | None:
        """The family of both tasks; None where they are of different ones, or of none."""
        one, other = self.first.family, self.second.family
        return one if one is other else None

    @cached_property
    def answers(self) -> pd.DataFrame:
        """The answers to requests that both runs have, in A's order; columns end in ``_a`` and ``_b``."""
        merged: pd.DataFrame = self.first.answers.merge(
            self.second.answers, on=SAME_REQUEST, how="inner", suffixes=("_a", "_b"), validate="one_to_one"
        )
        return merged

    @cached_property
    def replied(self) -> pd.DataFrame:
        """Those of them to which both have a reply."""
        came = (self.answers["state_a"] != "missing") & (self.answers["state_b"] != "missing")
        kept: pd.DataFrame = self.answers[came]
        return kept

    def patient_of(self) -> dict[Hashable, str]:
        """Return video → patient, of both runs."""
        frames = [frame for run in self.both for frame in (run.answers, run.scores)]
        return {video: who for frame in frames for video, who in zip(frame["video_id"], frame["patient"], strict=True)}


def read_pair(first: str, second: str, *, split_runs: bool = False, reading: Policy | None = None) -> RunPair:
    """Read the two runs that two paths mean.

    Args:
        first: a run folder or published log, or a folder with one of them.
        second: another one.
        split_runs: whether ``#1``, ``#2``, … behind a log say which of its runs is meant.
        reading: how replies are read; None reads published logs as published and our runs as they ask.

    Raises:
        UserError: a path means no run or several ones, both mean the same, or one cannot be read.
    """
    (of_first, of_second), damage = read_runs([first, second], split_runs=split_runs, reading=reading)
    return RunPair(of_first, of_second, damage)


def read_runs(
    paths: Sequence[str],
    *,
    split_runs: bool = False,
    reading: Policy | None = None,
    decoding: Decoding | None = None,
) -> tuple[list[ComparedRun], tuple[str, ...]]:
    """Read the run that each path means, in their order, and return a line about each that lacks damaged lines.

    Args:
        paths: one or two run folders or published logs, or folders with one of them.
        split_runs: as for `read_pair`.
        reading: as for `read_pair`.
        decoding: how dose runs are decoded; None leaves them to their own rule.

    Raises:
        UserError: a path means no run or several ones, both mean the same, or one cannot be read.
    """
    whole = [_one_run(path) for path in paths]
    if len(set(whole)) < len(whole):
        raise UserError(f"{whole[0]}: both runs are this one; name two")
    loaded = load_tables(
        list(dict.fromkeys(map(file_of, whole))),
        ("answers", "scores"),
        split_runs=split_runs,
        reading=reading,
        decoding=decoding,
    )
    if loaded.errors:
        raise UserError(loaded.errors[0])
    rows = {str(row["path"]): row for row in records(loaded.tables["runs"])}
    tables = loaded.tables["answers"], loaded.tables["scores"]
    return [_compared(path, rows, *tables, reading) for path in whole], loaded.damage


def _one_run(path: str) -> str:
    errors: list[str] = []
    found = find_all([file_of(path)], errors)
    if errors:
        raise UserError(errors[0])
    if len(found) > 1:
        raise UserError(f"{path}: {len(found)} runs are in it; name one of them: {listed(found)}")
    return found[0] + path.removeprefix(file_of(path))


def _compared(
    path: str, rows: dict[str, Record], answers: pd.DataFrame, scores: pd.DataFrame, reading: Policy | None
) -> ComparedRun:
    if path not in rows:
        raise UserError(f"{path}: name one of its runs: {listed(row for row in rows if file_of(row) == file_of(path))}")
    name = rows[path]["run"]
    own = answers[answers["run"] == name]
    times = {f"{end}_ms": (1000 * own[f"{end}_s"]).round().astype("int64") for end in ("start", "end")}
    items = items_df([path] if rows[path]["method"] in FUGL_MEYER.method_names else [], reading=reading)
    return ComparedRun(rows[path], own.assign(**times), scores[scores["run"] == name], items)
