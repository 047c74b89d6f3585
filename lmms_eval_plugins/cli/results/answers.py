"""``strokerehab answers``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import LogsOrRuns, Reading, SplitRuns, out_option
from lmms_eval_plugins.core.console import say_all
from lmms_eval_plugins.core.places import RUNS


def answers(
    paths: LogsOrRuns = None,
    split_runs: SplitRuns = False,
    reading: Reading = None,
    out: Annotated[Path | None, out_option("A .csv or .parquet file to write  [default: print CSV]")] = None,
) -> None:
    """Write every answer with its truth to CSV or parquet.

    Each has its run, whether it is right, and probabilities where they were recorded.
    """
    from lmms_eval_plugins.runs.data_frames.export import check_suffix, exported_answers, write_frame

    if out:
        check_suffix(out)
    found = exported_answers(paths or [str(RUNS)], split_runs=split_runs, reading=reading)
    write_frame(found.frame, out)
    if say_all("error", found.errors):
        raise typer.Exit(WITH_PROBLEMS)
