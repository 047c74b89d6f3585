"""``strokerehab table``."""

from __future__ import annotations

from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.numbers import real, whole
from lmms_eval_plugins.cli.options import (
    OUTPUT,
    READING,
    DecoderName,
    LogsOrRuns,
    Reading,
    Seed,
    ShownActivities,
    ShownPatients,
    ShownViews,
    SplitRuns,
    TableFile,
    TableFormat,
    Wide,
    complete_tables,
)
from lmms_eval_plugins.core.console import say_all
from lmms_eval_plugins.core.places import RUNS
from lmms_eval_plugins.reports.tables.published import TABLES


def table(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="A table's name: " + ", ".join(TABLES) + ".", autocompletion=complete_tables
        ),
    ],
    paths: LogsOrRuns = None,
    patients: ShownPatients = [],  # noqa: B006
    activities: ShownActivities = [],  # noqa: B006
    views: ShownViews = [],  # noqa: B006
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
    target_error: Annotated[
        float | None,
        typer.Option(
            "--target-error",
            metavar="X",
            parser=real(0, 1_000),
            help="In abstain: the mean error that answers may have, in its unit, as .25",
            show_default=False,
            rich_help_panel=READING,
        ),
    ] = None,
    measured: Annotated[
        bool,
        typer.Option(
            "--measured", help="In abstain: measured doses, too, a minute for each run.", rich_help_panel=READING
        ),
    ] = False,
    together: Annotated[
        bool,
        typer.Option("--together", help="In measure: add a row of all models, read together.", rich_help_panel=READING),
    ] = False,
    seeds: Annotated[
        int,
        typer.Option(
            "--seeds",
            metavar="N",
            parser=whole(1),
            help="In measure: take means over N seeds, from --seed on  [default: 1]",
            show_default=False,
            rich_help_panel=READING,
        ),
    ] = 1,
    form: TableFormat = None,
    out: TableFile = None,
    wide: Wide = False,
) -> None:
    """Make one of the study's tables from raw answers."""
    from lmms_eval_plugins.reports.tables.chosen import MEASURE
    from lmms_eval_plugins.reports.tables.make import make_tables
    from lmms_eval_plugins.reports.tables.measured.gathered import Measuring
    from lmms_eval_plugins.reports.tables.write import show_tables, table_format
    from lmms_eval_plugins.runs.data_frames.decoders import decoding_of
    from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter

    shown_as = table_format(form, out)
    given = paths or [str(RUNS)]
    decoding = decoding_of(decoder, seed)
    measuring = Measuring(seed, seeds, together) if name == MEASURE or together or seeds > 1 else None
    made = make_tables(
        name,
        given,
        ci=ci,
        more=more,
        split_runs=split_runs,
        reading=reading,
        decoding=decoding,
        min_primitives=min_primitives,
        measuring=measuring,
        target_error=target_error,
        measured=measured,
        only=VideoFilter.of_words(patients, activities, views),
    )
    show_tables(made.tables, shown_as, out, wide=wide)
    if say_all("error", made.errors):
        raise typer.Exit(WITH_PROBLEMS)
