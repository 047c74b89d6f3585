"""What a plan would do, for ``--dry-run``: its tasks, models and obstacles, and its jobs on a cluster."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.filesize import decimal
from rich.text import Text

from lmms_eval_plugins.core.console import plain_table, say
from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.execution.plan import Plan
from lmms_eval_plugins.execution.slurm.jobs import BYTES_PER_ANSWER, ArrayJob
from lmms_eval_plugins.execution.slurm.site import Site
from lmms_eval_plugins.machine.environments import how_to_create, is_installed
from lmms_eval_plugins.machine.fits import fits
from lmms_eval_plugins.machine.hardware import this_machine
from lmms_eval_plugins.models.cards import ModelCard

_MOST_TOO_LARGE = 10


def show_plan(plan: Plan, console: Console) -> None:
    """Print the tasks with their questions, and the models with what they need."""
    tasks = plain_table("task", "videos", "windows", "questions")
    for task in plan.tasks:
        counts = (len(task.prepared.videos), task.n_windows, task.n_questions)
        tasks.add_row(Text(task.spec.task), *(f"{count:,}" for count in counts))
    models = plain_table("model", "environment", "GPUs", "memory", "questions", "hours", words=("environment",))
    questions_of = [sum(task.n_questions for task in plan.tasks_of(card)) for card in plan.cards]
    hours_of = [study_hours(card, questions) for card, questions in zip(plan.cards, questions_of, strict=True)]
    for card, questions, hours in zip(plan.cards, questions_of, hours_of, strict=True):
        uses_gpu = card.kind == "model" and card.gpus and not card.demo_only
        models.add_row(
            Text(card.name),
            Text(card.environment),
            str(card.gpus) if uses_gpu else "",
            "" if card.memory_wanted_gb is None else f"{card.memory_wanted_gb:.0f} GB",
            f"{questions:,}",
            "" if hours is None else f"{hours:.1f}",
        )
    console.print(tasks)
    console.print()
    console.print(models)
    if any(hours is not None for hours in hours_of):
        say(console, "hours: what the study's jobs would take, one question at a time, on GPUs that it does not name")
    for line in _obstacles(plan):
        say(console, line, style="yellow")
    size = f"{_count(len(plan.cards), 'model')} × {_count(len({task.spec.task for task in plan.tasks}), 'task')}"
    say(console, f"{size} = {plan.n_questions:,} questions; nothing was asked")


def study_hours(card: ModelCard, questions: int) -> float | None:
    """Return the hours that some questions would take at the speed of the study's job, None where it is not known."""
    rate = card.study.questions_per_s
    return None if rate is None else questions / rate / 3600


def _obstacles(plan: Plan) -> list[str]:
    """Name environments to make and models that are too large for this machine, a line each."""
    machine = this_machine()
    missing = dict.fromkeys(card.environment for card in plan.cards if not is_installed(card.environment))
    lines = [f"{name} is not made yet: {how_to_create(name)}" for name in missing]
    large = [card.name for card in plan.cards if not fits(card, plan.wrapper_args, machine)]
    return [*lines, *([f"too large for {machine.described}: {listed(large, _MOST_TOO_LARGE)}"] if large else [])]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def show_jobs(plan: Plan, jobs: Sequence[ArrayJob], site: Site, console: Console) -> None:
    """Print what would be submitted: an array per model, with what it asks and what it is estimated to take."""
    numbers = ("tasks", "at once", "GPUs", "memory", "questions", "GPU-hours", "disk")
    table = plain_table("model", *numbers, "rate", words=("rate",))
    for job in jobs:
        table.add_row(
            Text(job.card.name),
            f"{job.shards:,}",
            f"{min(site.at_once, job.shards):,}",
            site.gres_for(job.gpus) or "none",
            f"{job.memory_gb:.0f} GB",
            f"{job.questions:,}",
            _gpu_hours(job),
            decimal(job.questions * BYTES_PER_ANSWER),
            "not known" if job.rate is None else f"{job.rate.questions_per_s:.2f}/s ({job.rate.source})",
        )
    console.print(table)
    where = [f"{name} {value}" for name, value in (("partition", site.partition), ("account", site.account)) if value]
    say(console, f"each task: {', '.join([*where, f'{site.cpus} CPUs', f'at most {site.time}, then requeued'])}")
    n_tasks = len({task.spec.task for task in plan.tasks})
    total = sum(job.gpu_hours or 0.0 for job in jobs)
    unknown = sum(job.gpus > 0 and job.rate is None for job in jobs)
    without = f", without {unknown} models whose rate is not known" if unknown else ""
    say(
        console,
        f"{len(jobs)} arrays, {sum(job.shards for job in jobs)} tasks, {sum(job.questions for job in jobs):,} questions"
        f" of {n_tasks} tasks of the harness, {total:.1f} GPU-hours{without}; nothing was submitted",
    )
    for name in dict.fromkeys(job.card.environment for job in jobs if not is_installed(job.card.environment)):
        say(console, f"{name} is not made yet: {how_to_create(name)}", style="yellow")


def _gpu_hours(job: ArrayJob) -> str:
    if not job.gpus:
        return "0"
    return "?" if job.gpu_hours is None else f"{job.gpu_hours:,.1f}"
