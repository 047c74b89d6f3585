"""What a plan would do, for ``--dry-run``: its tasks, models and obstacles, and its jobs on a cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from lmms_eval_plugins.cli.evaluate.cost import show_costs
from lmms_eval_plugins.cli.evaluate.hidden_size import show_hidden_size
from lmms_eval_plugins.core.console import plain_table, say, say_all
from lmms_eval_plugins.core.errors import counted, listed
from lmms_eval_plugins.core.places import demo_data, shipped
from lmms_eval_plugins.core.secrets import visible_args
from lmms_eval_plugins.execution.command import Command
from lmms_eval_plugins.execution.plan import Plan, TaskPlan
from lmms_eval_plugins.execution.slurm.jobs import BYTES_PER_ANSWER, ArrayJob, described_resources
from lmms_eval_plugins.execution.slurm.site import Site
from lmms_eval_plugins.machine.engines import environment_of, with_engine_chosen
from lmms_eval_plugins.machine.environments import how_to_create, is_installed
from lmms_eval_plugins.machine.fits import fits
from lmms_eval_plugins.machine.hardware import this_machine
from lmms_eval_plugins.models.cards import ModelCard, find_cards
from lmms_eval_plugins.runs.run_file import Problem
from lmms_eval_plugins.tasks.arguments import INPUT_KEYS, SAMPLING_KEYS, parse_model_args
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER
from lmms_eval_plugins.tasks.task_questions import load_task_questions
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


def show_plans(plans: Sequence[Plan], console: Console) -> None:
    """Print the tasks with their questions, and the models with what they need, for each setting of a command."""
    console.print(_task_table(plans))
    console.print()
    _show_windows(plans, console)
    models = plain_table("model", "environment", "GPUs", "memory", "questions", "hours", words=("environment",))
    rows = _named(plans)
    any_hours = False
    for name, card, plan in rows:
        questions = sum(task.n_questions for task in plan.tasks_of(card))
        hours = study_hours(card, questions)
        any_hours = any_hours or hours is not None
        models.add_row(
            name, *_needs(card, plan.wrapper_args), f"{questions:,}", "" if hours is None else f"{hours:.1f}"
        )
    console.print(models)
    if any_hours:
        say(console, "hours: what the study's jobs would take, one question at a time, on GPUs that it does not name")
    show_costs(rows, console)
    show_hidden_size(rows, console)
    for line in _obstacles(plans):
        say(console, line, style="yellow")
    n_tasks = len({task.spec.task for plan in plans for task in plan.tasks})
    what = counted(len(rows), "model" if len(plans) == 1 else "model setting")
    total = sum(plan.n_questions for plan in plans)
    say(console, f"{what} × {counted(n_tasks, 'task')} = {counted(total, 'question')}; nothing was asked")


def show_command(command: Command, console: Console) -> None:
    """Print what is known of a command before the demo dataset is rendered: tasks, models and obstacles."""
    tasks = plain_table("task", "questions")
    for spec in command.tasks:
        settings = spec.dataset_kwargs
        questions = load_task_questions(spec.task, settings, shipped("tasks") / TASK_FOLDER)
        tasks.add_row(spec.task, f"{len(questions.asked):,}")
    models = plain_table("model", "environment", "GPUs", "memory", "setting", words=("environment", "setting"))
    for request in command.requests:
        setting = ", ".join(filter(None, (visible_args(request.model_args), visible_args(request.gen_kwargs))))
        given = parse_model_args(request.model_args)
        for found in find_cards(request.models, [*request.model_folders, shipped("models")]):
            card = with_engine_chosen(found, given)
            models.add_row(card.name, *_needs(card, given), setting)
    console.print(tasks)
    console.print()
    console.print(models)
    say_all("note", command.notes)
    say(
        console,
        f"the demo dataset is not rendered yet, so its windows cannot be counted: a run renders it into"
        f" {demo_data()} (a minute or two), and so does `strokerehab demo render`; nothing was rendered or asked",
    )


def _needs(card: ModelCard, given: Mapping[str, object]) -> tuple[str, str, str]:
    """Return the cells on what a model needs: its environment, GPUs and memory."""
    memory = "" if card.memory_wanted_gb is None else f"{card.memory_wanted_gb:.0f} GB"
    return environment_of(card, given), str(card.gpus_here or ""), memory


def _setting(plan: Plan, plans: Sequence[Plan], keys: Collection[str] | None = None) -> str:
    """Return what the setting of a plan has that not all of some plans have, as ``max_frames_num=4``.

    Args:
        plan: one of them.
        plans: the others with it.
        keys: only entries of these; None for all.
    """
    common = set.intersection(*(set(_entries(one)) for one in plans))
    own = [entry for entry in _entries(plan) if entry not in common]
    return ", ".join(entry for entry in own if keys is None or entry.partition("=")[0] in keys)


def _entries(plan: Plan) -> list[str]:
    given = (plan.request.model_args, plan.request.gen_kwargs)
    return [entry for args in given for entry in visible_args(args).split(",") if entry]


def _named(plans: Sequence[Plan]) -> list[tuple[str, ModelCard, Plan]]:
    """Return each model of each plan, by its name with what its settings differ in."""
    return [
        (_name(card.name, _setting(plan, [one for one in plans if card in one.cards])), card, plan)
        for plan in plans
        for card in plan.cards
    ]


def _name(name: str, setting: str) -> str:
    return f"{name} [{setting}]" if setting else name


def _task_table(plans: Sequence[Plan]) -> Table:
    """Return the table of tasks; one that has other windows in some settings has a line for each."""
    table = plain_table("task", "videos", "windows", "questions")
    rows: dict[str, dict[tuple[int, int, int], str]] = {}
    for plan in plans:
        setting = _setting(plan, plans, (*SAMPLING_KEYS, *INPUT_KEYS))
        for task in plan.tasks:
            counts = (len(task.prepared.videos), task.n_windows, task.n_questions)
            rows.setdefault(task.spec.task, {}).setdefault(counts, setting)
    for name, of_task in rows.items():
        for counts, setting in of_task.items():
            table.add_row(_name(name, setting if len(of_task) > 1 else ""), *(f"{count:,}" for count in counts))
    return table


def study_hours(card: ModelCard, questions: int) -> float | None:
    """Return the hours that some questions would take at the speed of the study's job, None where it is not known."""
    rate = card.study.questions_per_s
    return None if rate is None else questions / rate / 3600


