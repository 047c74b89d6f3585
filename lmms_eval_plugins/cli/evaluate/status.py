"""``strokerehab status``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import RunFolders
from lmms_eval_plugins.core.console import plain_table, say, say_all, stdout, styled_cell
from lmms_eval_plugins.core.errors import error_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from lmms_eval_plugins.execution.status import RunStatus, ShardStatus

_MOST_ROWS = 30
_STYLES = {"done": "green", "failed": "red"}


def status(runs: RunFolders) -> None:
    """Show how far the shards of runs are, their pace and failures."""
    from lmms_eval_plugins.execution.status import status_of
    from lmms_eval_plugins.runs.merge import sharded_runs

    failed = False
    errors: list[str] = []
    for folder in sharded_runs(runs):
        try:
            one = status_of(folder)
        except Exception as error:
            errors.append(error_line(error, folder))
            continue
        show_status(one, stdout())
        failed = failed or any(shard.state.state == "failed" for shard in one.shards)
    if say_all("error", errors) or failed:
        raise typer.Exit(WITH_PROBLEMS)


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
