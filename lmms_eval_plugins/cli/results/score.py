"""``strokerehab score``."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import BAD_INPUT, WITH_PROBLEMS
from lmms_eval_plugins.cli.options import (
    OUTPUT,
    READING,
    Activities,
    Dataset,
    DecoderName,
    LogsOrRuns,
    Reading,
    Seed,
    SplitRuns,
    Together,
)
from lmms_eval_plugins.core.console import put_json, say_all, stdout
from lmms_eval_plugins.core.places import RUNS, default_data


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
    rater: Annotated[
        str | None,
        typer.Option(
            "--rater",
            metavar="NAME",
            help="Score runs of dose tasks against the labels of this rater (labels/NAME in the dataset).",
            rich_help_panel=READING,
        ),
    ] = None,
    data: Dataset = None,
) -> None:
    """Score runs and published logs from their raw answers."""
    from lmms_eval_plugins.core.errors import UserError
    from lmms_eval_plugins.reports.scores import print_report
    from lmms_eval_plugins.runs.data_frames.decoders import decoding_of
    from lmms_eval_plugins.runs.score import score_paths
    from lmms_eval_plugins.runs.score_decoded import answered_activities, score_decoded

    given = paths or [str(RUNS)]
    if data and not rater:
        raise UserError("--data: says where the labels of --rater lie; name the rater, or leave it out")
    labels = None
    if rater:
        from lmms_eval_plugins.dataset.labels.of_rater import labels_of_rater
        from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, manifest_in

        if decoder != "rule":
            raise UserError(f"--rater: goes with the task's own rule; leave out --decoder {decoder}")
        labels = labels_of_rater(manifest_in(data or default_data(), MANIFEST_NAME), rater)
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
        report = score_paths(given, split_runs=split_runs, policy=reading, rater=labels)
    if as_json:
        put_json(json.dumps(report.to_json(), indent=1, ensure_ascii=False))
    else:
        print_report(replace(report, errors=(), warnings=()), stdout())
    say_all("warning", [*(labels.problems if labels else ()), *report.warnings])
    if say_all("error", report.errors):
        raise typer.Exit(WITH_PROBLEMS if report.rows else BAD_INPUT)
