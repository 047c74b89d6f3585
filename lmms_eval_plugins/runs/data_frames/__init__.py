"""Runs and logs as tidy tables (data frames); `COLUMNS` documents their columns.

Paths are log files (``*_samples_*.jsonl``, plain, ``.gz`` or ``.xz``), ``*_results.json``, run folders, folders of
these, or patterns. Runs of different tasks may be mixed; ``runs_df`` tells them apart. A path that cannot be read
raises a `UserError` that names it (``load_tables`` gives the rest and the errors), and so does a file with two runs of
the same videos, unless ``split_runs`` is set. ``reading`` is the policy by which replies are parsed; None parses
published logs as published and our runs as their tasks ask.
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
    """Return one row per run: its task, model, inputs and notes.

    >>> runs_df([]).columns[:5].tolist()
    ['run', 'path', 'kind', 'task', 'model']

    Example: ``runs_df("runs").groupby("task")["model"].nunique()`` counts the models of every task.
    """
    return _table("runs", paths, split_runs, reading)


def answers_df(paths: Paths, split_runs: bool = False, reading: Policy | None = None) -> pd.DataFrame:
    """Return one row per run, video, window and question: the reply, and the answer parsed from it.

    >>> answers_df([]).columns[-7:].tolist()
    ['value', 'default_value', 'truth', 'right', 'probabilities', 'p_yes', 'finish_reason']

    Example: ``answers_df("runs").query("state == 'unreadable'")["text"].value_counts()`` lists unreadable replies.
    """
    return _table("answers", paths, split_runs, reading)


def timelines_df(paths: Paths, split_runs: bool = False, reading: Policy | None = None) -> pd.DataFrame:
    """Return one row per run, video, source (truth, predicted) and segment, of dose tasks; times in seconds.

    >>> timelines_df([]).columns[-5:].tolist()
    ['source', 'segment', 'start_s', 'end_s', 'primitive']
    """
    return _table("timelines", paths, split_runs, reading)


def scores_df(paths: Paths, split_runs: bool = False, reading: Policy | None = None) -> pd.DataFrame:
    """Return one row per run and video with a known truth: its scores, of dose and identification tasks.

    >>> scores_df([])["edit_score"].mean()
    nan

    Example: ``scores_df("runs").groupby(["run", "cohort"])["edit_score"].mean()`` compares cohorts.
    """
    return _table("scores", paths, split_runs, reading)


def items_df(paths: Paths, reading: Policy | None = None) -> pd.DataFrame:
    """Return one row per run, patient and Fugl-Meyer item; two runs that share an assessment also make a run ``a + b``.

    >>> items_df([]).columns.tolist()
    ['run', 'patient', 'cohort', 'item', 'section', 'truth', 'predicted', 'state', 'share_answered']
    """
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
