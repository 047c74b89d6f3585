"""``strokerehab status``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from lmms_eval_plugins.cli.exits import BAD_INPUT, WITH_PROBLEMS
from lmms_eval_plugins.cli.options import RunFolders
from lmms_eval_plugins.core.console import one_line, plain_table, say, say_all, stdout, styled_cell
from lmms_eval_plugins.core.errors import UserError, error_line, listed
from lmms_eval_plugins.core.places import RUNS

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from lmms_eval_plugins.execution.status import RunProgress, RunStatus, ShardStatus

_MOST_ROWS = 30
_STYLES = {"done": "green", "finished": "green", "failed": "red", "incomplete": "yellow"}


def status(runs: RunFolders = None) -> None:
    """Show how far runs are: answers, problems, shards."""
    from lmms_eval_plugins.execution.status import progress_of, status_of
    from lmms_eval_plugins.runs.find import find_all
    from lmms_eval_plugins.runs.run import is_run
    from lmms_eval_plugins.runs.shards import is_sharded

    shown = failed = False
    errors: list[str] = []
    progress: list[RunProgress] = []
    given = [str(path) for path in runs or [RUNS]]
    for folder in map(Path, find_all(given, errors, features=True)):
        try:
            if not is_run(folder):  # a published log
                continue
            if not is_sharded(folder):
                progress.append(progress_of(folder))
                continue
            one = status_of(folder)
        except Exception as error:
            errors.append(error_line(error, folder))
            continue
        show_status(one, stdout())
        shown = True
        failed = failed or any(shard.state.state == "failed" for shard in one.shards)
    if progress:
        show_progress(progress, stdout())
    elif not shown and not errors:
        raise UserError(f"{listed(given)}: published logs have no state; name runs of this program")
    if say_all("error", errors) or failed:
        raise typer.Exit(WITH_PROBLEMS if shown or progress else BAD_INPUT)


def show_progress(runs: Sequence[RunProgress], console: Console) -> None:
    """Print runs that no shards share, by task: their state, answers, problems, and when they last changed."""
    table = plain_table("run", "answered", "problems", "last change", "state", words=("state",))
    for task, of_task in groupby(sorted(runs, key=lambda run: (run.task, run.folder)), key=lambda run: run.task):
        table.add_row(styled_cell(one_line(task), "bold"), *[""] * 4)
        for run in of_task:
            answered = f"{run.answered:,} of {run.asked:,}"
            state = styled_cell(run.state, _STYLES.get(run.state, ""))
            name = f"  {run.model}  {run.folder.name}"
            table.add_row(name, answered, str(run.problems or ""), f"{_age(run.quiet_s)} ago", state)
    console.print(table)


def _age(seconds: float) -> str:
    """Return a time in its largest unit, as ``3 h``."""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def show_status(status: RunStatus, console: Console) -> None:
    """Print the shards of a run, its pace, and what failed."""
    say(console, f"{status.folder}: {status.model}, {status.task}", style="bold")
    table = plain_table("shard", "videos", "questions", "answered", "windows/s", "failures", "state", words=("state",))
    table.columns[0].justify = "right"
    undone_first = sorted(status.shards, key=lambda one: (one.state.state == "done", one.index))
    for one in sorted(undone_first[:_MOST_ROWS], key=lambda one: one.index):
        table.add_row(*_cells(one))
    console.print(table)
    if len(status.shards) > _MOST_ROWS:
        say(console, f"… and {len(status.shards) - _MOST_ROWS} more")
    for one in status.shards:
        if one.state.failures and one.state.state != "done":
            times = "once" if one.state.failures == 1 else f"{one.state.failures} times"
            say(console, f"shard {one.index} failed {times}; {one.state.log} ends:", style="red")
            for line in one.state.said.splitlines():
                say(console, f"  {line}")
    say(console, _summary(status))


def _cells(one: ShardStatus) -> tuple[Text | str, ...]:
    return (
        str(one.index),
        f"{len(one.shard.videos):,}",
        f"{one.shard.questions:,}",
        f"{one.answered / max(one.shard.questions, 1):.0%}",
        "" if one.questions_per_s is None else f"{_windows_per_s(one.questions_per_s, [one]):.1f}",
        str(one.state.failures or ""),
        styled_cell(one.described, _STYLES.get(one.state.state, "")),
    )


def _summary(status: RunStatus) -> str:
    shards = status.shards
    done, failed = (sum(one.state.state == state for one in shards) for state in ("done", "failed"))
    videos = sum(len(one.shard.videos) for one in shards)
    in_done = sum(len(one.shard.videos) for one in shards if one.state.state == "done")
    parts = [f"{done} of {len(shards)} shards done, {in_done:,} of {videos:,} videos"]
    parts += [f"{failed} failed"] if failed else []
    if status.left_s is not None:
        pace = _windows_per_s(status.questions_per_s, shards)
        left = timedelta(seconds=round(status.left_s))
        parts.append(f"{pace:.1f} windows/s, about {left} left at this pace")
    if status.merged in ("finished", "incomplete", "partial"):
        parts.append(f"merged ({status.merged})")
    elif done == len(shards):
        parts.append(f"to merge: strokerehab merge {status.folder}")
    return "; ".join(parts)


def _windows_per_s(questions_per_s: float, shards: list[ShardStatus] | tuple[ShardStatus, ...]) -> float:
    questions = sum(one.shard.questions for one in shards)
    return questions_per_s * sum(one.shard.windows for one in shards) / max(questions, 1)
