"""``strokerehab merge``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lmms_eval_plugins.cli.exits import BAD_INPUT, WITH_PROBLEMS
from lmms_eval_plugins.core.console import say, say_all, stdout


def merge(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Run folders, or folders of them.")],
    partial: Annotated[
        bool, typer.Option("--partial", help="Without the shards that are not done; the table says so.")
    ] = False,
) -> None:
    """Put the shards of runs together, score them as a single process would have, print a table."""
    from lmms_eval_plugins.core.errors import UserError
    from lmms_eval_plugins.execution.outcome import show_scores
    from lmms_eval_plugins.runs.merge import merge_run, sharded_runs

    merged, errors = [], []
    for folder in sharded_runs(runs):
        try:
            merged.append(merge_run(folder, partial))
        except UserError as error:
            errors.append(str(error))
    console, out = Console(stderr=True), stdout()
    show_scores([run.scores for run in merged if run.scores], [], out)
    for run in merged:
        left_out = f", without {len(run.left_out)} videos that are not answered yet" if run.left_out else ""
        say(out, f"run: {run.folder}{left_out}")
    problems = list(dict.fromkeys(problem for run in merged for problem in run.problems))
    bad = [say_all("problem", problems, console), say_all("error", errors, console)]
    if not merged:
        raise typer.Exit(BAD_INPUT)
    if any(bad) or any(run.left_out for run in merged):
        raise typer.Exit(WITH_PROBLEMS)
