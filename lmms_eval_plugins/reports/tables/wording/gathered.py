"""The runs among some paths that asked their questions in several wordings, with the answers to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.video import VideoScore
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.tables.chosen import labels, notes_of
from lmms_eval_plugins.runs.data_frames.load import Paths, load_tables
from lmms_eval_plugins.runs.data_frames.video_filter import EVERY_VIDEO, VideoFilter
from lmms_eval_plugins.runs.run import is_run, read_run
from lmms_eval_plugins.runs.wordings.worded import WordedQuestion, with_answers_of, worded_questions

HOW_TO_ASK = "ask in other wordings with `--model_args variants=true` (docs/wording.md)"


@dataclass(frozen=True, slots=True)
class WordedRun:
    """A run with the questions that it asked in several wordings.

    Attributes:
        name: what its rows are called.
        path: its folder.
        task: the task's name.
        questions: these questions.
        videos: its videos with the answers to the base wordings.
        method: how a dose task is scored; None of other tasks.
        scheme: the labels of its dataset.
    """

    name: str
    path: str
    task: str
    questions: tuple[WordedQuestion, ...]
    videos: tuple[AnsweredVideo[object], ...]
    method: DoseMethod | None
    scheme: Scheme

    def dose_scores(self, answers: Sequence[tuple[WordedQuestion, Sequence[object]]] = ()) -> list[VideoScore]:
        """Return the scores of the videos of a dose task with a truth and enough replies, by the task's rule.

        Args:
            answers: questions with the answers about their windows to take in place of those to the base wording.
        """
        if self.method is None:
            return []
        videos = list(self.videos)
        for question, given in answers:
            videos = with_answers_of(videos, question, given)
        scored = DOSE.by_scheme(self.scheme).score(self.method, videos).videos  # type: ignore[arg-type]
        return [score for score in scored if score.replies.suffice]

    @property
    def read_by_rule(self) -> tuple[WordedQuestion, ...]:
        """The questions whose answers the scoring of a dose task reads; none of other tasks."""
        wanted = self.method.question_ids if self.method else ()
        return tuple(question for question in self.questions if question.id in wanted)


@dataclass(frozen=True, slots=True)
class WordedRuns:
    """Runs that asked in several wordings, what their readers should know, and what could not be read."""

    runs: tuple[WordedRun, ...]
    remarks: tuple[str, ...]
    errors: tuple[str, ...]


def gather_worded(
    paths: Paths, what: str, reading: Policy | None = None, only: VideoFilter = EVERY_VIDEO
) -> WordedRuns:
    """Return the runs that asked in several wordings among some paths; others are passed over.

    Args:
        paths: run folders, folders of them, patterns.
        what: what is made of them, for messages.
        reading: how replies are read; None reads as the tasks ask.
        only: the videos that are shown.

    Raises:
        UserError: there is none, or no such video.
    """
    found = load_tables(paths, (), reading=reading)
    errors = [*found.errors, *found.damage]
    kept: list[tuple[str, WordedRun]] = []
    every = found.tables["runs"]
    for name, path in zip(every["run"], every["path"], strict=True):
        if is_run(Path(path)) and (run := _worded_run(name, path, reading)):
            kept.append((name, run))
    runs: pd.DataFrame = every[every["run"].isin([name for name, _ in kept])]
    if runs.empty:
        raise UserError(
            "; ".join([f"{what}: none of the runs given asked its questions in other wordings; {HOW_TO_ASK}", *errors])
        )
    names = labels(runs)
    shown = _only([replace(run, name=names[name]) for name, run in kept], only)
    return WordedRuns(tuple(shown), notes_of(runs, names), tuple(errors))


def _worded_run(name: str, path: str, reading: Policy | None) -> WordedRun | None:
    run = read_run(Path(path))
    if not run.file.variants:
        return None
    policy = reading or run.file.reading
    method = run.file.scoring
    return WordedRun(
        name=name,
        path=path,
        task=run.file.task,
        questions=worded_questions(run, policy),
        videos=tuple(run.answered(video, policy) for video in run.file.videos),
        method=method if isinstance(method, DoseMethod) else None,
        scheme=run.file.label_scheme,
    )


def _only(runs: list[WordedRun], only: VideoFilter) -> list[WordedRun]:
    """Return the runs with the videos that are shown; those without any are left out."""
    if not only:
        return runs
    columns = ("video_id", "patient", "activity", "label", "view")
    facts = pd.DataFrame(
        [
            (video.video_id, video.patient, activity_of_label(video.activity or ""), video.activity, video.view)
            for run in runs
            for video in run.videos
        ],
        columns=columns,
    )
    kept = set(only.shown({"scores": facts})["scores"]["video_id"])
    left = [
        replace(
            run,
            videos=tuple(video for video in run.videos if video.video_id in kept),
            questions=tuple(question.of_videos(kept) for question in run.questions),
        )
        for run in runs
    ]
    return [run for run in left if run.videos]
