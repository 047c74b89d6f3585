"""``strokerehab run``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from lmms_eval_plugins.cli.data.demo import given_or_demo, lacks_demo
from lmms_eval_plugins.cli.evaluate.slurm import (
    Account,
    AtOnce,
    Gres,
    NodeGpus,
    OnSlurm,
    Partition,
    ShardCount,
    TimeLimit,
    check_slurm_options,
    run_on_slurm,
)
from lmms_eval_plugins.cli.exits import BAD_INPUT, BUG, WITH_PROBLEMS, check_extra
from lmms_eval_plugins.cli.numbers import whole
from lmms_eval_plugins.cli.options import (
    HOW,
    WHAT,
    CardFolders,
    Dataset,
    GenerationArgs,
    Limit,
    LogPath,
    ModelArgs,
    ModelNames,
    Processes,
    SelectionName,
    TaskFolders,
    TaskNames,
)
from lmms_eval_plugins.core.console import say, say_all, stage, stderr, stdout
from lmms_eval_plugins.core.imports import large_imports
from lmms_eval_plugins.core.places import RUNS, default_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lmms_eval_plugins.execution.plan import Plan
    from lmms_eval_plugins.execution.run import Outcome

DEFAULT_MODELS = "rehab_tiny,markov,omniscient"
DEFAULT_TASKS = "all"


def run(
    model: ModelNames = DEFAULT_MODELS,
    task: TaskNames = DEFAULT_TASKS,
    model_args: ModelArgs = [],  # noqa: B006
    gen_kwargs: GenerationArgs = [],  # noqa: B006
    seeds: Annotated[
        int | None,
        typer.Option(
            "--seeds",
            metavar="N",
            parser=whole(1, 1000),
            help="Run models that draw by a seed N times, with the seeds from 0 on.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    models: CardFolders = [],  # noqa: B006
    tasks: TaskFolders = [],  # noqa: B006
    data: Dataset = None,
    selection: SelectionName = None,
    limit: Limit = None,
    log_path: LogPath = None,
    num_processes: Processes = 1,
    wandb_args: Annotated[
        str,
        typer.Option(
            "--wandb_args",
            metavar="KEY=VALUE,…",
            help="Log scores to Weights & Biases, with lmms-eval's arguments for it.",
            rich_help_panel=HOW,
        ),
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would run, and stop.", rich_help_panel=HOW)
    ] = False,
    slurm: OnSlurm = False,
    shards: ShardCount = None,
    partition: Partition = None,
    account: Account = None,
    time: TimeLimit = None,
    gres: Gres = None,
    node_gpus: NodeGpus = None,
    at_once: AtOnce = None,
) -> None:
    """Run models on tasks, score their answers, print tables."""
    check_extra("models")
    if slurm:
        check_extra("slurm")
    if wandb_args:
        check_extra("wandb")
    with large_imports():
        from lmms_eval_plugins.execution.command import read_command
        from lmms_eval_plugins.execution.models import usable
        from lmms_eval_plugins.execution.plan import make_plans
        from lmms_eval_plugins.execution.slurm.site import find_site
        from lmms_eval_plugins.runs.run_request import RunRequest

    of_site = {"partition": partition, "account": account, "time": time, "gres": gres, "node_gpus": node_gpus}
    of_site |= {"at_once": at_once}
    check_slurm_options(slurm, {"shards": shards, **of_site}, num_processes)
    site = find_site(of_site) if slurm else None
    request = RunRequest(
        models=model,
        tasks=task,
        model_args=",".join(model_args),
        gen_kwargs=",".join(gen_kwargs),
        log_path=(log_path or RUNS).absolute(),
        data=data or default_data(),
        selection=selection,
        limit=limit,
        num_processes=num_processes,
        model_folders=tuple(models),
        task_folders=tuple(tasks),
        wandb_args=wandb_args,
    )
    command = read_command(request, seeds)
    if dry_run and lacks_demo(data):
        from lmms_eval_plugins.cli.evaluate.dry_run import show_command

        show_command(command, stdout())
        return
    given_or_demo(data)
    with stage("reading tasks, videos and labels", stderr(), elsewhere=False):
        plans = make_plans(command.requests)
    if wandb_args:
        _check_wandb(wandb_args, plans)
    say_all("note", command.notes)
    say_all("warning", list(dict.fromkeys(line for plan in plans for line in plan.warnings)))
    if not (slurm or dry_run):
        _run_here(plans, wandb_args)
        return
    every = [usable(plan) for plan in plans]
    errors = list(dict.fromkeys(error for _, errors in every for error in errors))
    checked = [plan for plan, _ in every if plan.cards]
    if say_all("error", errors) and not checked:
        raise typer.Exit(BAD_INPUT)
    if site:
        run_on_slurm(checked, shards, site, dry_run)
    else:
        _show(checked)
    if errors:
        raise typer.Exit(WITH_PROBLEMS)


def _show(plans: Sequence[Plan]) -> None:
    from lmms_eval_plugins.cli.evaluate.dry_run import problem_lines, show_plans

    show_plans(plans, stdout())
    prepared = [task.prepared for plan in plans for task in plan.tasks]
    say_all("doubtful", dict.fromkeys(line for task in prepared for line in task.doubts))
    if say_all("problem", problem_lines(problem for task in prepared for problem in task.problems)):
        raise typer.Exit(WITH_PROBLEMS)


def _run_here(plans: Sequence[Plan], wandb_args: str) -> None:
    with large_imports(), stage("loading libraries", stderr(), elsewhere=False):
        from lmms_eval_plugins.execution.outcome import show_outcome, show_report
        from lmms_eval_plugins.execution.run import run_plans

    outcome = run_plans(plans, stderr())
    notes = [*dict.fromkeys(note for plan in plans for task in plan.tasks for note in task.prepared.notes)]
    unshown = show_outcome(outcome, notes, stdout())
    if not outcome.runs:
        raise typer.Exit(BUG if outcome.crashed else BAD_INPUT)
    logged = not wandb_args or _log(wandb_args, outcome)
    show_report(outcome.runs, stdout())
    if not logged or unshown or outcome.errors or any(run.problems for run in outcome.runs):
        raise typer.Exit(WITH_PROBLEMS)


def _check_wandb(wandb_args: str, plans: Sequence[Plan]) -> None:
    from lmms_eval_plugins.execution.wandb_log import check_wandb_args, lacks_key

    check_wandb_args(wandb_args, sum(len(plan.tasks_of(card)) for plan in plans for card in plan.cards))
    if lacks_key(wandb_args, os.environ):
        line = "no key is found: `wandb login` before the runs end, or scores are not logged"
        say(stderr(), f"note: --wandb_args: {line}")


def _log(wandb_args: str, outcome: Outcome) -> bool:
    """Log the scores that have been printed; returns whether that went well, after a warning where it did not."""
    from lmms_eval_plugins.execution.wandb_log import log_scores

    logged = log_scores(wandb_args, [(run.folder, run.scores) for run in outcome.runs if run.scores])
    for place in logged.places:
        say(stdout(), f"logged: {place}")
    return not say_all("warning", [f"{logged.problem}; all scores are in the runs"] if logged.problem else [])
