"""``strokerehab decode``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import Activities, Seed, Together
from lmms_eval_plugins.core.console import say_all
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.reading import Policy


def decode(
    paths: Annotated[list[str], typer.Argument(help="Runs, published logs, folders or patterns of them.")],
    method: Annotated[str, typer.Option("--method", help="A decoder, as for score --decoder.")] = "mbr",
    fit: Annotated[
        str, typer.Option("--fit", help="Whose labels teach: lopo (the run's other patients), other=RUNS, or a file.")
    ] = "lopo",
    save: Annotated[
        Path | None, typer.Option("--save", help="Also write a decoder, fitted on all labels, to this file.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder to write to [default: beside each run].")] = None,
    seed: Seed = 0,
    activities: Activities = [],  # noqa: B006
    together: Together = False,
    split_runs: Annotated[bool, typer.Option("--split-runs", help="Take the runs of one log file apart.")] = False,
    reading: Annotated[
        Policy | None, typer.Option("--reading", help="How replies are read [default: default].")
    ] = None,
) -> None:
    """Turn answers into timelines of primitives with what other patients' labels teach, and write them."""
    from lmms_eval_plugins.runs.activities import answered_activities
    from lmms_eval_plugins.runs.data_frames.decoders import decoding_of
    from lmms_eval_plugins.runs.decode import decode_runs

    decoding = decoding_of(method, seed)
    if decoding is None:
        raise UserError("--method rule: every run is scored by its rule anyway; name a decoder, such as mbr")
    wrote = decode_runs(
        paths,
        decoding,
        fit=fit,
        save=save,
        out=out,
        as_one=together,
        split_runs=split_runs,
        reading=reading,
        activities=answered_activities(activities),
    )
    print(*wrote.files, sep="\n")
    say_all("note", wrote.notes, Console(stderr=True))
    if say_all("error", wrote.errors, Console(stderr=True)):
        raise typer.Exit(WITH_PROBLEMS)
