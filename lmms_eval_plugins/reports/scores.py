"""The scores of several logs and runs: as JSON, and as tables for a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import Console

from lmms_eval_plugins.assessments.cells import percent
from lmms_eval_plugins.assessments.registry import families
from lmms_eval_plugins.core.console import one_line, plain_table, say, say_all, styled_cell
from lmms_eval_plugins.core.errors import listed, which_of
from lmms_eval_plugins.runs.differences.apart import told_apart
from lmms_eval_plugins.runs.find import short_names
from lmms_eval_plugins.runs.scored import ANSWERED_LEGEND, ScoredRun, ScoreReport, cells_of, leave_out
from lmms_eval_plugins.runs.shown_name import card_name

_NAME_WIDTH = 38
"""Columns left for a name in a table 100 columns wide."""


def print_report(report: ScoreReport, console: Console) -> None:
    """Print a table for every family, then notes, warnings and errors."""
    paths = [row.path for row in report.rows if not row.control]
    names = dict(zip(paths, short_names(paths), strict=True))
    names |= {row.path: " + ".join(names[part] for part in row.parts) for row in report.rows if row.parts}
    names |= {row.path: row.model or row.path for row in report.rows if row.control}
    apart, repeats = _told_apart(report.rows)
    for family in families():
        rows = [row for row in report.rows if row.assessment.name == family.name]
        if rows:
            learned = any(row.learned for row in rows)
            every_cell = cells_of(rows)
            table = plain_table("", *every_cell[0], *("uses",) * learned)
            for row, cells in zip(rows, every_cell, strict=True):
                uses = ("others' labels" if row.learned else "",) * learned
                name = "\n".join(filter(None, (_folded(one_line(names[row.path])), one_line(apart.get(row.path, "")))))
                table.add_row(styled_cell(name), *cells.values(), *uses)
            console.print(table)
            if leave_out(rows):
                say(console, ANSWERED_LEGEND)
            say(console, "")
    every = [names[row.path] for row in report.rows]
    runs_with: dict[str, list[str]] = {}
    for row in report.rows:
        for note in _notes(row):
            runs_with.setdefault(note, []).append(names[row.path])
    for note, of in runs_with.items():
        say(console, f"{which_of(of, every, 'row')}: {note}")
    for same in repeats:
        say(console, f"{listed([names[path] for path in same])}: repeats of the same settings")
    say_all("warning", report.warnings, console)
    say_all("error", report.errors, console)


def _told_apart(rows: Sequence[ScoredRun]) -> tuple[dict[str, str], list[list[str]]]:
    """Return path → the settings in which a run differs from others of its model and task; and paths of repeats."""
    of_models: dict[tuple[str, str | None], list[ScoredRun]] = {}
    for row in rows:
        of_models.setdefault((row.task, row.model and card_name(row.model)), []).append(row)
    apart: dict[str, str] = {}
    of_settings: dict[object, list[str]] = {}
    for key, same in of_models.items():
        known = [row for row in same if row.settings]
        ends = told_apart([row.settings for row in known])
        apart |= {row.path: end.strip() for row, end in zip(known, ends, strict=True)}
        for row in known:
            of_settings.setdefault((key, tuple(row.settings.items())), []).append(row.path)
    return apart, [paths for paths in of_settings.values() if len(paths) > 1]


def _folded(name: str) -> str:
    """Return a path, broken into lines between folders where it is too long for one."""
    lines = [""]
    for part in re.split(r"(?<=/)", name):
        if lines[-1] and len(lines[-1]) + len(part) > _NAME_WIDTH:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _notes(row: ScoredRun) -> list[str]:
    notes = list(row.notes)
    if row.n_without_truth:
        notes.append(f"{row.n_without_truth} videos without truth are not scored")
    notes += row.coverage.notes
    if missing := row.score.metrics.get("missing_rate", (None, None))[0]:
        notes.append(f"{percent(missing)} of the replies are missing")
    if row.n_read_otherwise:
        notes.append(f"{row.n_read_otherwise:,} replies mean something else under the default reading")
    return notes
