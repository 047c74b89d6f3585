"""Scores to Weights & Biases, through lmms-eval's own logger; only with ``--wandb_args``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.runs.run_file import RunFile, read_run_file
from lmms_eval_plugins.runs.scored import ScoredRun
from lmms_eval_plugins.tasks.arguments import WANDB_OPTION, parse_model_args

_CONFIG = ("model", "card", "wrapper_args", "settings", "generation", "sampling", "versions", "git_revision", "seeds")


def log_scores(wandb_args: str, folder: Path, row: ScoredRun) -> None:
    """Log the scores and settings of a run, as a run of its own.

    Args:
        wandb_args: ``key=value,…`` for ``wandb.init``; without a name, those of the model and the task make one.
        folder: the run's folder.
        row: its scores.

    Raises:
        UserError: an argument is not one of ``wandb.init``.
    """
    from lmms_eval.loggers import WandbLogger

    given = {"name": f"{row.model}_{row.task}", **parse_model_args(wandb_args, WANDB_OPTION)}
    try:
        logger = WandbLogger(**given)
    except TypeError as error:
        raise UserError(f"{WANDB_OPTION}: {error}") from error
    logger.post_init(as_results(row, read_run_file(folder)))
    logger.log_eval_result()
    logger.run.finish()


def as_results(row: ScoredRun, run: RunFile) -> dict[str, Any]:  # as lmms-eval takes them
    """Return a run's scores in the form of lmms-eval's results."""
    values: dict[str, float] = {}
    for name, (mean, sem) in row.score.metrics.items():
        values |= {} if mean is None else {f"{name},none": mean}
        values |= {} if sem is None else {f"{name}_stderr,none": sem}
    return {
        "results": {row.task: values},
        "configs": {row.task: {"generation_kwargs": run.generation, **run.settings}},
        "config": run.model_dump(mode="json", include=set(_CONFIG)),
        "versions": {row.task: "N/A"},
        "n-shot": {row.task: 0},
    }
