"""The table of a plan's jobs on a cluster, for ``--slurm --dry-run``."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.filesize import decimal
from rich.text import Text

from lmms_eval_plugins.core.console import plain_table, say
from lmms_eval_plugins.execution.plan import Plan
from lmms_eval_plugins.execution.slurm.estimate import BYTES_PER_ANSWER
from lmms_eval_plugins.execution.slurm.jobs import ArrayJob
from lmms_eval_plugins.execution.slurm.site import Site
from lmms_eval_plugins.machine.environments import how_to_create, is_installed


def show_jobs(plan: Plan, jobs: Sequence[ArrayJob], site: Site, console: Console) -> None:
    """Print the jobs that would be submitted: an array per model, with its questions and estimated cost."""
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
