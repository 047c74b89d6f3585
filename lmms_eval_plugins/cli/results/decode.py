"""``strokerehab decode``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import (
    OUTPUT,
    READING,
    Activities,
    LogsOrRuns,
    Reading,
    Seed,
    SplitRuns,
    Together,
    out_option,
)
from lmms_eval_plugins.core.console import put, say_all
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import RUNS


def decode(
    paths: LogsOrRuns = None,
    method: Annotated[
        str,
        typer.Option("--method", metavar="NAME", help="A decoder, as for score --decoder.", rich_help_panel=READING),
    ] = "mbr",
    fit: Annotated[
        str,
        typer.Option(
            "--fit",
            metavar="WHOSE",
            help="Whose labels teach: lopo (the run's other patients), other=RUNS, or a file.",
            rich_help_panel=READING,
        ),
    ] = "lopo",
    seed: Seed = 0,
    activities: Activities = [],  # noqa: B006
    together: Together = False,
    split_runs: SplitRuns = False,
    reading: Reading = None,
    evidence: Annotated[
        str,
        typer.Option(
            "--evidence",
            metavar="said|probe|said,probe",
            help="What a decoder goes by: replies, what probes read from hidden states (see probe), or both.",
            rich_help_panel=READING,
        ),
    ] = "said",
    save: Annotated[
        Path | None,
        typer.Option(
            "--save",
            metavar="FILE",
            help="Also write a decoder, fitted on all labels, to this file.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    out: Annotated[Path | None, out_option("Folder to write to  [default: beside each run]", metavar="FOLDER")] = None,
) -> None:
    """Decode answers into timelines by other patients' labels.

    The timelines of primitives are written beside each run, or to a folder.
    """
    from lmms_eval_plugins.runs.data_frames.decoders import decoding_of
    from lmms_eval_plugins.runs.decode import decode_runs
    from lmms_eval_plugins.runs.probing.evidence import evidence_of
    from lmms_eval_plugins.runs.score_decoded import answered_activities

    decoding = decoding_of(method, seed)
    if decoding is None:
        raise UserError("--method rule: every run is scored by its rule anyway; name a decoder, such as mbr")
    wrote = decode_runs(
        paths or [str(RUNS)],
        decoding,
        fit=fit,
        save=save,
        out=out,
        as_one=together,
        split_runs=split_runs,
        reading=reading,
        activities=answered_activities(activities),
        evidence=evidence_of(evidence),
    )
    put(*wrote.files)
    say_all("note", wrote.notes)
    if say_all("error", wrote.errors):
        raise typer.Exit(WITH_PROBLEMS)
