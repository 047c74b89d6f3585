"""``strokerehab run --slurm``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from lmms_eval_plugins.cli.exits import BAD_INPUT, WITH_PROBLEMS
from lmms_eval_plugins.core.errors import UserError

if TYPE_CHECKING:
    from lmms_eval_plugins.execution.plan import Plan
    from lmms_eval_plugins.runs.run_request import RunRequest

AUTO = "auto"


def check_cluster(slurm: bool, given: Mapping[str, object], num_processes: int) -> None:
    """Check that options for a cluster come with ``--slurm``, and the others without.

    Raises:
        UserError: they do not.
    """
    if slurm and num_processes > 1:
        raise UserError("--num_processes is for one machine; with --slurm give --shards")
    if not slurm and (lonely := [name for name, value in given.items() if value is not None]):
        raise UserError(f"--{lonely[0]} goes with --slurm")


def run_on_cluster(
    plan: Plan,
    request: RunRequest,
    shards: str | None,
    given: Mapping[str, Any],
    dry_run: bool,
    out: Console,
    console: Console,
) -> None:
    """Submit a plan to Slurm, or print what would be submitted."""
    from lmms_eval_plugins.execution.slurm.jobs import array_jobs
    from lmms_eval_plugins.execution.slurm.show_jobs import show_jobs
    from lmms_eval_plugins.execution.slurm.site import find_site
    from lmms_eval_plugins.execution.slurm.submit import submit_plan

    site = find_site(given)
    jobs = array_jobs(plan, site, _count(shards), request.log_path)
    if dry_run:
        show_jobs(plan, jobs, site, out)
        return
    submitted, errors = submit_plan(plan, request, jobs, site, console)
    if errors:
        raise typer.Exit(WITH_PROBLEMS if submitted else BAD_INPUT)


def _count(shards: str | None) -> int | None:
    """The number of shards; None for the estimate's."""
    if shards in (None, AUTO):
        return None
    if not str(shards).isdecimal() or not int(str(shards)):
        raise UserError(f"--shards: {shards!r} is neither a number from 1 up nor {AUTO}")
    return int(str(shards))
