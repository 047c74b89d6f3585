"""What runs in the job that merges a model's runs once its tasks have ended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.launch.merge import merge_run
from lmms_eval_plugins.launch.say import stdout
from lmms_eval_plugins.launch.table import show_scores


def merge_job(folders: Sequence[str]) -> None:
    """Merge what can be merged, print the table.

    Raises:
        SystemExit: a run could not be merged.
    """
    merged, errors = [], []
    for folder in folders:
        try:
            merged.append(merge_run(Path(folder)))
        except UserError as error:
            errors.append(str(error))
    show_scores([run.scores for run in merged if run.scores], [], stdout())
    if errors:
        raise SystemExit("\n".join(errors))
