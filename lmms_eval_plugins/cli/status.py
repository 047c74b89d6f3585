"""``strokerehab status``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.core.console import stdout


def status(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders, or folders of them.")],
) -> None:
    """Show how far the shards of runs are, their pace, and what failed."""
    from lmms_eval_plugins.cli.show_status import show_status
    from lmms_eval_plugins.runs.merge import sharded_runs
    from lmms_eval_plugins.runs.status import status_of

    found = [status_of(folder) for folder in sharded_runs(runs)]
    for one in found:
        show_status(one, stdout())
    if any(shard.state.state == "failed" for one in found for shard in one.shards):
        raise typer.Exit(WITH_PROBLEMS)
