"""What figures are drawn from: the tables of the given paths, each read when it is first needed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from lmms_eval_plugins.assessments.assessment import Assessment, MethodT, ScoreT, TruthT
from lmms_eval_plugins.assessments.dose.windows import JudgedVideo
from lmms_eval_plugins.assessments.labelled.assessment import LABELLED
from lmms_eval_plugins.core.errors import UserError, listed, nearest
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.asked import LabelledQuestion, asked_questions
from lmms_eval_plugins.reports.tables.chosen import labels
from lmms_eval_plugins.runs.data_frames.build import notes_in, text_in
from lmms_eval_plugins.runs.data_frames.columns import answered
from lmms_eval_plugins.runs.data_frames.items import assessments
from lmms_eval_plugins.runs.data_frames.load import LoadedTables, Paths, as_strings, load_tables
from lmms_eval_plugins.runs.data_frames.video_filter import EVERY_VIDEO, VideoFilter
from lmms_eval_plugins.runs.scored import ScoredRun

SYNTHETIC = "synthetic"
"""A word in the notes of runs on the demo dataset."""


class Results:
    """Everything that figures show of some runs and logs.

    Attributes:
        paths: where from, as given.
        named: parts of the names of the runs to show; none leaves the choice to the figure.
        videos: names of the videos to show, where a figure shows single ones; none leaves the choice to it.
        split_runs: whether the runs of a file that holds several are taken apart.
        decoding: how dose runs are decoded; None leaves them to their own rule.
        reading: how replies are read; None as in `load_tables`.
        only: the videos that are shown, of those that are read.
        loaded: the scores and timelines, and maybe the answers, where they are read already.
    """

    def __init__(
        self,
        paths: Paths,
        named: Sequence[str] = (),
        videos: Sequence[str] = (),
        *,
        split_runs: bool = False,
        decoding: Decoding | None = None,
        reading: Policy | None = None,
        only: VideoFilter = EVERY_VIDEO,
        loaded: LoadedTables | None = None,
    ) -> None:
        self.paths = tuple(as_strings(paths))
        self.named = tuple(named)
        self.videos = tuple(videos)
        self.split_runs = split_runs
        self.decoding = decoding
        self.reading = reading
        self.only = only
        self._given = loaded

    def showing(self, named: Sequence[str] = (), videos: Sequence[str] = ()) -> Results:
        """Return the same results, to show other runs and videos; nothing is read twice."""
        other = Results(
            self.paths,
            named,
            videos,
            split_runs=self.split_runs,
            decoding=self.decoding,
            reading=self.reading,
            only=self.only,
        )
        other._loaded = self._loaded
        return other

    @cached_property
    def _loaded(self) -> LoadedTables:
        loaded = self._given or load_tables(
            self.paths,
            ("scores", "timelines"),
            split_runs=self.split_runs,
            reading=self.reading,
            decoding=self.decoding,
        )
        return loaded.of_videos(self.only)

    @property
    def with_answers(self) -> LoadedTables | None:
        """What was read already, where answers are among it."""
        return self._given if self._given and "answers" in self._given.tables else None

    @property
    def errors(self) -> tuple[str, ...]:
        """What could not be read, by name."""
        return self._loaded.errors

    @property
    def damage(self) -> tuple[str, ...]:
        """A line about each run that lacks damaged lines of its answers."""
        return self._loaded.damage

    @property
    def runs(self) -> pd.DataFrame:
        """The runs that could be read."""
        return self._loaded.tables["runs"]

    @property
    def scores(self) -> pd.DataFrame:
        """Scores by video, dose and identification."""
        return self._loaded.tables["scores"]

    @property
    def timelines(self) -> pd.DataFrame:
        """True and predicted segments."""
        return self._loaded.tables["timelines"]

    @cached_property
    def assessments(self) -> tuple[ScoredRun, ...]:
        """Scored Fugl-Meyer runs."""
        errors: list[str] = []
        return tuple(assessments(self.paths, errors))

    @cached_property
    def _asked(self) -> tuple[LabelledQuestion, ...]:
        runs: pd.DataFrame = self.runs[self.runs["method"].isin(LABELLED.method_names)]
        if runs.empty:
            return ()
        every = load_tables(self.paths, ("answers",), split_runs=self.split_runs, reading=self.reading)
        answers = (loaded.tables["answers"] for loaded in (every.of_videos(self.only), every))
        return tuple(asked_questions(self._of_the_names(runs), *answers))

    def asked(self) -> tuple[LabelledQuestion, ...]:
        """Return the questions with a truth of their own, with the answers of the runs to show.

        Raises:
            UserError: there are none.
        """
        if self.runs.empty and self.errors:
            raise UserError(self.errors[0])
        if not self._asked:
            raise UserError(f"{listed(self.paths)}: no scored run of {LABELLED.a_task} among what was given")
        return self._asked

    def of_family(self, family: Assessment[MethodT, TruthT, ScoreT]) -> pd.DataFrame:
        """Return the runs of a family that have videos that enter means, and one of the names to show.

        Raises:
            UserError: there are none.
        """
        if self.runs.empty and self.errors:
            raise UserError(self.errors[0])
        scored = set(answered(self.scores)["run"])
        runs: pd.DataFrame = self.runs[self.runs["method"].isin(family.method_names) & self.runs["run"].isin(scored)]
        if runs.empty:
            raise UserError(f"{listed(self.paths)}: no scored run of {family.a_task} among what was given")
        return self._of_the_names(runs)

    def _of_the_names(self, runs: pd.DataFrame) -> pd.DataFrame:
        """Return those of some runs that are to be shown by their names.

        Raises:
            UserError: there are none.
        """
        if not self.named:
            return runs
        kept: pd.DataFrame = runs[[any(part in name for part in self.named) for name in runs["run"]]]
        if kept.empty:
            wanted = ", ".join(repr(part) for part in self.named)
            raise UserError(f"no run has {wanted} in its name{nearest(self.named[0], list(runs['run']))}")
        return kept

    def choose(self, family: Assessment[MethodT, TruthT, ScoreT]) -> tuple[str, tuple[str, ...]]:
        """Choose the run to show: the best of a family by its primary metric, no control.

        Videos that are left out for want of replies count as failed: silence does not make a run the best.

        Returns:
            The run, and a remark if it was one of several.

        Raises:
            UserError: there is none.
        """
        runs = self.of_family(family)
        candidates = list(without_controls(runs)["run"])
        if len(candidates) == 1:
            return candidates[0], ()
        primary = family.primary
        asked = self.scores[self.scores["run"].isin(candidates)]
        values = asked[primary.column].astype(float).where(asked.index.isin(answered(asked).index), primary.failed)
        means = values.groupby(asked["run"], sort=False).mean()
        best = str(means.idxmax() if primary.higher_is_better else means.idxmin())
        name = labels(runs[runs["run"].isin(candidates)])[best]
        shown = best if name in best else f"{best}, {name}"
        return best, (f"shown: {shown}, best of {len(candidates)} runs by {primary.name}; name another to see it",)

    def scheme_of(self, *runs: str) -> Scheme:
        """Return the scheme of the labels of some runs.

        Raises:
            UserError: their labels differ, so that one figure cannot show them.
        """
        first, *others = (self._loaded.schemes[run] for run in runs)
        for other in others:
            if other.names != first.names:
                raise UserError(
                    f"{listed(runs)}: their labels differ ({first.name}: {listed(first.names)}; {other.name}:"
                    f" {listed(other.names)}); name runs of the same labels"
                )
        return first

    def scores_of(self, run: str) -> pd.DataFrame:
        """Return the scores of one run's videos that enter means."""
        return answered(self.scores[self.scores["run"] == run])

    def foot_of(self, *runs: str) -> list[str]:
        """Return what stands under a figure: whose runs it shows, and the notes about them."""
        table = self.runs.set_index("run")
        whose = [(text_in(table.loc[run, "model"]), str(table.loc[run, "task"]), run) for run in runs]
        return ["; ".join(", ".join(filter(None, one)) for one in whose), self.only.described, *self.notes_of(*runs)]

    def notes_of(self, *runs: str) -> list[str]:
        """Return what a reader of these runs' numbers should know, once each."""
        notes = self.runs[self.runs["run"].isin(runs)]["notes"].fillna("")
        return list(dict.fromkeys(note for text in notes for note in notes_in(text)))

    def judged(self, run: str, *, every: bool = False) -> list[JudgedVideo]:
        """Return a run's videos that have a truth and enter means, or every one with a truth, with the predictions."""
        own = self.timelines[self.timelines["run"] == run]
        return self._judged(own if every else own[own["video_id"].isin(self.scores_of(run)["video_id"])])

    def truths(self) -> dict[str, Timeline]:
        """Return the true timeline of every video of any run."""
        true = self.timelines[self.timelines["source"] == "truth"]
        firsts = true.groupby("video_id", sort=False)["run"].transform("first")
        return {video.video_id: video.truth for video in self._judged(true[true["run"] == firsts])}

    @staticmethod
    def _judged(rows: pd.DataFrame) -> list[JudgedVideo]:
        segments: dict[tuple[str, str], list[Segment]] = {}
        about: dict[str, tuple[str, str | None, str | None]] = {}
        columns = ("video_id", "patient", "cohort", "activity", "source", "start_s", "end_s", "primitive")
        for video, patient, cohort, activity, source, start_s, end_s, label in zip(
            *(rows[column] for column in columns), strict=True
        ):
            about[video] = (patient, text_in(cohort), text_in(activity))
            segments.setdefault((video, source), []).append(Segment(float(start_s), float(end_s), label))
        return [
            JudgedVideo(
                video,
                *who,
                truth=Timeline(tuple(segments[video, "truth"])),
                predicted=Timeline(tuple(segments.get((video, "predicted"), ()))),
            )
            for video, who in about.items()
            if (video, "truth") in segments
        ]


def without_controls(runs: pd.DataFrame) -> pd.DataFrame:
    """Return the runs of models; all where there are none: a control is shown where nothing else is, or it is named."""
    models: pd.DataFrame = runs[~runs["baseline"].astype(bool)]
    return models if len(models) else runs


def counts_of(scores: pd.DataFrame, side: Literal["predicted", "true"], labels: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the counted labels (columns, in the given order) of each video in a table of scores."""
    counts: npt.NDArray[np.int64] = scores[[f"{side}_{label}" for label in labels]].to_numpy(dtype=np.int64)
    return counts
