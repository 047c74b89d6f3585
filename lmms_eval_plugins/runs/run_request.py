"""TODO."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A command line, as given.

    Attributes:
        models: comma-separated model names and aliases.
        tasks: comma-separated names of tasks and groups of tasks, or ``all``.
        model_args: ``key=value,…``.
        log_path: folder of runs.
        data: the dataset's folder.
        selection: a selection in place of the tasks' own, or None.
        limit: only the first so many videos, or None.
        num_processes: processes to share the videos of a run.
        model_folders: folders of model cards that come before the project's.
        task_folders: folders of task files that come before the project's.
        wandb_args: ``key=value,…`` for Weights & Biases; empty logs nothing there.
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
