"""``strokerehab tasks``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import TaskFolders, complete_task
from lmms_eval_plugins.core.console import plain_table, say, say_all, stdout
from lmms_eval_plugins.core.errors import listed

if TYPE_CHECKING:
    from rich.console import Console

    from lmms_eval_plugins.tasks.listing import ListedTask


_MOST_METRICS = 7


def tasks(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TASK",
            help="Tasks or groups to show with every question  [default: a list of all]",
            autocompletion=complete_task,
        ),
    ] = None,
    folders: TaskFolders = [],  # noqa: B006
) -> None:
    """List the tasks: what they ask, and how they are scored.

    With names, the words of every question too.
    """
    from lmms_eval_plugins.execution.plan import task_folders
    from lmms_eval_plugins.tasks.listing import list_tasks

    found, problems = list_tasks(names or ["all"], task_folders(folders))
    show = _show_each if names else show_tasks
    show(found, stdout())
    if say_all("problem", problems):
        raise typer.Exit(WITH_PROBLEMS)


def show_tasks(tasks: Sequence[ListedTask], console: Console) -> None:
    """Print the tasks by family, in a line each; of questions with truths of their own, the truths too."""
    by_family = sorted(tasks, key=lambda task: task.family.name)
    for name, of_family in groupby(by_family, key=lambda task: task.family.name):
        group = list(of_family)
        family = group[0].family
        table = plain_table(name.replace("_", "-"), "windows", "asks", words=("windows", "asks"))
        for task in group:
            table.add_row(task.name, task.windows, task.asks)
        console.print(table)
        if family.reads_sources:
            for task in group:
                say(console, f"  truth of {task.name}: {task.truth}")
        else:
            say(console, f"  truth: {family.needs.truth}")
        say(console, f"  scores: {listed(group[0].metrics, _MOST_METRICS)}")
        console.print()


def _show_each(tasks: Sequence[ListedTask], console: Console) -> None:
    from lmms_eval_plugins.tasks.listing import kind_in_words

    for task in tasks:
        say(console, task.name, style="bold")
        say(
            console,
            f"  {task.about}" if task.about else "  (its file begins with no comment that says what it is about)",
        )
        table = plain_table("", "", words=("",), header=False)
        table.add_row("  windows", task.windows)
        table.add_row("  truth", task.truth)
        table.add_row("  scores", ", ".join(task.metrics))
        for question in task.questions:
            table.add_row(f"  {question.id}", f"{kind_in_words(question.answer)}: {' '.join(question.text.split())}")
        console.print(table)
        console.print()
