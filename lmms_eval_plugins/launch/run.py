"""Run a plan: every model answers every task, each into its own run folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.launch.cards import ModelCard
from lmms_eval_plugins.launch.harness import evaluate, make_model, quiet_imports
from lmms_eval_plugins.launch.plan import Plan, RunRequest, TaskPlan
from lmms_eval_plugins.launch.record import describe_run
from lmms_eval_plugins.launch.replay import said_by
from lmms_eval_plugins.launch.rundir import RUN_FILE, open_run, read_run, write_json
from lmms_eval_plugins.launch.workers import answer_in_parallel
from lmms_eval_plugins.results.report import DoseRow
from lmms_eval_plugins.results.runs import read_run as read_answered_run
from lmms_eval_plugins.results.score import score_run
from lmms_eval_plugins.task.prepare import Problem, Video
from lmms_eval_plugins.task.rows import Row, rows_of
from lmms_eval_plugins.video.windows import windows
from lmms_eval_plugins.wrappers.answers import ANSWERS_NAME, AnswerLog, AnswerRecord

SCORES_FILE = "scores.json"
"""Scores of a run: mean and SEM per metric, and every video's own."""


@dataclass(frozen=True, slots=True)
class Finished:
    """One model's run of one task.

    Attributes:
        card: the model.
        folder: the run folder.
        scores: its scores, or None where no video has labels.
        problems: videos that could not be asked about or scored.
        n_asked: answers that were really asked for, not found from an earlier run.
    """

    card: ModelCard
    folder: Path
    scores: DoseRow | None
    problems: tuple[Problem, ...]
    n_asked: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a plan: the finished runs by task, and what failed."""

    finished: dict[str, list[Finished]]
    errors: tuple[str, ...]


def run_plan(plan: Plan, request: RunRequest, console: Console) -> Outcome:
    """Run every model on every task; a model that cannot run does not stop the others."""
    finished: dict[str, list[Finished]] = {task.spec.task: [] for task in plan.tasks}
    errors: list[str] = []
    for card in plan.cards:
        model: Any = None
        for task in plan.tasks:
            console.print(
                f"{card.name}, {task.spec.task}: {len(task.prepared.videos)} videos, {task.n_windows:,} windows,"
                f" {task.n_questions:,} questions",
                highlight=False,
                soft_wrap=True,
            )
            try:
                model = model if model is not None and not _depends_on_task(card) else model_for(card, plan, task)
                finished[task.spec.task].append(_run_one(model, card, plan, task, request, console))
            except UserError as error:
                errors.append(f"{card.name}, {task.spec.task}: {error}")
                console.print(f"error: {errors[-1]}", style="red", highlight=False, markup=False)
    return Outcome(finished, tuple(errors))


def _run_one(
    model: Any, card: ModelCard, plan: Plan, task: TaskPlan, request: RunRequest, console: Console
) -> Finished:
    from lmms_eval_plugins.wrappers.recording import RecordingModel, digest

    described = describe_run(card, plan.wrapper_args, task)
    recording = isinstance(model, RecordingModel)
    identity = model.fingerprint if recording and not _depends_on_task(card) else described["wrapper_args"]
    plan_hash = digest(
        identity, *(described[key] for key in ("task", "card", "settings", "generation", "questions", "videos"))
    )
    base = request.log_path / task.spec.task / card.name
    with open_run(base, plan_hash) as (folder, resumed):
        started = read_run(folder).get("started") if resumed else None
        state = {
            **described,
            "plan": plan_hash,
            "status": "running",
            "started": started or _now(),
            "device": getattr(model, "device_name", None),
            "fingerprint": identity if recording else None,
        }
        write_json(folder / RUN_FILE, state)
        if resumed:
            console.print(f"going on with {folder}", highlight=False)
        if recording:
            model.answers = folder / ANSWERS_NAME
            if request.num_processes > 1 and card.kind == "model":
                answer_in_parallel(request, card, task, folder)
        replies = evaluate(model, task_object(task), folder)
        if not recording:
            _record_replies(folder / ANSWERS_NAME, replies, task, card)
        problems = [*task.prepared.problems]
        if recording:
            problems += [Problem(failure.video_id, failure.reason) for failure in model.failures]
        state |= {
            "status": "incomplete" if problems else "finished",
            "finished": _now(),
            "fingerprint": model.fingerprint if recording else None,
            "problems": [{"video_id": problem.video_id, "reason": problem.reason} for problem in problems],
            "n_asked": model.n_asked if recording else task.n_questions,
        }
        write_json(folder / RUN_FILE, state)
        scores = _score(folder) if any(video.truth for video in task.prepared.videos) else None
    return Finished(card, folder, scores, tuple(problems), state["n_asked"])


def _score(folder: Path) -> DoseRow:
    row = score_run(str(folder), read_answered_run(folder))
    summary = {name: {"mean": mean, "sem": sem} for name, (mean, sem) in row.summary.metrics.items()}
    videos = [
        {
            "video_id": score.video_id,
            "patient": score.patient,
            "cohort": score.cohort,
            "activity": score.activity,
            "edit_score": score.edit_score,
            "action_error_rate": score.action_error_rate,
            "relative_counting_error": score.relative_counting_error,
            "count_predicted": dict(score.count_predicted),
            "count_truth": dict(score.count_truth),
            "unreadable": score.n_unreadable,
            "missing": score.n_missing,
        }
        for score in row.scores
    ]
    write_json(folder / SCORES_FILE, {"n": row.summary.n, "metrics": summary, "videos": videos})
    return row


def model_for(card: ModelCard, plan: Plan, task: TaskPlan) -> Any:
    """The card's model, with its own arguments and the command line's."""
    args = {**card.args, **plan.wrapper_args}
    if card.fits_on_other_subjects:
        args["training"] = [row.as_dict() for row in _training_rows(task)]
    if card.replays and "source" in args:
        args["said"] = said_by(Path(str(args.pop("source"))), task)
    return make_model(card.wrapper, args)


def _depends_on_task(card: ModelCard) -> bool:
    return card.fits_on_other_subjects or card.replays


def _training_rows(task: TaskPlan) -> Iterable[Row]:
    from lmms_eval_plugins.dataset.labels import read_labels

    videos = []
    for trial in task.prepared.others:
        if trial.labels and trial.labels.is_file():
            labelled = read_labels(trial.labels)
            cut = windows(trial.n_frames, trial.fps, task.spec.dataset_kwargs.sampling, trial.video_id)
            videos.append(Video(trial, labelled.hand, labelled.timeline, cut))
    return rows_of(videos, task.questions)


def task_object(task: TaskPlan) -> Any:
    """The plan's task as lmms-eval runs it."""
    quiet_imports()
    from lmms_eval_plugins.task.lmms_task import RehabTask

    return RehabTask(task.spec.model_dump(mode="json", by_alias=True), prepared=task.prepared)


def _record_replies(path: Path, replies: dict[int, str], task: TaskPlan, card: ModelCard) -> None:
    from lmms_eval_plugins.wrappers.recording import digest

    rows = list(rows_of(task.prepared.videos, task.questions))
    with AnswerLog(path) as log:
        log.append(
            AnswerRecord(
                key=digest(card.wrapper, card.args, row.as_dict()),
                video_id=row.video_id,
                window=row.window,
                start_s=row.start_s,
                end_s=row.end_s,
                question_id=row.question_id,
                prompt_hash=digest(row.text),
                text=replies[number],
                choice_logprobs=None,
                seconds=0.0,
                fingerprint=digest(card.wrapper, card.args),
            )
            for number, row in enumerate(rows)
            if number in replies
        )


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
