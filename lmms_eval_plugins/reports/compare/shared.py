"""What two runs share and what one of them lacks, and the settings in which they differ."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from lmms_eval_plugins.reports.compare.pair import SAME_REQUEST, SAME_WINDOW, RunPair
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection
from lmms_eval_plugins.runs.data_frames.build import text_in
from lmms_eval_plugins.runs.data_frames.columns import answered
from lmms_eval_plugins.runs.differences.apart import NOT_SET, differing_names

_ABOUT = {"run": "run", "model": "model", "task": "task", "kind": "kind", "method": "method", "policy": "replies read"}
"""Column of the runs table → what it is called."""


def about_table(pair: RunPair) -> Table:
    """Make the table of which runs these are, and of the settings and versions in which they differ."""
    about = [(name, *(text_in(run.record[column]) for run in pair.both)) for column, name in _ABOUT.items()]
    sections = [TableSection("", tuple(map(TableRow, about)))]
    for title, first, second in (
        ("settings that differ", pair.first.settings, pair.second.settings),
        ("versions that differ", pair.first.versions, pair.second.versions),
    ):
        names = differing_names([first, second]) if first and second else []
        rows = [TableRow((name, first.get(name, NOT_SET), second.get(name, NOT_SET))) for name in names]
        sections += [TableSection(title, tuple(rows))] * bool(rows)
    notes = ["Differences are B − A throughout."]
    if not (pair.first.settings and pair.second.settings):
        notes.append("Settings: not known of a log without lmms-eval's summary beside it.")
    elif len(sections) == 1 or sections[1].title.startswith("versions"):
        notes.append("No recorded setting differs: B repeats A.")
    return Table("compare_runs", "The two runs", (Column(""), Column("A"), Column("B")), tuple(sections), tuple(notes))


def shared_table(pair: RunPair) -> Table:
    """Make the table of how much both runs have, and how much only one of them."""
    first, second = pair.both
    rows = [
        _row("videos", first.videos, second.videos),
        *_scored(pair),
        _row("windows", *(_keys(run.answers, SAME_WINDOW) for run in pair.both)),
        _row("questions", *(frozenset(run.answers["question"]) for run in pair.both)),
        _row("requests", *(_keys(run.answers, SAME_REQUEST) for run in pair.both)),
        _row("replies", *(_keys(run.answers[run.answers["state"] != "missing"], SAME_REQUEST) for run in pair.both)),
    ]
    columns = tuple(map(Column, ("", "A", "B", "both", "only A", "only B")))
    notes = [
        "Only what both have is compared. Windows are the same where they start and end at the same milliseconds;"
        " requests, where the question and the kind of its answer are the same too."
    ]
    for only, other, run in (("A", "B", first.videos - second.videos), ("B", "A", second.videos - first.videos)):
        if run:
            notes.append(f"Videos of {only} that {other} lacks: {_first_few(run)}.")
    return Table("compare_shared", "What both runs have", columns, (TableSection("", tuple(rows)),), tuple(notes))


def _scored(pair: RunPair) -> list[TableRow]:
    if pair.family is None or all(run.scores.empty for run in pair.both):
        return []
    return [_row("videos in means", *(frozenset(answered(run.scores)["video_id"]) for run in pair.both))]


def _row(name: str, first: frozenset[object], second: frozenset[object]) -> TableRow:
    cells: tuple[Cell, ...] = (len(first), len(second), len(first & second), len(first - second), len(second - first))
    return TableRow((name, *cells))


def _keys(answers: pd.DataFrame, columns: list[str]) -> frozenset[object]:
    return frozenset(answers[columns].itertuples(index=False, name=None))


def _first_few(videos: Iterable[str]) -> str:
    ordered, most = sorted(videos), 5
    more = f" and {len(ordered) - most:,} more" if len(ordered) > most else ""
    return ", ".join(ordered[:most]) + more
