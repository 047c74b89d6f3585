"""``strokerehab merge``."""

from __future__ import annotations

from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import BAD_INPUT, WITH_PROBLEMS
from lmms_eval_plugins.cli.options import RunFolders
from lmms_eval_plugins.core.console import say, say_all, stdout
from lmms_eval_plugins.core.places import RUNS


def merge(
    runs: RunFolders = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Leave out shards that are not done; the table says so.")
    ] = False,
) -> None:
    """Merge the shards of runs, score them and print tables.

    The scores are those that one process would have got.
    """
    from lmms_eval_plugins.core.errors import error_line
    from lmms_eval_plugins.execution.outcome import show_scores
    from lmms_eval_plugins.runs.merge import merge_run, sharded_runs

    merged, errors = [], []
    for folder in sharded_runs(runs or [RUNS]):
        try:
            merged.append(merge_run(folder, partial))
        except Exception as error:
            errors.append(error_line(error, folder))
    out = stdout()
    show_scores([run.scores for run in merged if run.scores], [], out)
    for run in merged:
        left_out = f", without {len(run.left_out)} videos that are not answered yet" if run.left_out else ""
        say(out, f"run: {run.folder}{left_out}")
    problems = list(dict.fromkeys(problem for run in merged for problem in run.problems))
    bad = [say_all("problem", problems), say_all("error", errors)]
    if not merged:
        raise typer.Exit(BAD_INPUT)
    if any(bad) or any(run.left_out for run in merged):
        raise typer.Exit(WITH_PROBLEMS)
