"""``strokerehab plan-study``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.numbers import per_cent
from lmms_eval_plugins.cli.options import (
    OUTPUT,
    DecoderName,
    Reading,
    Seed,
    ShownActivities,
    ShownPatients,
    ShownViews,
    SplitRuns,
    TableFile,
    TableFormat,
    Wide,
)
from lmms_eval_plugins.core.console import put_json, say_all
from lmms_eval_plugins.core.errors import UserError

_STUDY = "The study"


def plan_study(
    path: Annotated[str, typer.Argument(metavar="RUN", help="A run folder or published log, or a folder with one.")],
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="RUN",
            help="Another run on the same videos  [default: the strongest blind control]",
            rich_help_panel=_STUDY,
        ),
    ] = None,
    detect: Annotated[
        float,
        typer.Option(
            "--detect",
            metavar="N%",
            parser=per_cent(0.1, 1000),
            help="The difference to show: of the other's mean metric, and of the true dose  [default: 10%]",
            show_default=False,
            rich_help_panel=_STUDY,
        ),
    ] = "10%",  # type: ignore[assignment]  # typer parses defaults too
    power: Annotated[
        float,
        typer.Option(
            "--power",
            metavar="N%",
            parser=per_cent(1, 99.9),
            help="How often such a study is to show it  [default: 80%]",
            show_default=False,
            rich_help_panel=_STUDY,
        ),
    ] = "80%",  # type: ignore[assignment]
    level: Annotated[
        float,
        typer.Option(
            "--level",
            metavar="N%",
            parser=per_cent(0.1, 50),
            help="Below it p is significant  [default: 5%]",
            show_default=False,
            rich_help_panel=_STUDY,
        ),
    ] = "5%",  # type: ignore[assignment]
    metric: Annotated[
        str | None,
        typer.Option(
            "--metric",
            metavar="NAME",
            help="A column of scores, or dose  [default: the primary metric, and of dose tasks the dose too]",
            rich_help_panel=_STUDY,
        ),
    ] = None,
    patients: ShownPatients = [],  # noqa: B006
    activities: ShownActivities = [],  # noqa: B006
    views: ShownViews = [],  # noqa: B006
    split_runs: SplitRuns = False,
    reading: Reading = None,
    decoder: DecoderName = "rule",
    seed: Seed = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON and nothing else.", rich_help_panel=OUTPUT)
    ] = False,
    form: TableFormat = None,
    out: TableFile = None,
    wide: Wide = False,
) -> None:
    """Say how many patients a study needs, from a run's own."""
    from lmms_eval_plugins.reports.planning.make import study_plan
    from lmms_eval_plugins.reports.planning.plan import Aim
    from lmms_eval_plugins.reports.planning.tables import plan_tables
    from lmms_eval_plugins.reports.planning.to_json import plan_json
    from lmms_eval_plugins.reports.tables.write import show_tables, table_format
    from lmms_eval_plugins.runs.data_frames.decoders import decoding_of
    from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter

    if power <= level:
        raise UserError(
            f"--power {100 * power:g}%: has to be above --level {100 * level:g}%, which chance alone reaches"
        )
    if as_json and (form or out):
        raise UserError("--json: prints JSON; leave --format and --out away")
    shown_as = table_format(form, out)
    plan = study_plan(
        path,
        Aim(detect, power, level, seed),
        against=against,
        metric=metric,
        decoding=decoding_of(decoder, seed),
        split_runs=split_runs,
        reading=reading,
        only=VideoFilter.of_words(patients, activities, views),
    )
    if as_json:
        put_json(json.dumps(plan_json(plan), indent=1, ensure_ascii=False))
    else:
        show_tables(plan_tables(plan), shown_as, out, wide=wide)
    if say_all("error", plan.errors):
        raise typer.Exit(WITH_PROBLEMS)
