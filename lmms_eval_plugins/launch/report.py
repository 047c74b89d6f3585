"""What a person sees when the runs are done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lmms_eval_plugins.launch.run import Finished, Outcome
from lmms_eval_plugins.results.report import DoseRow

_SHOWN_PROBLEMS = 10
_COLUMNS = (("edit_score", "edit score", 2), ("action_error_rate", "AER", 3), ("relative_counting_error", "RCE", 3))


def show_outcome(outcome: Outcome, notes: Sequence[str], console: Console) -> None:
    """One table per task, then the problems, then where the runs are."""
    for task, finished in outcome.finished.items():
        if finished:
            console.print(_table(task, finished))
            for run in finished:
                console.print(f"{run.card.name}: {run.card.about}", highlight=False, soft_wrap=True)
            console.print("edit score: higher is better; AER, RCE (errors in dose): lower is better\n", highlight=False)
    for note in notes:
        console.print(f"note: {note}", highlight=False, soft_wrap=True)
    _show_problems(outcome, console)
    for finished in outcome.finished.values():
        for run in finished:
            console.print(f"run: {_short(run.folder)}", highlight=False, soft_wrap=True)


def _table(task: str, finished: Sequence[Finished]) -> Table:
    table = Table(
        title=f"{task}, mean ± SEM over videos",
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, 2, 0, 0),
        header_style="bold",
        pad_edge=False,
    )
    table.add_column("model", no_wrap=True)
    for heading in ("n", *(heading for _, heading, _ in _COLUMNS), "unreadable"):
        table.add_column(heading, justify="right", no_wrap=True)
    for run in finished:
        table.add_row(run.card.name, *_cells(run.scores))
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
    for finished in outcome.finished.values():
        for run in finished:
            reasons |= dict.fromkeys(problem.reason for problem in run.problems)
    if reasons:
        console.print(f"{len(reasons)} problems with videos:", style="yellow", highlight=False)
    for reason in list(reasons)[:_SHOWN_PROBLEMS]:
        console.print(f"  {reason}", style="yellow", highlight=False, markup=False, soft_wrap=True)
    if len(reasons) > _SHOWN_PROBLEMS:
        console.print(f"  … and {len(reasons) - _SHOWN_PROBLEMS} more, all in run.json", style="yellow")
    for error in outcome.errors:
        console.print(f"failed: {error}", style="red", highlight=False, markup=False, soft_wrap=True)


def _short(folder: Path) -> str:
    here = Path.cwd()
    return str(folder.relative_to(here)) if folder.is_relative_to(here) else str(folder)