def _show_windows(plans: Sequence[Plan], console: Console) -> None:
    """Print how long windows are in the videos of each rate, and what differs from the settings; nothing if uniform."""
    tasks = [task for plan in plans for task in plan.tasks]
    if paces := _paces(tasks):
        console.print(_pace_table(paces))
        for line in dict.fromkeys(line for plan in plans for line in _window_remarks(plan, _paces(plan.tasks))):
            say(console, line, style="yellow")
        for line in dict.fromkeys(line for task in tasks for line in task.prepared.boxes):
            say(console, line)
        console.print()


_Paces = Mapping[tuple[int, float], Sequence[WindowPace]]
"""Frames of a window and frames per second → the pace of each video rate."""


def _paces(tasks: Sequence[TaskPlan]) -> _Paces:
    """Return the paces of all dense tasks; a rate that several tasks have counts the videos of the largest."""
    found: dict[tuple[int, float], dict[float, WindowPace]] = {}
    for task in tasks:
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
            table.add_row(f"{counted(frames, 'frame')} at {fps:g}/s", *cells)
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


def _obstacles(plans: Sequence[Plan]) -> list[str]:
    """Name environments to make and models that are too large for this machine, a line each."""
    machine = this_machine()
    missing = _not_made((card, plan) for plan in plans for card in plan.cards)
    lines = [f"{name} is not made yet: {how_to_create(name)}" for name in missing]
    large = dict.fromkeys(
        card.name for plan in plans for card in plan.cards if not fits(card, plan.wrapper_args, machine)
    )
    return [*lines, *([f"too large for {machine.described}: {listed(large, _MOST_TOO_LARGE)}"] if large else [])]


def _not_made(models: Iterable[tuple[ModelCard, Plan]]) -> list[str]:
    """Return the environments of some models that are not made yet."""
    wanted = dict.fromkeys(environment_of(card, plan.wrapper_args) for card, plan in models)
    return [name for name in wanted if not is_installed(name)]


def show_jobs(planned: Sequence[tuple[Plan, Sequence[ArrayJob]]], site: Site, console: Console) -> None:
    """Print what would be submitted: an array per model and setting, with its questions and estimated hours."""
    numbers = ("tasks", "at once", "GPUs", "memory", "questions", "GPU-hours", "disk")
    table = plain_table("model", *numbers, "rate", words=("rate",))
    plans = [plan for plan, _ in planned]
    jobs_of = {(plan.request, job.card.name): job for plan, jobs in planned for job in jobs}
    named = [
        (name, jobs_of[plan.request, card.name], plan)
        for name, card, plan in _named(plans)
        if (plan.request, card.name) in jobs_of
    ]
    for name, job, _ in named:
        gpus, memory = described_resources(job, site)
        table.add_row(
            name,
            f"{job.tasks:,}" + (f" × {job.copies}" if job.copies > 1 else ""),
            f"{min(site.at_once, job.tasks):,}",
            gpus,
            memory,
            f"{job.questions:,}",
            _gpu_hours(job),
            decimal(job.questions * BYTES_PER_ANSWER),
            "not known" if job.rate is None else f"{job.rate.questions_per_s:.2f}/s ({job.rate.source})",
        )
    _show_windows(plans, console)
    console.print(table)
    rows = [(name, job.card, plan) for name, job, plan in named]
    show_costs(rows, console)
    show_hidden_size(rows, console)
    where = [f"{name} {value}" for name, value in (("partition", site.partition), ("account", site.account)) if value]
    processors = counted(site.cpus, "CPU") + (" for each copy of a model" if site.node_gpus else "")
    say(console, f"each array task: {', '.join([*where, processors, f'at most {site.time}, then requeued'])}")
    jobs = [job for _, job, _ in named]
    unknown = sum(job.gpus > 0 and job.rate is None for job in jobs)
    without = f", without {counted(unknown, 'model')} of unknown rate" if unknown else ""
    tasks = counted(len({task.spec.task for plan in plans for task in plan.tasks}), "task")
    arrays = f"{counted(len(jobs), 'array')} of {counted(sum(job.tasks for job in jobs), 'array task')}"
    questions = f"{counted(sum(job.questions for job in jobs), 'question')} from {tasks} of the harness"
    hours = sum(job.gpu_hours or 0.0 for job in jobs)
    say(console, f"{arrays} in all, {questions}, {hours:.1f} GPU-hours{without}; nothing was submitted")
    for name in _not_made((job.card, plan) for _, job, plan in named):
        say(console, f"{name} is not made yet: {how_to_create(name)}", style="yellow")


def _gpu_hours(job: ArrayJob) -> str:
    if not job.gpus:
        return "0"
    return "?" if job.gpu_hours is None else f"{job.gpu_hours:,.1f}"
