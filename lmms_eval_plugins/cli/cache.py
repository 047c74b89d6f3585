"""``strokerehab cache``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lmms_eval_plugins.core.console import stdout
from lmms_eval_plugins.core.places import working_root


def cache(
    log_path: Annotated[Path | None, typer.Option("--log_path", help="Folder of runs [default: runs].")] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Delete; run folders stay as they are.")] = False,
    model: Annotated[str | None, typer.Option("--model", help="Delete this model's answers only.")] = None,
    older_than: Annotated[float, typer.Option("--older_than", min=0, help="Only what is so many days old.")] = 0.0,
) -> None:
    """Show, or delete, the answers and frames that runs keep for later ones."""
    from lmms_eval_plugins.cli.kept import prune_kept, show_kept

    runs = log_path or working_root() / "runs"
    if prune:
        prune_kept(runs, model, older_than, stdout())
    else:
        show_kept(runs, stdout())
