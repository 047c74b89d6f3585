"""What a plan would do, for ``--dry-run``: the tasks, the models, and what stands in their way."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lmms_eval_plugins.core.console import plain_table, say
from lmms_eval_plugins.execution.plan import Plan
from lmms_eval_plugins.machine.environments import how_to_create, is_installed
from lmms_eval_plugins.machine.fits import fits
from lmms_eval_plugins.machine.hardware import this_machine
from lmms_eval_plugins.models.cards import ModelCard


def show_plan(plan: Plan, console: Console) -> None:
    """Print the tasks with their questions, and the models with what they need."""
    tasks = _table("task", "videos", "windows", "questions")
    for task in plan.tasks:
        counts = (len(task.prepared.videos), task.n_windows, task.n_questions)
        tasks.add_row(Text(task.spec.task), *(f"{count:,}" for count in counts))
    models = _table("model", "environment", "GPUs", "memory", "questions", "hours", left=2)
    asked = [sum(task.n_questions for task in plan.tasks_of(card)) for card in plan.cards]
    hours = [study_hours(card, questions) for card, questions in zip(plan.cards, asked, strict=True)]
    for card, questions, of_card in zip(plan.cards, asked, hours, strict=True):
        looks = card.kind == "model" and card.gpus and not card.demo_only
        models.add_row(
            Text(card.name),
            Text(card.environment),
            str(card.gpus) if looks else "",
            "" if card.memory_wanted_gb is None else f"{card.memory_wanted_gb:.0f} GB",
            f"{questions:,}",
            "" if of_card is None else f"{of_card:.1f}",
        )
    console.print(tasks)
    console.print()
    console.print(models)
    if any(of_card is not None for of_card in hours):
        say(console, "hours: what the study's jobs would take, one question at a time, on GPUs that it does not name")
    for line in _in_the_way(plan):
        say(console, line, style="yellow")
    many = f"{_count(len(plan.cards), 'model')} × {_count(len({task.spec.task for task in plan.tasks}), 'task')}"
    say(console, f"{many} = {plan.n_questions:,} questions; nothing was asked")


def study_hours(card: ModelCard, questions: int) -> float | None:
    """Hours that some questions would take at the speed of the study's job; None where that is not known."""
    rate = card.study.questions_per_s
    return None if rate is None else questions / rate / 3600


def _in_the_way(plan: Plan) -> list[str]:
    """Environments to make and models that are too large for this machine, a line each."""
    machine = this_machine()
    missing = dict.fromkeys(card.environment for card in plan.cards if not is_installed(card.environment))
    lines = [f"{name} is not made yet: {how_to_create(name)}" for name in missing]
    large = [card.name for card in plan.cards if not fits(card, plan.wrapper_args, machine)]
    return [*lines, *([f"too large for {machine.described}: {', '.join(large)}"] if large else [])]


def _table(*columns: str, left: int = 1) -> Table:
    """A table without lines; its first columns are words, the others numbers."""
    table = plain_table()
    for place, column in enumerate(columns):
        words = place < left
        table.add_column(column, justify="left" if words else "right", overflow="fold", no_wrap=not words)
    return table


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
