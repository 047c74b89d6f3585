"""Score whatever is on disk — published logs and our own runs — from the raw replies, never from stored scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from lmms_eval_plugins.assessments.dose.assessment import DOSE, DoseAssessment
from lmms_eval_plugins.assessments.dose.raters import rated_videos
from lmms_eval_plugins.assessments.registry import assessment_of
from lmms_eval_plugins.core.errors import UserError, error_line
from lmms_eval_plugins.core.json_files import write_json
from lmms_eval_plugins.dataset.labels.of_rater import RaterLabels
from lmms_eval_plugins.domain.vocabulary import HEALTHY
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.coverage import Coverage, ReplyCounts
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.answers_by_video import AnswersByVideo
from lmms_eval_plugins.runs.differences.log_arguments import arguments_of_log
from lmms_eval_plugins.runs.differences.recorded import settings_of_arguments, settings_of_file
from lmms_eval_plugins.runs.find import find_all
from lmms_eval_plugins.runs.run import Run, RunOnDisk, is_run
from lmms_eval_plugins.runs.run_file import BASELINES, RunFile
from lmms_eval_plugins.runs.scored import (
    ScoredRun,
    ScoreReport,
    rows_of_raters,
    with_controls_once,
    with_whole_assessments,
)
from lmms_eval_plugins.study.log_formats import LOG_METHOD, LogReader, format_of, score_identification_log
from lmms_eval_plugins.study.logs import PublishedLog, read_log


def score_paths(
    paths: Sequence[str],
    *,
    split_runs: bool = False,
    policy: Policy | None = None,
    rater: RaterLabels | None = None,
) -> ScoreReport:
    """Score log files, run folders, and whatever of both lies in folders.

    What cannot be scored, a file or a line of it, is an error of the report; the rest is scored all the same.

    Args:
        paths: files, folders or patterns, as given by the user; a folder is searched all the way down.
        split_runs: score the runs of a file that holds several apart, as ``path#1``, ``path#2``, ….
        policy: how replies are read; None reads published logs as published and our runs as they ask.
        rater: whose labels are the truth, of the videos that have some; None for the truth that the runs recorded.
    """
    rows: list[ScoredRun] = []
    errors: list[str] = []
    warnings: list[str] = []
    for path in find_all(paths, errors):
        try:
            scored, about = _score_path(path, split_runs, policy, rater)
            rows += scored
            warnings += about
            errors += [line for row in scored for line in row.damaged]
        except Exception as error:
            errors.append(error_line(error, path))
    return ScoreReport(tuple(with_whole_assessments(with_controls_once(rows))), tuple(errors), tuple(warnings))


def score_log(name: str, log: PublishedLog, policy: Policy | None = None) -> ScoredRun:
    """Score one published log, by default with the published reading.

    Raises:
        UserError: its replies cannot be made out, or a truth cannot be read.
    """
    arguments = arguments_of_log(log.path)
    settings = settings_of_arguments(arguments).settings if arguments else {}
    if not log.has_timelines:
        score = score_identification_log(log)
        return ScoredRun(
            path=name,
            kind="published log",
            task=log.task,
            model=log.model,
            policy="default",
            assessment=assessment_of(LOG_METHOD),
            score=score,
            coverage=Coverage.of({video.video_id: video.replies for video in score.videos}),
            settings=settings,
        )
    chosen = policy or "published"
    reader = LogReader(format_of(log), chosen)
    default = reader if chosen == "default" else LogReader(reader.format, "default")
    videos = [
        AnsweredVideo(
            video_id=video.video_id,
            patient=video.patient,
            cohort=None if video.stroke else HEALTHY,
            activity=video.activity,
            truth=DOSE.read_truth(video.target, video.video_id),
            windows=tuple(reader.windows(video)),
            by_default=tuple(default.windows(video)),
            duration_s=video.duration_s,
        )
        for video in log.videos
    ]
    known = [video for video in videos if video.truth is not None]
    method = reader.format.method
    return ScoredRun(
        path=name,
        kind="published log",
        task=log.task,
        model=log.model,
        policy=chosen,
        assessment=assessment_of(method),
        score=DOSE.score(method, known),
        n_without_truth=len(videos) - len(known),
        n_read_otherwise=sum(DOSE.read_otherwise(method, video) for video in known),
        coverage=Coverage.of({video.video_id: DOSE.replies(method, video) for video in known}),
        settings=settings,
    )


def score_run(name: str, run: Run | RunOnDisk, policy: Policy | None = None) -> ScoredRun:
    """Score one of our runs, by default with the reading that its task asks for.

    Raises:
        UserError: its task has no method of scoring, or a truth cannot be read.
    """
    method, assessment = run.file.scoring, run.file.assessment
    if method is None or assessment is None:
        raise UserError(f"{name}: task {run.file.task} says no method of scoring, so there is nothing to score")
    chosen = policy or run.file.reading
    videos = [video for video in run.file.videos if video.truth]
    read_otherwise = 0
    counts: dict[str, ReplyCounts] = {}

    def answered() -> Iterator[AnsweredVideo[object]]:
        """Yield the videos one after the other, so that not all of them are held, and count their replies."""
        nonlocal read_otherwise
        for video in videos:
            own = run.answered(video, chosen)
            default = own if chosen == "default" else run.answered(video, "default")
            both = replace(own, by_default=default.windows)
            read_otherwise += assessment.read_otherwise(method, both)
            counts[video.video_id] = assessment.replies(method, both)
            yield both

    score = assessment.score(method, answered(), run.file.questions)
    return ScoredRun(
        path=name,
        kind="run",
        task=run.file.task,
        model=run.file.shown_model,
        policy=chosen,
        assessment=assessment,
        score=score,
        n_without_truth=len(run.file.videos) - len(videos),
        n_read_otherwise=read_otherwise,
        notes=run.file.all_notes,
        coverage=Coverage.of(counts),
        damaged=run.damaged,
        baseline=run.file.kind in BASELINES,
        settings=settings_of_file(run.file).settings,
    )


def _score_path(
    path: str, split_runs: bool, policy: Policy | None, rater: RaterLabels | None
) -> tuple[list[ScoredRun], tuple[str, ...]]:
    """Return the rows of one file or run folder, and warnings about it."""
    if is_run(Path(path)):
        run = RunOnDisk(Path(path))
        if rater:
            run.file = _with_truth_of(rater, run.file, path)
        return [score_run(path, run, policy), *_score_raters(path, run)], ()
    if rater:
        raise UserError(f"{path}: is no run folder of ours; --rater is about these")
    logs = read_log(Path(path), split_runs=split_runs)
    names = [path] if len(logs) == 1 else [f"{path}#{number}" for number in range(1, len(logs) + 1)]
    return [score_log(name, log, policy) for name, log in zip(names, logs, strict=True)], logs[0].warnings


def _score_raters(path: str, run: RunOnDisk) -> list[ScoredRun]:
    """Return the rows of a run's further raters, where its task is about dose."""
    method, assessment = run.file.scoring, run.file.assessment
    if method is None or assessment is None or not DOSE.owns(method):
        return []
    asked_nothing = Run(run.path, run.file, run.kinds, {})
    rated = rated_videos(asked_nothing.answered(video, "default") for video in run.file.videos if video.raters)
    return rows_of_raters(path, run.file.task, method, assessment, rated)


