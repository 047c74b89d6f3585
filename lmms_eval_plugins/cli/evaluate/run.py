"""``strokerehab run``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from lmms_eval_plugins.cli.data.demo import given_or_demo
from lmms_eval_plugins.cli.evaluate.slurm import (
    Account,
    AtOnce,
    Gres,
    OnSlurm,
    Partition,
    ShardCount,
    TimeLimit,
    check_slurm_options,
    run_on_slurm,
)
from lmms_eval_plugins.cli.exits import BAD_INPUT, BUG, WITH_PROBLEMS, check_extra
from lmms_eval_plugins.cli.options import (
    HOW,
    CardFolders,
    Dataset,
    Limit,
    LogPath,
    ModelArgs,
    ModelNames,
    Processes,
    SelectionName,
    TaskFolders,
    TaskNames,
)
from lmms_eval_plugins.core.console import say, say_all, stderr, stdout
from lmms_eval_plugins.core.imports import large_imports
from lmms_eval_plugins.core.places import working_root

if TYPE_CHECKING:
    from lmms_eval_plugins.execution.plan import Plan
    from lmms_eval_plugins.execution.run import Outcome
    from lmms_eval_plugins.runs.run_request import RunRequest

DEFAULT_MODELS = "rehab_tiny,markov,omniscient"
DEFAULT_TASKS = "all"


def run(
    model: ModelNames = DEFAULT_MODELS,
    task: TaskNames = DEFAULT_TASKS,
    model_args: ModelArgs = "",
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
    at_once: AtOnce = None,
) -> None:
    """Run models on tasks, score their answers, print tables."""
    check_extra("models")
    if slurm:
        check_extra("slurm")
    if wandb_args:
        check_extra("wandb")
    with large_imports():
        from lmms_eval_plugins.execution.models import usable
        from lmms_eval_plugins.execution.plan import make_plan
        from lmms_eval_plugins.runs.run_request import RunRequest

    site = {"partition": partition, "account": account, "time": time, "gres": gres, "at_once": at_once}
    check_slurm_options(slurm, {"shards": shards, **site}, num_processes)
    request = RunRequest(
        models=model,
        tasks=task,
        model_args=model_args,
        log_path=(log_path or working_root() / "runs").absolute(),
        data=given_or_demo(data),
        selection=selection,
        limit=limit,
        num_processes=num_processes,
        model_folders=tuple(models),
        task_folders=tuple(tasks),
        wandb_args=wandb_args,
    )
    plan = make_plan(request)
    if wandb_args:
        _check_wandb(wandb_args, plan)
    say_all("warning", plan.warnings)
    if not (slurm or dry_run):
        _run_here(plan, request)
        return
    checked, errors = usable(plan)
    if say_all("error", errors) and not checked.cards:
        raise typer.Exit(BAD_INPUT)
    if slurm:
        run_on_slurm(checked, request, shards, site, dry_run)
    else:
        _show(checked)
    if errors:
        raise typer.Exit(WITH_PROBLEMS)


def _show(plan: Plan) -> None:
    from lmms_eval_plugins.cli.evaluate.dry_run import problem_lines, show_plan

    show_plan(plan, stdout())
    say_all("doubtful", dict.fromkeys(line for task in plan.tasks for line in task.prepared.doubts))
    if say_all("problem", problem_lines(problem for task in plan.tasks for problem in task.prepared.problems)):
        raise typer.Exit(WITH_PROBLEMS)


def _run_here(plan: Plan, request: RunRequest) -> None:
    with large_imports():
        from lmms_eval_plugins.execution.outcome import show_outcome
        from lmms_eval_plugins.execution.run import run_plan

    outcome = run_plan(plan, request, stderr())
    notes = [*dict.fromkeys(note for task in plan.tasks for note in task.prepared.notes)]
    unshown = show_outcome(outcome, notes, stdout())
    if not outcome.runs:
        raise typer.Exit(BUG if outcome.crashed else BAD_INPUT)
    logged = not request.wandb_args or _log(request.wandb_args, outcome)
    if not logged or unshown or outcome.errors or any(run.problems for run in outcome.runs):
        raise typer.Exit(WITH_PROBLEMS)


def _check_wandb(wandb_args: str, plan: Plan) -> None:
    from lmms_eval_plugins.execution.wandb_log import check_wandb_args, lacks_key

    check_wandb_args(wandb_args, sum(len(plan.tasks_of(card)) for card in plan.cards))
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
