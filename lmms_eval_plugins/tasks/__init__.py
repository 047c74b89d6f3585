"""Tasks: a dataset, windows and questions become rows; answers become metrics."""

from __future__ import annotations

from typing import Any

__all__ = [
    "arguments",
    "gold",
    "hands",
    "listing",
    "lmms_task",
    "names",
    "new_task",
    "own_truths",
    "partners",
    "prepare",
    "rows",
    "sources",
    "task_file",
    "task_questions",
    "validate",
    "videos",
]


def __getattr__(name: str) -> Any:  # lmms-eval has no types
    if name == "RehabTask":  # imported late: lmms-eval takes seconds to import
        from lmms_eval_plugins.tasks.lmms_task import RehabTask

        return RehabTask
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
