"""Submit a plan to Slurm through submitit: prepare the run folders, then one array of tasks per model."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from lmms_eval_plugins.core.console import say
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError, counted, error_line
from lmms_eval_plugins.core.secrets import WANDB_VARIABLE, secret_args, stored_secrets, visible_args
from lmms_eval_plugins.execution.plan import Plan, TaskPlan
from lmms_eval_plugins.execution.record import describe_run, requests_hash
from lmms_eval_plugins.execution.sharing import make_shards
from lmms_eval_plugins.execution.slurm.jobs import ArrayJob, array_parameters, merge_parameters
from lmms_eval_plugins.execution.slurm.sbatch import make_executor, submit_job
from lmms_eval_plugins.execution.slurm.site import Site
from lmms_eval_plugins.execution.slurm.supervise import merge_job, supervise
from lmms_eval_plugins.execution.status import read_queue
from lmms_eval_plugins.machine.engines import check_build, environment_of
from lmms_eval_plugins.machine.environments import check_environment
from lmms_eval_plugins.runs.folder import open_run
from lmms_eval_plugins.runs.merge import gather
from lmms_eval_plugins.runs.run_file import find_run_file, write_run_file
from lmms_eval_plugins.runs.shards import (
    is_sharded,
    read_jobs,
    read_shards,
    read_state,
    write_jobs,
    write_shards,
    write_state,
)

JOBS_FOLDER = ".jobs"
"""The folder among the runs for logs of Slurm tasks and submitit's files."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """The submitted jobs of a model.

    Attributes:
        model: the model.
        folders: its runs, one for each task of the harness.
        tasks: shard → the Slurm task that answers it, without shards that were done before.
        merge: the job that merges; empty where all shards were done before, or where it was refused.
        logs: folder of the logs.
        problem: what is wrong with them and what to do, for an array that was accepted without all that belongs to it.
    """

    model: str
    folders: tuple[Path, ...]
    tasks: Mapping[int, str]
    merge: str
    logs: Path
    problem: str = ""


def submit_plan(
    plan: Plan, jobs: Sequence[ArrayJob], site: Site, console: Console
) -> tuple[list[Submitted], list[str]]:
    """Submit an array and a merging job for every model; a model that cannot be submitted does not stop the others.

    An unfinished run of the same command is resumed: only its shards that are not done are submitted. An array that was
    accepted stays, also where its merging job is refused: the error says how to merge or cancel it.

    Returns:
        The submitted jobs, and errors.
    """
    request = plan.request
    stored_secrets()  # an unusable file is an error here, not in a log on another machine
    os.environ.update(secret_args(request.model_args) | secret_args(request.wandb_args, WANDB_VARIABLE))
    submitted, errors = [], []
    for job in jobs:
        try:
            check_environment(environment_of(job.card, plan.wrapper_args))
            check_build(job.card, plan.wrapper_args)
            one = _submit(plan, job, site)
        except UserError as error:
            errors.append(f"{job.card.name}: {error}")
            say(console, f"error: {errors[-1]}", style="red")
            continue
        submitted.append(one)
        if one.problem:
            errors.append(f"{job.card.name}: {one.problem}")
            say(console, f"error: {errors[-1]}", style="red")
        else:
            say(console, _described(one))
    return submitted, errors


def _submit(plan: Plan, job: ArrayJob, site: Site) -> Submitted:
    request = plan.request
    folders = tuple(prepare_runs(plan, job, task) for task in plan.tasks_of(job.card))
    undone = {
        index
        for folder in folders
        for index in range(len(read_shards(folder).shards))
        if read_state(folder, index).state != "done"
    }
    logs = request.log_path / JOBS_FOLDER / f"{datetime.now():%Y%m%d_%H%M%S}-{job.card.name}"
    indices = sorted(undone)
    if not indices:
        return Submitted(job.card.name, folders, {}, "", logs)
    groups = [indices[first : first + job.copies] for first in range(0, len(indices), job.copies)]
    tasks = _submit_array(job, site, groups, folders, logs)
    array = next(iter(tasks.values())).partition("_")[0]
    merge = problem = ""
    try:
        _record(tasks, folders)
        merge = _submit_merge(job, site, folders, logs, array, visible_args(request.wandb_args))
    except (UserError, OSError) as error:
        problem = (
            f"job {array}, {counted(len(groups), 'task')}, is accepted and will run, but the job that merges is not:"
            f" {error_line(error)}; once it has ended: `strokerehab merge {_listed(folders)}`; or take it back:"
            f" `scancel {array}`"
        )
    return Submitted(job.card.name, folders, tasks, merge, logs, problem)


def prepare_runs(plan: Plan, job: ArrayJob, task: TaskPlan) -> Path:
    """Prepare a run folder for workers, a new one or that of the same command before; returns it.

    Raises:
        UserError: jobs of an earlier submission still work on it.
    """
    request = plan.request
    described = describe_run(job.card, plan.wrapper_args, task)
    requests = requests_hash(described)
    plan_hash = digest("shards", described.wrapper_args, requests)
    with open_run(request.log_path / task.spec.task / job.card.name, plan_hash) as (folder, resumed):
        before = find_run_file(folder) if resumed else None
        if resumed:
            _check_idle(folder)
            gather(folder)
        submitted = {
            "plan": plan_hash,
            "status": "submitted",
            "problems_planned": task.prepared.problems,
            "started": (before.started if before else None)
            or datetime.now().astimezone().isoformat(timespec="seconds"),
        }
        write_run_file(folder, described.model_copy(update=submitted))
        shards = make_shards(request, job.card.name, task, job.shards, requests)
        if not is_sharded(folder) or read_shards(folder).shards != shards.shards:
            write_shards(folder, shards)
        for index in range(len(shards.shards)):
            state_before = read_state(folder, index)
            if state_before.state not in ("done", "waiting") or state_before.problems:  # may be mended by now
                write_state(folder, index, state_before, state="waiting", failures=0, said="", job="", problems=())
    return folder


def _check_idle(folder: Path) -> None:
    queue = read_queue(read_jobs(folder).values()) or {}
    if at_work := sorted({task for task in read_jobs(folder).values() if task in queue}):
        first = at_work[0].partition("_")[0]
        raise UserError(
            f"{folder}: job {first} still works on it ({counted(len(at_work), 'task')}): `strokerehab status {folder}`;"
            f" wait for it, or `scancel {first}` first"
        )


def _submit_array(
    job: ArrayJob, site: Site, groups: Sequence[Sequence[int]], folders: Sequence[Path], logs: Path
) -> dict[int, str]:
    """Submit a task for each group of shards; returns shard → task."""
    executor = make_executor(logs, array_parameters(job, site), site)
    paths, grace_s = [str(folder) for folder in folders], max(site.warn_s - 30.0, site.warn_s / 2)
    same = [[value] * len(groups) for value in (paths, str(logs), grace_s, site.minutes * 60.0, job.gpus)]
    sent = submit_job(executor, supervise, groups, *same, as_array=True)
    return {index: str(one.job_id) for group, one in zip(groups, sent, strict=True) for index in group}


def _record(tasks: Mapping[int, str], folders: Sequence[Path]) -> None:
    """Write which task works on which shard into every run."""
    for folder in folders:
        own = range(len(read_shards(folder).shards))
        write_jobs(folder, {index: name for index, name in tasks.items() if index in own})


def _submit_merge(job: ArrayJob, site: Site, folders: Sequence[Path], logs: Path, array: str, wandb_args: str) -> str:
    executor = make_executor(logs, merge_parameters(job, site, array), site)
    return str(submit_job(executor, merge_job, [str(folder) for folder in folders], wandb_args).job_id)


def _described(one: Submitted) -> str:
    if not one.tasks:
        return f"{one.model}: all shards are done; strokerehab merge {_listed(one.folders)}"
    names = set(one.tasks.values())
    first = next(iter(names)).partition("_")[0]
    return (
        f"{one.model}: job {first}, {counted(len(names), 'task')}, then job {one.merge} merges; logs in {one.logs};"
        f" strokerehab status {_listed(one.folders)}"
    )


def _listed(folders: Sequence[Path]) -> str:
    return shlex.join(map(str, folders))
