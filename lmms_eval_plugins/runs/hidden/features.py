"""Runs of models that answer nothing: a run of one holds hidden states, and nothing to score."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ValidationError

from lmms_eval_plugins.core.errors import UserError

FEATURES = "features"
"""The kind of models that answer nothing, on their cards and in ``run.json``."""

FEATURES_ONLY = "gives hidden states only, see `strokerehab probe`"
"""Why a run is in no table."""


class _KindAlone(BaseModel):
    """The kind of model alone, which is known before the rest of a run is read."""

    kind: str | None = None


def holds_features(folder: Path) -> bool:
    """Return whether a run holds hidden states only, and no answers; False where its ``run.json`` cannot be read."""
    from lmms_eval_plugins.runs.run_file import RUN_NAME  # late: cards know the kind, and need nothing of runs

    try:
        content = (folder / RUN_NAME).read_bytes()
        return f'"{FEATURES}"'.encode() in content and _KindAlone.model_validate_json(content).kind == FEATURES
    except (OSError, ValidationError):
        return False


def check_answers(folder: Path) -> None:
    """Check that a run is of a model that answers.

    Raises:
        UserError: it holds hidden states only.
    """
    if holds_features(folder):
        raise UserError(f"{folder}: {FEATURES_ONLY}")
