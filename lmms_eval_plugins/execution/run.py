"""Run a plan: every model answers every task, each in a run folder of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from lmms_eval_plugins.core.console import say
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError, error_line
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.execution.crashes import Crashed, crash_kept
from lmms_eval_plugins.execution.harness import evaluate
from lmms_eval_plugins.execution.models import (
    check_shows_crops,
    depends_on_task,
    frames_for,
    model_for,
    task_object,
    usable,
)
from lmms_eval_plugins.execution.plan import Plan, TaskPlan
from lmms_eval_plugins.execution.record import describe_run, describe_speed, requests_hash
from lmms_eval_plugins.execution.replies import WatchedVideos, as_problems, record_replies, unanswered
from lmms_eval_plugins.execution.workers import answer_in_parallel
from lmms_eval_plugins.machine.fits import check_ready
from lmms_eval_plugins.machine.hardware import this_machine
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, with_note_on_secrets
from lmms_eval_plugins.runs.folder import complete_command, open_run
from lmms_eval_plugins.runs.merge import gather
from lmms_eval_plugins.runs.reuse import describe_reuse, is_worth_a_note
from lmms_eval_plugins.runs.run_file import Problem, Speed, find_run_file, write_run_file
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.score import write_scores
from lmms_eval_plugins.runs.scored import ScoredRun
from lmms_eval_plugins.runs.shards import clear_shards, shard_speeds
from lmms_eval_plugins.runs.shown_name import SetOtherwise, with_differences


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run: one model on one task.

    Attributes:
        card: the model.
        folder: the run folder.
        scores: its scores; None where no truth is known.
        problems: videos that could not be used or scored.
        n_asked: answers that were generated, not found from an earlier run.
        differences: what is not as the model's card and the task's file say.
    """

    card: ModelCard
    folder: Path
    scores: ScoredRun | None
    problems: tuple[Problem, ...]
    n_asked: int
    differences: tuple[SetOtherwise, ...] = ()

    @property
    def model(self) -> str:
        """The model's name, with what was set otherwise."""
        return with_differences(self.card.name, self.differences)

    @property
    def label(self) -> str:
        """What the card says about the model, with the same."""
        return with_differences(self.card.about, self.differences)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a plan.

    Attributes:
        finished: the finished runs, by task.
        errors: a line for each model that could not run a task to its end.
        crashed: whether one of them ended of an error that nobody foresaw.
    """

    finished: dict[str, list[Finished]]
    errors: tuple[str, ...]
    crashed: bool = False

    @property
    def runs(self) -> list[Finished]:
        """All finished runs."""
        return [run for runs in self.finished.values() for run in runs]


def run_plan(plan: Plan, request: RunRequest, console: Console) -> Outcome:
    """Run every model on every task; a model that cannot run does not stop the others.

    Until all runs of a command are finished, the same command resumes them, finished ones included.

    Raises:
        UserError: a model does not take the arguments; no model has run.
    """
    errors: list[str] = []
    crashed = False
    cards = _ready_cards(plan, request, console, errors)
    outcome: dict[str, list[Finished]] = {task.spec.task: [] for task in plan.tasks}
    with frames_for(sum(len(plan.tasks_of(card)) for card in cards if card.kind == "model")) as frame_cache:
        for card in cards:
            model: Any = None  # of any class in lmms-eval's registry
            for task in plan.tasks_of(card):
                counts = (
                    f"{len(task.prepared.videos)} videos, {task.n_windows:,} windows, {task.n_questions:,} questions"
                )
                say(console, f"{card.name}, {task.spec.task}: {counts}")
                try:
                    with crash_kept(request.log_path / task.spec.task / card.name):
                        if model is None or depends_on_task(card):
                            model = model_for(card, plan, task, request.log_path, frame_cache)
                        outcome[task.spec.task].append(_run_one(model, card, plan, task, request, console))
                except (UserError, OSError) as error:
                    errors.append(f"{card.name}, {task.spec.task}: {error_line(error)}")
                    say(console, f"error: {errors[-1]}", style="red")
                    if isinstance(error, Crashed):
                        crashed, model = True, None
    done = Outcome(outcome, tuple(errors), crashed)
    if not errors:
        for run in done.runs:
            complete_command(run.folder)
    return done


def _ready_cards(plan: Plan, request: RunRequest, console: Console, errors: list[str]) -> list[ModelCard]:
    """Return the models that can run here; the reasons of the others are printed and added to the errors."""
    plan, unusable = usable(plan)
    for error in unusable:
        errors.append(error)
        say(console, f"error: {error}", style="red")
    ready = []
    for card in plan.cards:
        try:
            check_ready(card, plan.wrapper_args, this_machine(), [*request.model_folders, shipped("models")])
        except UserError as error:
            errors.append(f"{card.name}: {error}")
            say(console, f"error: {errors[-1]}", style="red")
        else:
            ready.append(card)
    return ready


def _run_one(
    model: Any, card: ModelCard, plan: Plan, task: TaskPlan, request: RunRequest, console: Console
) -> Finished:
    from lmms_eval_plugins.models.recording import Recorder

    records = isinstance(model, Recorder)
    check_shows_crops(model, card, task)
    described = describe_run(card, plan.wrapper_args, task)
    # A model that is made from the task's own videos is not known by its fingerprint before it has seen them.
    identity = model.fingerprint if records and not depends_on_task(card) else described.wrapper_args
    requests = requests_hash(described)
    plan_hash = digest(identity, requests)
    with open_run(request.log_path / task.spec.task / card.name, plan_hash) as (folder, resumed), crash_kept(folder):
        before = find_run_file(folder) if resumed else None
        begun = {
            "plan": plan_hash,
            "status": "running",
            "started": (before.started if before else None) or _now(),
            "device": getattr(model, "device_name", None),
            "weights": getattr(model, "weights", None),
            "notes": (*described.notes, *getattr(model, "notes", ())),
        }
        file = described.model_copy(update=begun)
        write_run_file(folder, file)
        if resumed:
            say(console, f"going on with {folder}")
            gather(folder)
            clear_shards(folder)
        task_ = task_object(task)
        is_shared = records and request.num_processes > 1 and card.kind == "model"
        watched = WatchedVideos(task_.rows if is_shared or not records else ())
        if records:
            model.open(replace(model.session, answers=folder / ANSWERS_NAME))
            if is_shared:
                answer_in_parallel(request, card, task, folder, requests)
        replies = evaluate(model, task_, folder)
        speeds = (
            *shard_speeds(folder),
            *([Speed.model_validate(model.speed())] if records and model.n_asked else []),
        )
        if card.kind == "model" and (line := describe_speed(speeds)):
            say(console, f"{file.shown_model}, {task.spec.task}: {line}")
        problems = [*task.prepared.problems, *(as_problems(model.failures) if records else ())]
        if not records:
            replies, changed = watched.without_changed(replies, task_.rows)
            problems += changed
            record_replies(folder / ANSWERS_NAME, replies, task_.rows, card)
        elif is_shared:  # processes begin later, and each looks at its videos for itself
            problems += watched.replaced({problem.video_id for problem in problems})
        problems += unanswered(replies, task_.rows, {problem.video_id for problem in problems})
        problems += as_problems(model.refusals) if records else ()
        n_asked = sum(speed.questions for speed in speeds) if records else len(replies)
        notes = with_note_on_secrets(file.notes, folder / ANSWERS_NAME)
        for note in notes[len(file.notes) :]:
            say(console, f"{file.shown_model}, {task.spec.task}: {note}", style="yellow")
        ended: dict[str, object] = {
            "status": "incomplete" if problems else "finished",
            "finished": _now(),
            "fingerprint": model.fingerprint if records else None,
            "problems": tuple(problems),
            "n_asked": n_asked,
            "speed": speeds,
            "notes": notes,
        }
        if records and model.reused:
            ended["reused"] = model.reused
            if reuse := describe_reuse(model.reused, model.under, n_asked):
                say(console, f"{file.shown_model}, {task.spec.task}: {reuse}")
                if is_worth_a_note(model.reused, model.under, n_asked):
                    ended["notes"] = (*notes, reuse)
        write_run_file(folder, file.model_copy(update=ended))
        clear_shards(folder)
        scores = write_scores(folder) if any(video.truth is not None for video in task.prepared.videos) else None
    damaged = (Problem("", line) for line in (scores.damaged if scores else ()))
    return Finished(card, folder, scores, (*problems, *damaged), n_asked, described.differences)


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
