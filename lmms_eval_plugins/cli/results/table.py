"""``strokerehab table``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.numbers import whole
from lmms_eval_plugins.cli.options import (
    OUTPUT,
    READING,
    DecoderName,
    LogsOrRuns,
    Reading,
    Seed,
    SplitRuns,
    complete_tables,
    out_option,
)
from lmms_eval_plugins.core.console import say_all
from lmms_eval_plugins.core.places import working_root
from lmms_eval_plugins.reports.tables.published import TABLES


def table(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A table's name: " + ", ".join(TABLES) + ".", autocompletion=complete_tables
        ),
    ],
    paths: LogsOrRuns = None,
    split_runs: SplitRuns = False,
    reading: Reading = None,
    decoder: DecoderName = "rule",
    seed: Seed = 0,
    ci: Annotated[
        bool,
        typer.Option("--ci", help="Add 95 % intervals, by patients.", rich_help_panel=OUTPUT),
    ] = False,
    more: Annotated[
        bool, typer.Option("--more", help="Add the tables that it is made of.", rich_help_panel=OUTPUT)
    ] = False,
    min_primitives: Annotated[
        int,
        typer.Option(
            "--min-primitives",
            metavar="N",
            parser=whole(0),
            help="Leave videos with fewer than N true primitives out of a table of dose  [default: 0]",
            show_default=False,
            rich_help_panel=READING,
        ),
    ] = 0,
    form: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="text, md, csv, latex or html.", rich_help_panel=OUTPUT)
    ] = "text",
    out: Annotated[Path | None, out_option("A file to write  [default: print]")] = None,
) -> None:
    """Make one of the study's tables from raw answers."""
    from lmms_eval_plugins.reports.tables.make import make_tables
    from lmms_eval_plugins.reports.tables.write import show_tables
    from lmms_eval_plugins.runs.data_frames.decoders import decoding_of

    given = paths or [str(working_root() / "runs")]
    decoding = decoding_of(decoder, seed)
    made = make_tables(
        name,
        given,
        ci=ci,
        more=more,
        split_runs=split_runs,
        reading=reading,
        decoding=decoding,
        min_primitives=min_primitives,
    )
    show_tables(made.tables, form, out)
    if say_all("error", made.errors):
        raise typer.Exit(WITH_PROBLEMS)
