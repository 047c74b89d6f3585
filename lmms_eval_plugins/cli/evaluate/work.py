"""``strokerehab work``, which ``run --num_processes`` and Slurm's tasks start, not people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.cli.numbers import whole
from lmms_eval_plugins.core.imports import large_imports


def work(
    index: Annotated[int, typer.Argument(metavar="SHARD", parser=whole(0), help="The shard's number, from 0.")],
    folders: Annotated[list[Path], typer.Argument(metavar="RUN", help="Folders of runs of one model.")],
    log: Annotated[str, typer.Option("--log", metavar="FILE", help="Where the output of this process goes.")] = "",
) -> None:
    """Answer one shard of some runs."""
    with large_imports():
        from lmms_eval_plugins.execution.work import STOPPED, obey, work_on_shard

    obey()
    if not work_on_shard(index, folders, log):
        raise typer.Exit(STOPPED)
