"""The command line of a run, as its shards keep it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunRequest:
    """The options of ``strokerehab run``.

    Attributes:
        models: names and aliases of models, comma-separated.
        tasks: names of tasks and groups of tasks, comma-separated, or ``all``.
        model_args: ``key=value,…``.
        log_path: folder of runs.
        data: the dataset's folder.
        selection: the selection to use instead of the tasks' own; None uses theirs.
        limit: how many videos to use, from the first on; None uses all.
        num_processes: processes that share the videos of a run.
        model_folders: folders of model cards, searched before the project's.
        task_folders: folders of task files, searched before the project's.
        wandb_args: ``key=value,…`` for Weights & Biases; empty logs nothing there.
        gen_kwargs: ``key=value,…`` in the place of the tasks' own ``generation_kwargs``.
    """

    models: str
    tasks: str
    model_args: str
    log_path: Path
    data: Path
    selection: str | None = None
    limit: int | None = None
    num_processes: int = 1
    model_folders: tuple[Path, ...] = ()
    task_folders: tuple[Path, ...] = ()
    wandb_args: str = ""
    gen_kwargs: str = ""
