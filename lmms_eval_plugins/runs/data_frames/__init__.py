"""Everything that was answered, as tidy tables; their columns are documented in `frames.columns`.

Paths are log files (``*_samples_*.jsonl``, plain, ``.gz`` or ``.xz``), ``*_results.json``, run folders, folders of
these, or patterns. Runs of different tasks may be mixed: ``runs_df`` says which is which. What cannot be read is
refused by name (``load_tables`` gives the rest and the errors). A file with two runs of the same videos is refused
unless ``split_runs``. ``reading`` is how replies are read; None reads published logs as published and our runs as they
ask.
"""

from __future__ import annotations

import pandas as pd

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.columns import COLUMNS, TableName
from lmms_eval_plugins.runs.data_frames.items import assessments, items_of
from lmms_eval_plugins.runs.data_frames.load import LoadedTables, Paths, load_tables

__all__ = ["COLUMNS", "LoadedTables", "answers_df", "items_df", "load_tables", "runs_df", "scores_df", "timelines_df"]


def runs_df(paths: Paths, split_runs: bool = False, reading: Policy | None = None) -> pd.DataFrame:
    """One row per run: whose it is, how it was made, and what to know about it."""
    return _table("runs", paths, split_runs, reading)


def answers_df(paths: Paths, split_runs: bool = False, reading: Policy | None = None) -> pd.DataFrame:
    """One row per run, video, window and question: the reply, and what it was read as."""
    return _table("answers", paths, split_runs, reading)


def timelines_df(paths: Paths, split_runs: bool = False, reading: Policy | None = None) -> pd.DataFrame:
    """One row per run, video, source (truth, predicted) and segment; of dose tasks."""
    return _table("timelines", paths, split_runs, reading)


def scores_df(paths: Paths, split_runs: bool = False, reading: Policy | None = None) -> pd.DataFrame:
    """One row per run and video whose truth is known: its scores; of dose and identification tasks."""
    return _table("scores", paths, split_runs, reading)


def items_df(paths: Paths, reading: Policy | None = None) -> pd.DataFrame:
    """One row per run, patient and Fugl-Meyer item; two runs that share an assessment also make a run ``a + b``."""
    errors: list[str] = []
    rows = assessments(paths, errors, reading)
    _refuse(errors)
    return items_of(rows)


def _table(name: TableName, paths: Paths, split_runs: bool, reading: Policy | None) -> pd.DataFrame:
    loaded = load_tables(paths, (name,), split_runs=split_runs, reading=reading)
    _refuse(loaded.errors)
    return loaded.tables[name]


def _refuse(errors: tuple[str, ...] | list[str]) -> None:
    if errors:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        raise UserError(errors[0] + more)
