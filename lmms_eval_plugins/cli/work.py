"""``strokerehab work``: started by ``run --num_processes`` and by Slurm tasks, not by people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def work(
    index: Annotated[int, typer.Argument(help="The shard's number, from 0.")],
    folders: Annotated[list[Path], typer.Argument(help="Folders of runs of one model.")],
    log: Annotated[str, typer.Option("--log", help="Where this process's output goes.")] = "",
) -> None:
    """Answer one shard of some runs."""
    from lmms_eval_plugins.execution.work import STOPPED, obey, work_on_shard

    obey()
    if not work_on_shard(index, folders, log):
        raise typer.Exit(STOPPED)
