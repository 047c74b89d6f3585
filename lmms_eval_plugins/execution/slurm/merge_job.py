"""The job that merges a model's runs once its tasks have ended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lmms_eval_plugins.core.console import stdout
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.secrets import set_secrets
from lmms_eval_plugins.execution.outcome import show_scores
from lmms_eval_plugins.execution.wandb_log import log_scores
from lmms_eval_plugins.runs.merge import merge_run


def merge_job(folders: Sequence[str], wandb_args: str = "") -> None:
    """Merge every run that can be merged and print the table; log the scores with ``wandb_args`` (see `log_scores`).

    Raises:
        SystemExit: a run could not be merged.
    """
    set_secrets()
    merged, errors = [], []
    for folder in folders:
        try:
            merged.append(merge_run(Path(folder)))
            if wandb_args and (scores := merged[-1].scores):
                log_scores(wandb_args, Path(folder), scores)
        except UserError as error:
            errors.append(str(error))
    show_scores([run.scores for run in merged if run.scores], [], stdout())
    if errors:
        raise SystemExit("\n".join(errors))
