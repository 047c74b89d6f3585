"""Score whatever is on disk — published logs and our own runs — from the raw replies, never from stored scores."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.results.doubts import doubts_about
from lmms_eval_plugins.results.formats import LogReader, format_of
from lmms_eval_plugins.results.identification import score_identification
from lmms_eval_plugins.results.logs import LOG_NAME, PublishedLog, read_log
from lmms_eval_plugins.results.report import DoseRow, IdentificationRow, Row, ScoreReport
from lmms_eval_plugins.results.runs import RUN_NAME, Run, is_run, read_run
from lmms_eval_plugins.scoring.summary import summary
from lmms_eval_plugins.scoring.video import VideoScore, count_replies, score_video
from lmms_eval_plugins.timeline import Timeline


def score_paths(paths: Sequence[str], *, split_runs: bool = False, policy: Policy | None = None) -> ScoreReport:
    """Score log files, run folders, and whatever of both lies in folders.

    What cannot be scored is an error of the report by its name; the rest is scored all the same.

    Args:
        paths: files or folders, as given by the user; a folder is searched all the way down.
        split_runs: score the runs of a file that holds several apart, as ``path#1``, ``path#2``, ….
        policy: how replies are read; None reads published logs as published and our runs as they ask.
    """
    rows: list[Row] = []
    errors: list[str] = []
    warnings: list[str] = []
    for path in _find_all(paths, errors):
        try:
            scored, said = _score_path(path, split_runs, policy)
            rows += scored
            warnings += said
        except UserError as error:
            errors.append(str(error))
    return ScoreReport(tuple(rows), tuple(errors), tuple(warnings))


def score_log(name: str, log: PublishedLog, policy: Policy | None = None) -> DoseRow | IdentificationRow:
    """Score one published log, by default with the published reading.

    Raises:
        UserError: its replies cannot be made out, or a truth cannot be read.
    """
    if not log.has_timelines:
        return IdentificationRow(name, log.task, log.model, score_identification(log))
    chosen = policy or "published"
    reader = LogReader(format_of(log), chosen)
    scores: list[VideoScore] = []
    read_otherwise = 0
    for video in log.videos:
        truth = _truth(video.target, f"{log.path}: {video.video_id}")
        if not truth.segments:
            continue
        score = score_video(
            video_id=video.video_id,
            patient=video.patient,
            cohort=None if video.stroke else "healthy",
            activity=video.activity,
            truth=truth,
            windows=reader.windows(video),
            method=reader.format.method,
        )
        doubts = reader.doubts(video)
        scores.append(replace(score, n_unreadable=doubts.unreadable))
        read_otherwise += doubts.read_otherwise
    return DoseRow(
        path=name,
        kind="published log",
        task=log.task,
        model=log.model,
        policy=chosen,
        summary=summary(scores),
        n_without_truth=len(log.videos) - len(scores),
        n_read_otherwise=read_otherwise,
        scores=tuple(scores),
    )


def score_run(name: str, run: Run, policy: Policy | None = None) -> DoseRow:
    """Score one of our runs, by default with the reading it asks for.

    Raises:
        UserError: its task is not about primitives, or a truth cannot be read.
    """
    method = run.file.scoring
    if method is None:
        raise UserError(f"{name}: task {run.file.task} has no scoring of primitives, so there is no dose to score")
    chosen = policy or run.file.reading
    scores: list[VideoScore] = []
    read_otherwise = 0
    for video in run.file.videos:
        truth = _truth(video.truth, f"{name}: {video.video_id}")
        if not truth.segments:
            continue
        windows, default = run.windows(video, chosen), run.windows(video, "default")
        score = score_video(
            video_id=video.video_id,
            patient=video.patient,
            cohort=video.cohort,
            activity=video.activity,
            truth=truth,
            windows=windows,
            method=method,
        )
        scores.append(replace(score, n_unreadable=count_replies(default, method).unreadable))
        pairs = zip(windows, default, strict=True)
        read_otherwise += sum(doubts_about(a.answers, b.answers, method.question_ids).read_otherwise for a, b in pairs)
    return DoseRow(
        path=name,
        kind="run",
        task=run.file.task,
        model=run.file.model,
        policy=chosen,
        summary=summary(scores),
        n_without_truth=len(run.file.videos) - len(scores),
        n_read_otherwise=read_otherwise,
        scores=tuple(scores),
        notes=run.file.notes,
    )


def _score_path(path: str, split_runs: bool, policy: Policy | None) -> tuple[list[Row], tuple[str, ...]]:
    """The rows of one file or run folder, and warnings about it."""
    if is_run(Path(path)):
        return [score_run(path, read_run(Path(path)), policy)], ()
    logs = read_log(Path(path), split_runs=split_runs)
    names = [path] if len(logs) == 1 else [f"{path}#{number}" for number in range(1, len(logs) + 1)]
    return [score_log(name, log, policy) for name, log in zip(names, logs, strict=True)], logs[0].warnings


def _find_all(paths: Sequence[str], errors: list[str]) -> list[str]:
    """What all given paths mean, each once; what cannot be found is added to the errors."""
    found: list[str] = []
    for given in paths:
        try:
            found += _find(given)
        except UserError as error:
            errors.append(str(error))
    return list(dict.fromkeys(found))


def _find(given: str) -> list[str]:
    """The files and run folders that a path means.

    Raises:
        UserError: there is nothing to score.
    """
    if os.path.isfile(given) or is_run(Path(given)):  # noqa: PTH113 - the path is kept as given, "./" and all
        return [given]
    if not Path(given).is_dir():
        raise UserError(f"{given}: no such file or folder")
    found: list[str] = []
    for folder, folders, files in os.walk(given):
        if RUN_NAME in files:
            found.append(folder)
            folders.clear()
        else:
            found += [str(os.path.join(folder, file)) for file in files if LOG_NAME.match(file)]  # noqa: PTH118
    if not found:
        raise UserError(f"{given}: no run folder and no *_samples_*.jsonl log in it, at any depth")
    return sorted(found)


def _truth(text: str, where: str) -> Timeline:
    try:
        return Timeline.from_text(text)
    except ValueError as error:
        raise UserError(f"{where}: the truth cannot be read ({error})") from error
