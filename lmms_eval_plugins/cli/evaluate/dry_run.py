"""What a plan would do, for ``--dry-run``: its tasks, models and obstacles, and its jobs on a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from lmms_eval_plugins.core.console import plain_table, say
from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.execution.plan import Plan
from lmms_eval_plugins.execution.slurm.jobs import BYTES_PER_ANSWER, ArrayJob, described_resources
from lmms_eval_plugins.execution.slurm.site import Site
from lmms_eval_plugins.machine.environments import how_to_create, is_installed
from lmms_eval_plugins.machine.fits import fits
from lmms_eval_plugins.machine.hardware import this_machine
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.runs.run_file import Problem
from lmms_eval_plugins.video.pace import WindowPace, describe_other_paces
from lmms_eval_plugins.video.windows import Dense

_MOST_TOO_LARGE = 10
_MOST_ALIKE = 3
"""So many videos with the same problem have a line each."""
_SAME_RATE = 0.02
"""Frames per second; 29.97 / 2 is as good as 15."""


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """Return problems with videos as lines, those that many videos have as one with their number."""
    alike: dict[str, dict[str, Problem]] = {}
    for problem in problems:
        _, _, what = problem.reason.partition(": ")
        alike.setdefault(what if problem.video_id else problem.reason, {})[problem.reason] = problem
    lines: list[str] = []
    for what, found in alike.items():
        names = [problem.video_id for problem in found.values()]
        many = f"{len(names):,} videos ({listed(names, most=_MOST_ALIKE)}): {what}"
        lines += [many] if len(names) > _MOST_ALIKE else found
    return lines


def show_plan(plan: Plan, console: Console) -> None:
    """Print the tasks with their questions, and the models with what they need."""
    tasks = plain_table("task", "videos", "windows", "questions")
    for task in plan.tasks:
        counts = (len(task.prepared.videos), task.n_windows, task.n_questions)
        tasks.add_row(task.spec.task, *(f"{count:,}" for count in counts))
    models = plain_table("model", "environment", "GPUs", "memory", "questions", "hours", words=("environment",))
    questions_of = [sum(task.n_questions for task in plan.tasks_of(card)) for card in plan.cards]
    hours_of = [study_hours(card, questions) for card, questions in zip(plan.cards, questions_of, strict=True)]
    for card, questions, hours in zip(plan.cards, questions_of, hours_of, strict=True):
        uses_gpu = card.kind == "model" and card.gpus and not card.demo_only
        models.add_row(
            card.name,
            card.environment,
            str(card.gpus) if uses_gpu else "",
            "" if card.memory_wanted_gb is None else f"{card.memory_wanted_gb:.0f} GB",
            f"{questions:,}",
            "" if hours is None else f"{hours:.1f}",
        )
    console.print(tasks)
    console.print()
    _show_windows(plan, console)
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


def _show_windows(plan: Plan, console: Console) -> None:
    """Print how long windows are in the videos of each rate, and what differs from the settings; nothing if uniform."""
    if paces := _paces(plan):
        console.print(_pace_table(paces))
        for line in _window_remarks(plan, paces):
            say(console, line, style="yellow")
        for line in dict.fromkeys(line for task in plan.tasks for line in task.prepared.boxes):
            say(console, line)
        console.print()


_Paces = Mapping[tuple[int, float], Sequence[WindowPace]]
"""Frames of a window and frames per second → the pace of each video rate."""


def _paces(plan: Plan) -> _Paces:
    """Return the paces of all dense tasks; a rate that several tasks have counts the videos of the largest."""
    found: dict[tuple[int, float], dict[float, WindowPace]] = {}
    for task in plan.tasks:
        sampling = task.spec.dataset_kwargs.sampling
        if isinstance(sampling, Dense):
            known = found.setdefault((sampling.frames, sampling.fps), {})
            for pace in task.prepared.paces:
                if pace.video_fps not in known or known[pace.video_fps].n_videos < pace.n_videos:
                    known[pace.video_fps] = pace
    return {windows: list(paces.values()) for windows, paces in found.items()}


def _pace_table(paces: _Paces) -> Table:
    """Return the table of how long windows are in the videos of each rate, and how fast their frames follow."""
    table = plain_table("windows of", "video fps", "videos", "every", "shown/s", "seconds")
    for (frames, fps), of_rates in paces.items():
        for pace in of_rates:
            rate, shown = f"{pace.video_fps:g}", f"{pace.fps:.4g}"
            cells = (rate, f"{pace.n_videos:,}", f"{pace.stride}", shown, f"{pace.window_s:.3f}")
            table.add_row(f"{_count(frames, 'frame')} at {fps:g}/s", *cells)
    return table


def _window_remarks(plan: Plan, paces: _Paces) -> list[str]:
    """Name windows of another length than their settings say, and declared frame rates that are not the true ones.

    A model is given the true rate of the frames, unless ``declared_fps`` is among its settings.
    """
    lines: list[str] = []
    for (frames, fps), of_rates in paces.items():
        lines += describe_other_paces(of_rates, Dense(fps=fps, frames=frames))
    true = sorted({pace.fps for of_rates in paces.values() for pace in of_rates})
    for card in plan.cards:
        declared = {**card.args, **plan.wrapper_args}.get("declared_fps")
        if isinstance(declared, int | float):
            others = [f"{rate:.4g}" for rate in true if abs(rate - declared) > _SAME_RATE]
            if others:
                given = f"{card.name} is given {declared:g} frames/s (declared_fps)"
                lines.append(f"{given}, but is shown {listed(others)}")
    return lines


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
        gpus, memory = described_resources(job, site)
        table.add_row(
            job.card.name,
            f"{job.shards:,}",
            f"{min(site.at_once, job.shards):,}",
            gpus,
            memory,
            f"{job.questions:,}",
            _gpu_hours(job),
            decimal(job.questions * BYTES_PER_ANSWER),
            "not known" if job.rate is None else f"{job.rate.questions_per_s:.2f}/s ({job.rate.source})",
        )
    _show_windows(plan, console)
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
