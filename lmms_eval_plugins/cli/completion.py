"""What the shell completes: names of models, tasks, tables and figures."""

from __future__ import annotations

from lmms_eval_plugins.core.places import shipped


def complete_models(incomplete: str) -> list[str]:
    """Return comma-separated models that go on from what is typed."""
    from lmms_eval_plugins.models.cards import ALIASES, card_files

    return _last_of_several(incomplete, [*card_files([shipped("models")]), *ALIASES])


def complete_tasks(incomplete: str) -> list[str]:
    """Return comma-separated tasks and groups that go on from what is typed."""
    return _last_of_several(incomplete, [*_task_names(), "all"])


def complete_task(incomplete: str) -> list[str]:
    """Return the tasks and groups that start with what is typed."""
    return [name for name in _task_names() if name.startswith(incomplete)]


def complete_tables(incomplete: str) -> list[str]:
    """Return the tables whose names start with what is typed."""
    from lmms_eval_plugins.reports.tables.published import TABLES

    return [name for name in TABLES if name.startswith(incomplete)]


def complete_figures(incomplete: str) -> list[str]:
    """Return the figures whose names start with what is typed."""
    from lmms_eval_plugins.reports.figures import FIGURES

    return [name for name in (*FIGURES, "all") if name.startswith(incomplete)]


def _task_names() -> list[str]:
    folder = shipped("tasks") / "strokerehab"
    return sorted(path.stem for path in folder.glob("*.yaml") if path.stem != "selections")


def _last_of_several(incomplete: str, names: list[str]) -> list[str]:
    """Return what is typed with its last name, after the last comma, completed."""
    before, comma, last = incomplete.rpartition(",")
    return [before + comma + name for name in names if name.startswith(last)]