def _with_truth_of(rater: RaterLabels, file: RunFile, path: str) -> RunFile:
    """Return a run with the videos that a rater labelled, whose truth these labels are; a note says so.

    Raises:
        UserError: the run's truths are no labels over time, or the rater labelled none of its videos.
    """
    assessment = file.assessment
    if not isinstance(assessment, DoseAssessment):
        raise UserError(f"{path}: task {file.task} is not scored against labels over time, which --rater is about")
    videos = []
    for video in file.videos:
        timeline = rater.timeline(video.video_id, video.labelled_hand)
        if timeline and timeline.segments:
            others = {name: text for name, text in video.raters.items() if name != rater.rater}
            videos.append(video.model_copy(update={"truth": assessment.write_truth(timeline), "raters": others}))
    n_started = len({video.video_id for video in file.videos} & {*rater.started})
    started = f"; {n_started} more only started: mark them as done in the review" * bool(n_started)
    if not videos:
        raise UserError(
            f"{path}: {rater.rater} has labelled none of its videos, or another hand than it is about{started}"
        )
    note = f"scored against the labels of {rater.rater}: {len(videos)} of {len(file.videos)} videos have them{started}"
    return file.model_copy(update={"videos": tuple(videos), "notes": (*file.notes, note)})


SCORES_FILE = "scores.json"


def write_scores(folder: Path, answers: AnswersByVideo | None = None) -> ScoredRun:
    """Score a run folder from its answers, as ``strokerehab score`` does, and write the scores into it.

    Args:
        folder: the run's folder.
        answers: where its answers lie, if that is known already.
    """
    row = score_run(str(folder), RunOnDisk(folder, answers))
    metrics = {name: {"mean": mean, "sem": sem} for name, (mean, sem) in row.score.metrics.items()}
    left_out: dict[str, object] = {"left_out": row.coverage.left_out} if row.coverage.left_out else {}
    if (answered := row.answered) is not None and answered.entered.n_left_out:
        left_out |= {"answered": answered.entered.share, "with_failed": answered.with_failed}
    replies = row.coverage.replies
    counts = {"n_refused": replies.refused, "n_contradictory": replies.contradictory, "n_cut": replies.cut}
    details = row.assessment.details(row.score)
    write_json(folder / SCORES_FILE, {"n": row.score.n, **left_out, **counts, "metrics": metrics, **details})
    return row
