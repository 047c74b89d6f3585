"""What became of the requests of runs: how many replies answer, and what is wrong with the others."""

from __future__ import annotations

import pandas as pd

from lmms_eval_plugins.reports.tables.chosen import notes_of, records
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection, plain_value
from lmms_eval_plugins.runs.answers import CUT_OFF

_STATES = ("read", "unreadable", "refused", "contradictory")
_NOTES = (
    "Of the replies that came, by the default reading: read: an answer; unreadable: none; refused: the model or its"
    " service declines, or says that it cannot answer; contradictory: two answers that exclude each other.",
    "Cut off: the token limit ended the reply, whatever it was read as; - where no reply says why it ended.",
    "Missing: of all requests, those without a reply.",
)


def replies_table(runs: pd.DataFrame, answers: pd.DataFrame) -> list[Table]:
    """Return the table of the replies of runs, of whatever family: a row for each run, in per cent."""
    of_runs = dict(iter(answers.groupby("run", sort=False)))
    rows = [
        TableRow((str(run["model"]), str(run["task"]), *_cells(of_runs.get(run["run"], answers.iloc[:0]))))
        for run in records(runs)
    ]
    names = {run["run"]: str(run["model"]) for run in records(runs)}
    shares = tuple(Column(f"{name} (%)", 1) for name in (*_STATES, "cut off", "missing"))
    columns = (Column("model"), Column("task"), Column("requests"), *shares)
    return [Table("replies", "Replies", columns, (TableSection("", tuple(rows)),), _NOTES, notes_of(runs, names))]


def _cells(own: pd.DataFrame) -> list[Cell]:
    n = len(own)
    came = own[own["state"] != "missing"]
    ends = came["finish_reason"].dropna()
    counts = [int((came["state"] == state).sum()) for state in _STATES]
    return [
        n,
        *(_per_cent(count, len(came)) for count in counts),
        _per_cent(int((ends == CUT_OFF).sum()), len(came)) if len(ends) else None,
        _per_cent(n - len(came), n),
    ]


def _per_cent(part: int, whole: int) -> Cell:
    return plain_value(100 * part / whole if whole else None)
