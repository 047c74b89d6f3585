"""What a person sees when the runs are done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lmms_eval_plugins.launch.run import Finished, Outcome
from lmms_eval_plugins.launch.say import say
from lmms_eval_plugins.results.report import DoseRow

_SHOWN_PROBLEMS = 10
_BAD = "yellow"
_COLUMNS = (("edit_score", "edit score", 2), ("action_error_rate", "AER", 3), ("relative_counting_error", "RCE", 3))


def show_outcome(outcome: Outcome, notes: Sequence[str], console: Console) -> None:
    """One table per task, what its models are, then notes, problems, and where the runs are.

    Nothing of this where no model could run: the errors have been said.
    """
    if not outcome.runs:
        return
    for task, finished in outcome.finished.items():
        if finished:
            say(console, f"{task}, mean ± SEM over videos", "bold")
            console.print(_table(finished))
            say(console, "edit score: higher is better; AER, RCE (errors in dose): lower is better")
    for card in {run.card.name: run.card for run in outcome.runs}.values():
        say(console, f"{card.name}: {card.about}")
    console.print()
    for note in notes:
        say(console, f"note: {note}")
    _show_problems(outcome, console)
    for run in outcome.runs:
        say(console, f"run: {_short(run.folder)}")


def _table(finished: Sequence[Finished]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    table.add_column("model", overflow="fold")
    for heading in ("n", *(heading for _, heading, _ in _COLUMNS), "unreadable"):
        table.add_column(heading, justify="right", no_wrap=True)
    for run in finished:
        table.add_row(Text(run.card.name), *_cells(run.scores))
    return table


def _cells(scores: DoseRow | None) -> list[str]:
    if scores is None:
        return ["-"] * (len(_COLUMNS) + 2)
    metrics = scores.summary.metrics
    cells = [str(scores.summary.n)]
    for name, _, digits in _COLUMNS:
        mean, sem = metrics[name]
        cells.append("-" if mean is None else f"{mean:.{digits}f}" + ("" if sem is None else f" ± {sem:.{digits}f}"))
    unreadable = metrics["unreadable_rate"][0]
    cells.append("-" if unreadable is None else f"{unreadable:.1%}")
    return cells


def _show_problems(outcome: Outcome, console: Console) -> None:
    reasons: dict[str, None] = {}
    for run in outcome.runs:
        reasons |= dict.fromkeys(problem.reason for problem in run.problems)
    if reasons:
        say(console, "1 problem with a video:" if len(reasons) == 1 else f"{len(reasons)} problems with videos:", _BAD)
    for reason in list(reasons)[:_SHOWN_PROBLEMS]:
        say(console, f"  {reason}", _BAD)
    if len(reasons) > _SHOWN_PROBLEMS:
        say(console, f"  … and {len(reasons) - _SHOWN_PROBLEMS} more, all in run.json", _BAD)
    for error in outcome.errors:
        say(console, f"failed: {error}", "red")


def _short(folder: Path) -> str:
    here = Path.cwd()
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)
