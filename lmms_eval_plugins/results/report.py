"""The scores of several logs and runs: as JSON, and as a table for a terminal."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.results.identification import IdentificationScore
from lmms_eval_plugins.results.logs import LOG_NAME
from lmms_eval_plugins.scoring.summary import Summary
from lmms_eval_plugins.scoring.video import VideoScore

_NAME_WIDTH = 38
"""Columns left for a name in a table 100 columns wide."""

_HEADLINE = ("edit_score", "action_error_rate", "relative_counting_error")


@dataclass(frozen=True, slots=True)
class DoseRow:
    """The scores of one run of a dose task.

    Attributes:
        path: as the user gave it; in a folder, the folder as given joined with the path in it; ``#1``, ``#2`` added
            where the runs of one file were split.
        kind: ``published log`` or ``run``.
        task: the task's name.
        model: the model's name, or None where it is not known.
        policy: how the replies were read for the scores. The unreadable ones are counted under the default reading,
            whatever the policy: the published one reads everything, and that is what it got wrong.
        summary: mean ± SEM over videos.
        n_without_truth: videos that were not scored because no truth is known.
        n_read_otherwise: replies that the default reading reads as something else than the policy does.
        scores: the scores of each video.
        notes: what the run says a reader of its scores should know.
    """

    path: str
    kind: str
    task: str
    model: str | None
    policy: Policy
    summary: Summary
    n_without_truth: int
    n_read_otherwise: int
    scores: tuple[VideoScore, ...]
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, float | None]:
        """Videos, and mean and SEM of the three headline scores; null where a value does not exist."""
        values: dict[str, float | None] = {"n": self.summary.n}
        for name in _HEADLINE:
            values[name], values[f"{name}_sem"] = self.summary.metrics[name]
        return values


@dataclass(frozen=True, slots=True)
class IdentificationRow:
    """The scores of one run of the activity identification task; attributes as in :class:`DoseRow`."""

    path: str
    task: str
    model: str | None
    score: IdentificationScore

    def to_json(self) -> dict[str, float | None]:
        """Videos and accuracy, of all videos and of those whose subjects were not used for tuning."""
        score = self.score
        return {
            "n": score.n,
            "accuracy_all": score.accuracy_all,
            "n_test": score.n_test,
            "accuracy": score.accuracy,
        }


Row = DoseRow | IdentificationRow


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """Rows in the order of the paths, what could not be scored, and what was scored with reservations."""

    rows: tuple[Row, ...]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]

    def to_json(self) -> dict[str, dict[str, float | None]]:
        """Path → scores; every value is a number or None, so that this is valid JSON."""
        return {row.path: row.to_json() for row in self.rows}


def print_report(report: ScoreReport, console: Console) -> None:
    """Print a table for the dose rows, one for the identification rows, then notes, warnings and errors."""
    paths = [row.path for row in report.rows]
    names = dict(zip(paths, short_names(paths), strict=True))
    dose = [row for row in report.rows if isinstance(row, DoseRow)]
    identification = [row for row in report.rows if isinstance(row, IdentificationRow)]
    if dose:
        table = _table("", "n", "edit score", "action error", "count error", "unreadable")
        for row in dose:
            cells = [
                _cell(*row.summary.metrics[name], digits) for name, digits in zip(_HEADLINE, (2, 3, 3), strict=True)
            ]
            unreadable = _percent(row.summary.metrics["unreadable_rate"][0])
            table.add_row(_folded(escape(names[row.path])), str(row.summary.n), *cells, unreadable)
        console.print(table)
    if identification:
        table = _table("", "n", "accuracy", "n test", "accuracy test", "unreadable")
        for entry in identification:
            score = entry.score
            share = score.n_unreadable / max(score.n - score.n_missing, 1)
            cells = [_percent(score.accuracy_all), str(score.n_test), _percent(score.accuracy), _percent(share)]
            table.add_row(_folded(escape(names[entry.path])), str(score.n), *cells)
        console.print(table)
    said_of: dict[str, list[str]] = {}
    for row in dose:
        for note in _notes(row):
            said_of.setdefault(note, []).append(names[row.path])
    for note, of in said_of.items():
        whom = "all" if len(of) == len(report.rows) > 1 else ", ".join(of)
        console.print(f"{escape(whom)}: {escape(note)}", highlight=False, soft_wrap=True)
    for warning in report.warnings:
        console.print(f"[yellow]warning:[/] {escape(warning)}", highlight=False, soft_wrap=True)
    for error in report.errors:
        console.print(f"[red]error:[/] {escape(error)}", highlight=False, soft_wrap=True)


def short_names(paths: Sequence[str]) -> list[str]:
    """Paths without what does not tell them apart: the folders common to all, lmms-eval's own folder per model
    (``org__name``), and the task in a log's name. They stay different from each other.
    """
    split = [path.split("/") for path in paths]
    common = 0
    while len(split) > 1 and all(len(parts) > common + 1 and parts[common] == split[0][common] for parts in split):
        common += 1
    if len(split) == 1:
        common = max(len(split[0]) - 2, 0)
    longer = ["/".join(parts[common:]) for parts in split]
    without_task = [_without_task(name) for name in longer]
    shorter = ["/".join(part for part in name.split("/") if "__" not in part) for name in without_task]
    return next((names for names in (shorter, without_task) if len(set(names)) == len(names) and all(names)), longer)


def _without_task(name: str) -> str:
    folder, slash, file = name.rpartition("/")
    file, hash_mark, run = file.partition("#")
    match = LOG_NAME.match(file)
    return f"{folder}{slash}{match['stamp'] if match else file}{hash_mark}{run}"


def _folded(name: str) -> str:
    """A path broken into lines between folders, where it is too long for one."""
    lines = [""]
    for part in re.split(r"(?<=/)", name):
        if lines[-1] and len(lines[-1]) + len(part) > _NAME_WIDTH:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def _notes(row: DoseRow) -> list[str]:
    notes = list(row.notes)
    if row.n_without_truth:
        notes.append(f"{row.n_without_truth} videos without truth are not scored")
    if row.summary.n_unanswered:
        notes.append(f"{row.summary.n_unanswered} videos without any reply are not scored")
    if missing := row.summary.metrics["missing_rate"][0]:
        notes.append(f"{_percent(missing)} of the replies are missing")
    if row.n_read_otherwise:
        notes.append(f"{row.n_read_otherwise:,} replies mean something else under the default reading")
    return notes


def _table(name: str, *columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column(name, overflow="fold")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _cell(mean: float | None, sem: float | None, digits: int) -> str:
    if mean is None:
        return "–"
    return f"{mean:.{digits}f}" if sem is None else f"{mean:.{digits}f} ± {sem:.{digits}f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
