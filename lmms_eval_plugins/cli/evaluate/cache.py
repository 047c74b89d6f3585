"""``strokerehab cache``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lmms_eval_plugins.cli.numbers import real
from lmms_eval_plugins.cli.options import LogPath, complete_models
from lmms_eval_plugins.core.console import plain_table, say, stdout
from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.core.places import RUNS

if TYPE_CHECKING:
    from rich.console import Console


def cache(
    log_path: LogPath = None,
    prune: Annotated[bool, typer.Option("--prune", help="Delete them; run folders stay as they are.")] = False,
    model: Annotated[
        str | None,
        typer.Option(
            "--model", metavar="NAME", help="Delete only this model's answers.", autocompletion=complete_models
        ),
    ] = None,
    older_than: Annotated[
        float,
        typer.Option(
            "--older-than", metavar="DAYS", parser=real(0, 100_000), help="Delete only what is so many days old."
        ),
    ] = 0.0,
) -> None:
    """Show or delete the answers and frames kept for later runs."""
    runs = log_path or RUNS
    if prune:
        prune_cached(runs, model, older_than, stdout())
    else:
        show_cached(runs, stdout())


def show_cached(log_path: Path, console: Console) -> None:
    """Print which answers are kept among some runs, and how many frames in the user's folder of them."""
    from rich.filesize import decimal

    from lmms_eval_plugins.execution.models import FOLDER_VARIABLE, kept_frames
    from lmms_eval_plugins.runs.store import STORE_NAME, stored

    words = ("weights and settings", "last added to")
    table = plain_table("model", "weights and settings", "answers", "size", "last added to", words=words)
    models = list(stored(log_path / STORE_NAME))
    for one in models:
        added = datetime.fromtimestamp(one.last_used).isoformat(sep=" ", timespec="minutes")
        cells = (one.model, one.fingerprint[:12], f"{one.answers:,}", decimal(one.n_bytes), added)
        table.add_row(*cells)
    if models:
        console.print(table)
    else:
        say(console, f"no answers in {log_path / STORE_NAME}")
    if (frames := kept_frames()) is not None:
        usage = frames.usage()
        say(
            console,
            f"frames: {usage.entries:,} videos, {decimal(usage.n_bytes)} in {frames.folder} ({FOLDER_VARIABLE})",
        )


def prune_cached(log_path: Path, model: str | None, older_than_days: float, console: Console) -> None:
    """Delete kept answers; frames too, unless one model is named. Run folders and their answers stay.

    Raises:
        UserError: there are no answers of the model.
    """
    from rich.filesize import decimal

    from lmms_eval_plugins.execution.models import kept_frames
    from lmms_eval_plugins.runs.store import STORE_NAME, prune, stored

    known = {one.model for one in stored(log_path / STORE_NAME)}
    if model is not None and model not in known:
        raise UserError(f"--model: no answers of {model!r} in {log_path / STORE_NAME}{nearest(model, known)}")
    dropped = prune(log_path / STORE_NAME, model=model, older_than_days=older_than_days)
    n_answers, n_bytes = sum(one.answers for one in dropped), sum(one.n_bytes for one in dropped)
    message = f"deleted {n_answers:,} answers of {len(dropped)} models, {decimal(n_bytes)}"
    if model is None and (frames := kept_frames()) is not None:
        freed = frames.prune_older(older_than_days)
        message += f"; frames of {freed.entries:,} videos, {decimal(freed.n_bytes)}"
    say(console, message)
