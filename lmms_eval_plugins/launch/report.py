"""What a person sees when the runs are done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from lmms_eval_plugins.launch.decoded import decoded_rows
from lmms_eval_plugins.launch.run import Outcome
from lmms_eval_plugins.launch.say import say
from lmms_eval_plugins.launch.table import show_scores
from lmms_eval_plugins.results.frames.decoders import NOT_ZERO_SHOT
from lmms_eval_plugins.scoring.decode.leave_out import LABEL

_SHOWN_PROBLEMS = 10
_SHOWN_RUNS = 6
_BAD = "yellow"


def show_outcome(outcome: Outcome, notes: Sequence[str], console: Console) -> None:
    """One table for every kind of score, what its models are, then notes, problems, and where the runs are.

    Nothing of this where no model could run: the errors have been said.
    """
    if not outcome.runs:
        return
    rows = [run.scores for run in outcome.runs if run.scores]
    decoded = decoded_rows(outcome.runs)
    show_scores(rows, decoded, console)
    for run in outcome.runs:
        if run.scores is None:
            say(console, f"{run.card.name}, {run.folder.parents[1].name}: answers recorded, no truth to score them by")
    for card in {run.card.name: run.card for run in outcome.runs}.values():
        say(console, f"{card.name}: {card.about}")
    console.print()
    for note in notes:
        say(console, f"note: {note}")
    if decoded:
        say(console, f"note: +mbr is decoded: {LABEL}, {NOT_ZERO_SHOT}; blind+mbr is the same without the answers")
    _show_problems(outcome, console)
    if len(outcome.runs) > _SHOWN_RUNS:
        say(console, f"{len(outcome.runs)} runs: {_short(outcome.runs[0].folder.parents[2])}/<task>/<model>/<stamp>")
    else:
        for run in outcome.runs:
            say(console, f"run: {_short(run.folder)}")


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
