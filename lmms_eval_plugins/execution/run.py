"""Run plans: every model answers every task, each in a run folder of its own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from lmms_eval_plugins.core.console import say, stage
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError, counted, error_line
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.execution.crashes import Crashed, crash_kept
from lmms_eval_plugins.execution.harness import evaluate
from lmms_eval_plugins.execution.models import (
    check_shows_windows,
    depends_on_task,
    frames_for,
    model_for,
    task_object,
    usable,
)
from lmms_eval_plugins.execution.plan import Plan, TaskPlan
from lmms_eval_plugins.execution.record import describe_run, describe_speed, differences_of, requests_hash
from lmms_eval_plugins.execution.replies import WatchedVideos, as_problems, record_replies, unanswered
from lmms_eval_plugins.execution.workers import answer_in_parallel
from lmms_eval_plugins.machine.fits import check_ready
from lmms_eval_plugins.machine.hardware import this_machine
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.models.hidden import describe_states
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, with_note_on_secrets
from lmms_eval_plugins.runs.folder import complete_command, open_run
from lmms_eval_plugins.runs.hidden.features import FEATURES
from lmms_eval_plugins.runs.hidden.recorded import recorded_states
from lmms_eval_plugins.runs.merge import gather
from lmms_eval_plugins.runs.reuse import describe_reuse, is_worth_a_note
from lmms_eval_plugins.runs.run_file import Problem, RunFile, Speed, find_run_file, write_run_file
from lmms_eval_plugins.runs.score import write_scores
from lmms_eval_plugins.runs.scored import ScoredRun
from lmms_eval_plugins.runs.shards import clear_shards, shard_states
from lmms_eval_plugins.runs.shown_name import SetOtherwise, with_differences


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run: one model on one task.

    Attributes:
        card: the model.
        folder: the run folder.
        scores: its scores; None where no truth is known, or the model answers nothing.
        problems: videos that could not be used or scored.
        n_asked: answers that were generated, not found from an earlier run.
        differences: what is not as the model's card and the task's file say.
        perturb: how frames were perturbed; empty where they were shown as they are.
    """

    card: ModelCard
    folder: Path
    scores: ScoredRun | None
    problems: tuple[Problem, ...]
    n_asked: int
    differences: tuple[SetOtherwise, ...] = ()
    perturb: str = ""

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
    """The outcome of a command.

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


def run_plans(plans: Sequence[Plan], console: Console) -> Outcome:
    """Run every model on every task; a model that cannot run does not stop the others.

    Until all runs of a command are finished, the same command resumes them, finished ones included.

    Args:
        plans: one for each setting of the command. A model that only its windows change is loaded once for all.
        console: for messages.

    Raises:
        UserError: a model does not take the arguments; no model has run.
    """
    errors: list[str] = []
    crashed = False
    outcome: dict[str, list[Finished]] = {task.spec.task: [] for plan in plans for task in plan.tasks}
    turns = _turns(plans, console, errors)
    with frames_for(sum(len(plan.tasks_of(card)) for card, plan in turns if card.looks)) as frame_cache:
        model: Any = None  # of any class in lmms-eval's registry
        made_of: object = None
        for card, plan in turns:
            if (card.name, plan.wrapper_args) != made_of:
                model, made_of = None, (card.name, plan.wrapper_args)
            for task in plan.tasks_of(card):
                shown = (
                    f"{with_differences(card.name, differences_of(card, plan.wrapper_args, task))}, {task.spec.task}"
                )
                counts = f"{counted(len(task.prepared.videos), 'video')}, {counted(task.n_windows, 'window')}"
                say(console, f"{shown}: {counts}, {counted(task.n_questions, 'question')}")
                try:
                    with crash_kept(plan.request.log_path / task.spec.task / card.name):
                        if model is None or depends_on_task(card):
                            with stage(f"{card.name}: loading", console) if card.looks else nullcontext():
                                model = model_for(card, plan, task, plan.request.log_path, frame_cache)
                        outcome[task.spec.task].append(_run_one(model, card, plan, task, console))
                except (UserError, OSError) as error:
                    errors.append(f"{shown}: {error_line(error)}")
                    say(console, f"error: {errors[-1]}", style="red")
                    if isinstance(error, Crashed):
                        crashed, model = True, None
    done = Outcome(outcome, tuple(errors), crashed)
    if not errors:
        for run in done.runs:
            complete_command(run.folder)
    return done


def _turns(plans: Sequence[Plan], console: Console, errors: list[str]) -> list[tuple[ModelCard, Plan]]:
    """Return the models that can run here, each with its plans; why others cannot is printed and added to errors."""
    turns: dict[str, list[tuple[ModelCard, Plan]]] = {}
    for given in plans:
        plan, unusable = usable(given)
        for card in plan.cards:
            try:
                folders = [*plan.request.model_folders, shipped("models")]
                check_ready(
                    card, plan.wrapper_args, this_machine(), folders, plan.request.num_processes if card.looks else 1
                )
            except UserError as error:
                unusable.append(f"{card.name}: {error}")
            else:
                turns.setdefault(card.name, []).append((card, plan))
        for line in unusable:
            if line not in errors:
                errors.append(line)
                say(console, f"error: {line}", style="red")
    return [turn for of_model in turns.values() for turn in of_model]


def _run_one(model: Any, card: ModelCard, plan: Plan, task: TaskPlan, console: Console) -> Finished:
    from lmms_eval_plugins.models.recording import Recorder

    request = plan.request
    records = isinstance(model, Recorder)
    check_shows_windows(model, card, task)
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
        is_shared = records and request.num_processes > 1 and card.looks
        watched = WatchedVideos(task_.rows if is_shared or not records else ())
        if records:
            model.open(replace(model.session, answers=folder / ANSWERS_NAME))
            if is_shared:
                answer_in_parallel(request, card, task, folder, requests)
        replies = evaluate(model, task_, folder)
        states = shard_states(folder)
        speeds = (
            *(speed for one in states for speed in one.speed),
            *([Speed.model_validate(model.speed())] if records and model.n_asked else []),
        )
        if card.looks and (line := describe_speed(speeds)):
            say(console, f"{file.shown_model}, {task.spec.task}: {line}")
        problems = [*task.prepared.problems, *(as_problems(model.failures) if records else ())]
        if not records:
            replies, changed = watched.without_changed(replies, task_.rows)
            problems += changed
            record_replies(folder / ANSWERS_NAME, replies, task_.rows, card)
        elif is_shared:  # processes begin later, and each looks at its videos for itself
            problems += watched.replaced({problem.video_id for problem in problems})
        problems += unanswered(replies, task_.rows, {problem.video_id for problem in problems}, card)
        problems += as_problems(model.refusals) if records else ()
        n_asked = sum(speed.questions for speed in speeds) if records else len(replies)
        file = file.model_copy(update=_found_out(file, before, model, *states))
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
        if (hidden := recorded_states(folder)) is not None:
            ended["hidden"] = hidden
            say(console, f"{file.shown_model}, {task.spec.task}: {describe_states(hidden)}")
        if records and model.reused:
            ended["reused"] = model.reused
            if reuse := describe_reuse(model.reused, model.under, n_asked):
                say(console, f"{file.shown_model}, {task.spec.task}: {reuse}")
                if is_worth_a_note(model.reused, model.under, n_asked):
                    ended["notes"] = (*notes, reuse)
        write_run_file(folder, file.model_copy(update=ended))
        clear_shards(folder)
        scores = None
        if card.kind != FEATURES and any(video.truth is not None for video in task.prepared.videos):
            with stage(f"{file.shown_model}, {task.spec.task}: scoring", console):
                scores = write_scores(folder)
    damaged = (Problem("", line) for line in (scores.damaged if scores else ()))
    return Finished(card, folder, scores, (*problems, *damaged), n_asked, described.differences, file.perturb)


def _found_out(file: RunFile, *others: Any) -> dict[str, object]:  # a model of lmms-eval's own says none of it
    """Return what a model said of its weights, and of its answers, by the time that they were there.

    Args:
        file: what was known before.
        others: the file of a run that goes on, the model, and the states of its shards.
    """
    weights = {name: value for one in (file, *others) for name, value in (getattr(one, "weights", None) or {}).items()}
    notes = dict.fromkeys((*file.notes, *(note for one in others[1:] for note in getattr(one, "notes", ()))))
    return {"weights": weights or None, "notes": tuple(notes)}


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
