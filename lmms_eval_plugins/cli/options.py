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

Slurm = Annotated[bool, typer.Option("--slurm", help="Submit to Slurm: an array per model, a task per shard.")]
ShardsOption = Annotated[
    str | None, typer.Option("--shards", metavar="N|auto", help="Shards of each model's videos [default: auto].")
]
Partition = Annotated[str | None, typer.Option("--partition", help="Slurm's partition; defaults are in slurm.yaml.")]
Account = Annotated[str | None, typer.Option("--account", help="Slurm's account.")]
Time = Annotated[str | None, typer.Option("--time", help="Time limit of a task [default: 12:00:00].")]
Gres = Annotated[str | None, typer.Option("--gres", help="GPUs of a task, as gpu:a100:2 [default: by the card].")]
AtOnce = Annotated[int | None, typer.Option("--at_once", min=1, help="Tasks of a model at the same time [default: 8].")]
