"""``strokerehab new-task``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.cli.options import out_option
from lmms_eval_plugins.core.console import put

DEFAULT_FOLDER = Path("my-tasks")


def new_task(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the task.")],
    out: Annotated[Path, out_option("Where to, a folder of your own task files.", "FOLDER")] = DEFAULT_FOLDER,
) -> None:
    """Write a task of your own to start from.

    That is its file, its questions, and a table of true answers. Nothing is overwritten.
    """
    from lmms_eval_plugins.tasks.new_task import write_new_task

    task, questions, truth = write_new_task(name, out)
    own = f"--tasks {shlex.quote(str(out))} --data DATA"
    put(f"{task}: the task: which videos, which windows")
    put(f"{questions}: its questions")
    put(f"{truth}: the true answers, an example")
    put()
    put(f"Fill in {truth}, a row for every video in DATA/manifest.csv, and put it beside that. Then:")
    put(f"  strokerehab validate {name} {own}")
    put(f"  strokerehab run --task {name} {own} --model most_frequent,omniscient")
