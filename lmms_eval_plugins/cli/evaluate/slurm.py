"""``strokerehab run --slurm``: its options, and the jobs that a plan becomes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from lmms_eval_plugins.cli.commands import hyphenated
from lmms_eval_plugins.cli.exits import BAD_INPUT, WITH_PROBLEMS
from lmms_eval_plugins.cli.numbers import whole
from lmms_eval_plugins.cli.options import SLURM
from lmms_eval_plugins.core.console import say, stderr, stdout
from lmms_eval_plugins.core.errors import UserError

if TYPE_CHECKING:
    from lmms_eval_plugins.execution.plan import Plan
    from lmms_eval_plugins.execution.slurm.site import Site

AUTO = "auto"
_MOST_SHARDS = 100_000

OnSlurm = Annotated[
    bool, typer.Option("--slurm", help="Submit an array of tasks per model, one per shard.", rich_help_panel=SLURM)
]
ShardCount = Annotated[
    str | None,
    typer.Option(
        "--shards", metavar="N|auto", help="Shards of each model's videos  [default: auto]", rich_help_panel=SLURM
    ),
]
Partition = Annotated[
    str | None,
    typer.Option(
        "--partition",
        metavar="NAME",
        help="Slurm's partition; slurm.yaml holds defaults of all these.",
        rich_help_panel=SLURM,
    ),
]
Account = Annotated[
    str | None, typer.Option("--account", metavar="NAME", help="Slurm's account.", rich_help_panel=SLURM)
]
TimeLimit = Annotated[
    str | None,
    typer.Option("--time", metavar="H:MM:SS", help="Time limit of a task  [default: 12:00:00]", rich_help_panel=SLURM),
]
Gres = Annotated[
    str | None,
    typer.Option(
        "--gres", metavar="GRES", help="GPUs of a task, as gpu:a100:2  [default: by the card]", rich_help_panel=SLURM
    ),
]
NodeGpus = Annotated[
    int | None,
    typer.Option(
        "--node-gpus",
        metavar="N",
        parser=whole(1, 1000),
        help="GPUs of a node: a task takes copies of a model for them all  [default: one copy]",
        rich_help_panel=SLURM,
    ),
]
AtOnce = Annotated[
    int | None,
    typer.Option(
        "--at-once",
        metavar="N",
        parser=whole(1, 100_000),
        help="Tasks of a model that run together  [default: 8]",
        rich_help_panel=SLURM,
    ),
]


def check_slurm_options(slurm: bool, given: Mapping[str, object], num_processes: int) -> None:
    """Check that options for Slurm come with ``--slurm`` only, and ``--num_processes`` without it.

    Raises:
        UserError: they do not.
    """
    if slurm and num_processes > 1:
        raise UserError("--num_processes is for one machine; with --slurm give --shards")
    if not slurm and (lonely := [name for name, value in given.items() if value is not None]):
        raise UserError(f"--{hyphenated(lonely[0])} goes with --slurm")


def run_on_slurm(plans: Sequence[Plan], shards: str | None, site: Site, dry_run: bool) -> None:
    """Submit plans to Slurm, or print what would be submitted.

    Args:
        plans: what to run, one plan for each setting of the command.
        shards: a number, ``auto``, or None.
        site: the settings of the cluster.
        dry_run: print the jobs only.
    """
    from lmms_eval_plugins.cli.evaluate.dry_run import show_jobs
    from lmms_eval_plugins.execution.slurm.jobs import array_jobs
    from lmms_eval_plugins.execution.slurm.shell import describe_shell
    from lmms_eval_plugins.execution.slurm.submit import submit_plan

    if line := describe_shell(os.environ, site):
        say(stderr(), line)
    jobs = [(plan, array_jobs(plan, site, _count(shards), plan.request.log_path)) for plan in plans]
    if dry_run:
        show_jobs(jobs, site, stdout())
        return
    sent = [submit_plan(plan, of_plan, site, stderr()) for plan, of_plan in jobs]
    submitted = [one for accepted, _ in sent for one in accepted]
    if any(errors for _, errors in sent):
        raise typer.Exit(WITH_PROBLEMS if submitted else BAD_INPUT)


def _count(shards: str | None) -> int | None:
    """Return the number of shards, None where it is estimated."""
    if shards in (None, AUTO):
        return None
    try:
        return whole(1, _MOST_SHARDS)(str(shards))
    except typer.BadParameter as error:
        raise UserError(f"--shards: {error}, nor {AUTO}") from None
