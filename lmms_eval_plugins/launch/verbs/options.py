"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DecoderOption = Annotated[
    str,
    typer.Option(
        "--decoder",
        help="How answers become primitives: rule (the task's own), mbr, mbr_counts, mbr_activity, viterbi, sample;"
        " or blind, blind_activity, their control. All but rule learn from other patients' labels.",
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the decoder's samples.")]
Activities = Annotated[
    list[str],
    typer.Option("--activities", help="Runs or logs of an identification task, for decoders by activity [truth]."),
]
Together = Annotated[
    bool, typer.Option("--together", help="Decode the answers of all runs together, about the same windows.")
]
Models = Annotated[list[Path], typer.Option("--models", help="Folder of your own model cards.")]
