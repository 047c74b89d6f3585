"""``strokerehab score``."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import BAD_INPUT, WITH_PROBLEMS
from lmms_eval_plugins.cli.options import (
    OUTPUT,
    Activities,
    DecoderName,
    LogsOrRuns,
    Reading,
    Seed,
    SplitRuns,
    Together,
)
from lmms_eval_plugins.core.console import put_json, say_all, stdout
from lmms_eval_plugins.core.places import RUNS


def score(
    paths: LogsOrRuns = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON and nothing else.", rich_help_panel=OUTPUT)
    ] = False,
    split_runs: SplitRuns = False,
    reading: Reading = None,
    decoder: DecoderName = "rule",
    seed: Seed = 0,
    activities: Activities = [],  # noqa: B006
    together: Together = False,
) -> None:
    """Score runs and published logs from their raw answers."""
    from lmms_eval_plugins.reports.scores import print_report
    from lmms_eval_plugins.runs.data_frames.decoders import decoding_of
    from lmms_eval_plugins.runs.score import score_paths
    from lmms_eval_plugins.runs.score_decoded import answered_activities, score_decoded

    given = paths or [str(RUNS)]
    if decoding := decoding_of(decoder, seed):
        report = score_decoded(
            given,
            decoding,
            split_runs=split_runs,
            policy=reading,
            activities=answered_activities(activities),
            as_one=together,
        )
    else:
        report = score_paths(given, split_runs=split_runs, policy=reading)
    if as_json:
        put_json(json.dumps(report.to_json(), indent=1, ensure_ascii=False))
    else:
        print_report(replace(report, errors=(), warnings=()), stdout())
    say_all("warning", report.warnings)
    if say_all("error", report.errors):
        raise typer.Exit(WITH_PROBLEMS if report.rows else BAD_INPUT)
