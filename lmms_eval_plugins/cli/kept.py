"""What runs keep for later ones, answers and frames: how much of it there is, and away with it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.filesize import decimal
from rich.text import Text

from lmms_eval_plugins.core.console import plain_table
from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.execution.frames import FOLDER_VARIABLE, kept_frames
from lmms_eval_plugins.runs.store import STORE_NAME, prune, stored


def show_kept(log_path: Path, console: Console) -> None:
    """Print what is kept among some runs, and in the user's folder of frames."""
    table = plain_table()
    for column in ("model", "weights and settings", "answers", "size", "last added to"):
        table.add_column(column, justify="right" if column in ("answers", "size") else "left")
    models = list(stored(log_path / STORE_NAME))
    for one in models:
        added = datetime.fromtimestamp(one.last_used).isoformat(sep=" ", timespec="minutes")
        cells = (one.model, one.fingerprint[:12], f"{one.answers:,}", decimal(one.n_bytes), added)
        table.add_row(*map(Text, cells))
    if models:
        console.print(table)
    else:
        console.print(f"no answers in {log_path / STORE_NAME}", soft_wrap=True, highlight=False)
    if (frames := kept_frames()) is not None:
        usage = frames.usage()
        told = f"frames: {usage.entries:,} videos, {decimal(usage.n_bytes)} in {frames.folder} ({FOLDER_VARIABLE})"
        console.print(told, soft_wrap=True, highlight=False)


def prune_kept(log_path: Path, model: str | None, older_than_days: float, console: Console) -> None:
    """Delete kept answers; frames too, unless one model is named. Run folders and their answers stay.

    Raises:
        UserError: there are no answers of the model.
    """
    known = {one.model for one in stored(log_path / STORE_NAME)}
    if model is not None and model not in known:
        raise UserError(f"--model: no answers of {model!r} in {log_path / STORE_NAME}{nearest(model, known)}")
    dropped = prune(log_path / STORE_NAME, model=model, older_than_days=older_than_days)
    n_answers, n_bytes = sum(one.answers for one in dropped), sum(one.n_bytes for one in dropped)
    said = f"deleted {n_answers:,} answers of {len(dropped)} models, {decimal(n_bytes)}"
    if model is None and (frames := kept_frames()) is not None:
        freed = frames.prune_older(older_than_days)
        said += f"; frames of {freed.entries:,} videos, {decimal(freed.n_bytes)}"
    console.print(said, soft_wrap=True, highlight=False)
