"""Score whatever is on disk — published logs and our own runs — from the raw replies, never from stored scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lmms_eval_plugins.assessments.assess import DoseScore, score_asked
from lmms_eval_plugins.assessments.dose.summary import summarize_dose
from lmms_eval_plugins.assessments.dose.video import DoseMethod, count_replies, doubts_about
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.find import find_all
from lmms_eval_plugins.runs.run import Run, RunOnDisk, is_run
from lmms_eval_plugins.runs.scored import ScoredRun, ScoreReport, with_whole_assessments
from lmms_eval_plugins.study.identification_logs import score_identification_log
from lmms_eval_plugins.study.log_formats import LogReader, format_of
from lmms_eval_plugins.study.logs import PublishedLog, read_log


def score_paths(paths: Sequence[str], *, split_runs: bool = False, policy: Policy | None = None) -> ScoreReport:
    """Score log files, run folders, and whatever of both lies in folders.

    What cannot be scored is an error of the report by its name; the rest is scored all the same.

    Args:
        paths: files, folders or patterns, as given by the user; a folder is searched all the way down.
        split_runs: score the runs of a file that holds several apart, as ``path#1``, ``path#2``, ….
        policy: how replies are read; None reads published logs as published and our runs as they ask.
    """
    rows: list[ScoredRun] = []
    errors: list[str] = []
    warnings: list[str] = []
    for path in find_all(paths, errors):
        try:
            scored, said = _score_path(path, split_runs, policy)
            rows += scored
            warnings += said
        except UserError as error:
            errors.append(str(error))
    return ScoreReport(tuple(with_whole_assessments(rows)), tuple(errors), tuple(warnings))


def score_log(name: str, log: PublishedLog, policy: Policy | None = None) -> ScoredRun:
    """Score one published log, by default with the published reading.

    Raises:
        UserError: its replies cannot be made out, or a truth cannot be read.
    """
    chosen = policy or "published"
    if not log.has_timelines:
        return ScoredRun(name, "published log", log.task, log.model, "default", score_identification_log(log))
    reader = LogReader(format_of(log), chosen)
    videos = [video for video in log.videos if video.target]
    asked = [
        AnsweredVideo(
            video_id=video.video_id,
            patient=video.patient,
            cohort=None if video.stroke else "healthy",
            activity=video.activity,
            truth=video.target,
            windows=tuple(reader.windows(video)),
        )
        for video in videos
    ]
    score = score_asked(reader.format.method, asked)
    assert isinstance(score, DoseScore)
    doubts = [reader.doubts(video) for video in videos]
    return ScoredRun(
        path=name,
        kind="published log",
        task=log.task,
        model=log.model,
        policy=chosen,
        score=_with_unreadable(score, [doubt.unreadable for doubt in doubts]),
        n_without_truth=len(log.videos) - len(videos),
        n_read_otherwise=sum(doubt.read_otherwise for doubt in doubts),
    )


def score_run(name: str, run: Run | RunOnDisk, policy: Policy | None = None) -> ScoredRun:
    """Score one of our runs, by default with the reading it asks for.

    Raises:
        UserError: its task says no way of scoring, or a truth cannot be read.
    """
    method = run.file.scoring
    if method is None:
        raise UserError(f"{name}: task {run.file.task} says no method of scoring, so there is nothing to score")
    chosen = policy or run.file.reading
    videos = [video for video in run.file.videos if video.truth]
    unreadable: list[int] = []
    read_otherwise = 0

    def asked() -> Iterator[AnsweredVideo]:
        """The videos one after the other, so that not all of them are held; what is doubtful about each is counted."""
        nonlocal read_otherwise
        for video in videos:
            of_video = run.asked(video, chosen)
            if isinstance(method, DoseMethod):
                default = of_video.windows if chosen == "default" else run.asked(video, "default").windows
                unreadable.append(count_replies(default, method).unreadable)
                for a, b in zip(of_video.windows, default, strict=True) if chosen != "default" else ():
                    read_otherwise += doubts_about(a.answers, b.answers, method.question_ids).read_otherwise
            yield of_video

    score = score_asked(method, asked(), run.item_questions)
    if isinstance(score, DoseScore):
        score = _with_unreadable(score, unreadable)
    return ScoredRun(
        path=name,
        kind="run",
        task=run.file.task,
        model=run.file.model,
        policy=chosen,
        score=score,
        n_without_truth=len(run.file.videos) - len(videos),
        n_read_otherwise=read_otherwise,
        notes=run.file.notes,
    )


def _with_unreadable(score: DoseScore, unreadable: Sequence[int]) -> DoseScore:
    """The score with the unreadable replies of each video as counted here."""
    videos = tuple(replace(video, n_unreadable=n) for video, n in zip(score.videos, unreadable, strict=True))
    return DoseScore(summarize_dose(videos), videos)


def _score_path(path: str, split_runs: bool, policy: Policy | None) -> tuple[list[ScoredRun], tuple[str, ...]]:
    """The rows of one file or run folder, and warnings about it."""
    if is_run(Path(path)):
        return [score_run(path, RunOnDisk(Path(path)), policy)], ()
    logs = read_log(Path(path), split_runs=split_runs)
    names = [path] if len(logs) == 1 else [f"{path}#{number}" for number in range(1, len(logs) + 1)]
    return [score_log(name, log, policy) for name, log in zip(names, logs, strict=True)], logs[0].warnings
