"""``strokerehab probe``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import (
    OUTPUT,
    READING,
    Reading,
    RunFolders,
    Seed,
    TableFile,
    TableFormat,
    Wide,
)
from lmms_eval_plugins.core.console import put_json, say_all
from lmms_eval_plugins.core.places import RUNS


def probe_(
    paths: RunFolders = None,
    layers: Annotated[
        str,
        typer.Option(
            "--layers",
            metavar="N+N",
            help="Probe these layers only, as 9+18  [default: all that were recorded]",
            show_default=False,
            rich_help_panel=READING,
        ),
    ] = "",
    seed: Seed = 0,
    reading: Reading = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON and nothing else.", rich_help_panel=OUTPUT)
    ] = False,
    form: TableFormat = None,
    out: TableFile = None,
    wide: Wide = False,
) -> None:
    """Read from hidden states what a model sees and does not say.

    Linear probes, each fitted on all patients but one, beside what was said; runs of untrained networks and of blank
    frames among the paths are their controls. Record states with --model_args record=hidden.
    """
    from lmms_eval_plugins.core.errors import UserError
    from lmms_eval_plugins.reports.probing.as_json import probe_json
    from lmms_eval_plugins.reports.probing.report import layers_of, probe_report
    from lmms_eval_plugins.reports.probing.tables import probe_tables
    from lmms_eval_plugins.reports.tables.write import show_tables, table_format

    shown_as = table_format(form, out)
    if as_json and (form or out):
        raise UserError("--json: prints JSON; leave --format and --out away")
    report = probe_report([str(path) for path in paths or [RUNS]], layers_of(layers), reading, seed)
    if as_json:
        put_json(json.dumps(probe_json(report), indent=1, ensure_ascii=False))
    else:
        show_tables(probe_tables(report), shown_as, out, wide=wide)
    if say_all("problem", report.problems):
        raise typer.Exit(WITH_PROBLEMS)
