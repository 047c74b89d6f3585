"""What the model of a published log was given, from lmms-eval's summary beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmms_eval_plugins.core.json_files import parse_json
from lmms_eval_plugins.runs.find import RESULTS_END
from lmms_eval_plugins.study.logs import LOG_NAME


def results_beside(log: Path) -> Path | None:
    """Return lmms-eval's summary of a published log's run, where it lies beside it."""
    name = LOG_NAME.match(log.name)
    path = log.with_name(f"{name['stamp']}{RESULTS_END}") if name else None
    return path if path and path.is_file() else None


def arguments_of_log(log: Path) -> Mapping[str, str] | None:
    """Return the model arguments of a published log by name; None where there is no summary, or it is damaged."""
    path = results_beside(log)
    try:
        content: Any = parse_json(path.read_bytes()) if path else None
        return _parsed(str(content["config"]["model_args"])) if content else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _parsed(text: str) -> Mapping[str, str]:
    """Parse ``a=1,b=2`` into a mapping."""
    pairs = (part.partition("=") for part in text.split(",") if "=" in part)
    return {name.strip(): value.strip() for name, _, value in pairs}
