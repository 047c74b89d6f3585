"""``strokerehab validate``."""

from __future__ import annotations

from typing import Annotated

import typer

from lmms_eval_plugins.cli.data.demo import given_or_demo
from lmms_eval_plugins.cli.exits import BAD_INPUT, check_extra
from lmms_eval_plugins.cli.options import Dataset, TaskFolders, complete_task
from lmms_eval_plugins.core.console import say_all, stdout


def validate(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TASK",
            help="Tasks and groups of them  [default: all in --tasks, or else the project's]",
            autocompletion=complete_task,
        ),
    ] = None,
    data: Dataset = None,
    tasks: TaskFolders = [],  # noqa: B006
) -> None:
    """Check task files by scoring their own correct answers.

    The answers are written as replies, read back and scored; no model runs.
    """
    check_extra("models")
    from lmms_eval_plugins.execution.plan import own_tasks, task_folders
    from lmms_eval_plugins.tasks.validate import show_verdicts, validate_tasks

    folders = task_folders(tasks)
    given = names or (own_tasks(folders) if tasks else ["all"])
    verdicts = validate_tasks(given, folders, given_or_demo(data), are_named=bool(names))
    show_verdicts(verdicts, stdout())
    say_all("warning", [f"{verdict.task} is left out: {verdict.left_out}" for verdict in verdicts if verdict.left_out])
    if say_all("error", [f"{verdict.task}: {problem}" for verdict in verdicts for problem in verdict.problems]):
        raise typer.Exit(BAD_INPUT)
