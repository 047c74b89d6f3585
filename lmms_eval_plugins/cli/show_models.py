"""The list of models, for ``strokerehab models``."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from lmms_eval_plugins.core.console import plain_table, say
from lmms_eval_plugins.machine.environments import how_to_create, is_installed
from lmms_eval_plugins.machine.fits import fits
from lmms_eval_plugins.machine.hardware import Machine
from lmms_eval_plugins.models.cards import ALIASES, ModelCard, of_alias


def show_models(cards: Sequence[ModelCard], machine: Machine, console: Console) -> None:
    """Print the models, smallest first, then the baselines; what each needs, and whether it can run here."""
    table = plain_table()
    table.add_column("model", no_wrap=True)
    for column in ("size", "GPUs", "memory"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("environment", no_wrap=True)
    table.add_column("here", no_wrap=True)
    for card in sorted(cards, key=_place):
        looks = card.kind == "model" and card.gpus and not card.demo_only
        table.add_row(
            Text(card.name),
            f"{card.parameters_b:g} B" if card.parameters_b else "",
            str(card.gpus) if looks else "",
            f"{card.memory_wanted_gb:.0f} GB" if card.memory_wanted_gb else "",
            Text(card.environment),
            _here(card, machine),
        )
    console.print(table)
    console.print()
    say(console, f"this machine: {machine.described}")
    for name in sorted({card.environment for card in cards if not is_installed(card.environment)}):
        say(console, f"{name} is not made yet: {how_to_create(name)}")
    for alias in ALIASES:
        say(console, f"{alias} ({_range(alias)}): {len(of_alias(alias, cards))}")
    if beyond := [card.name for card in cards if card.beyond_study]:
        say(console, f"in no alias, beyond the study: {', '.join(beyond)}")


def _range(alias: str) -> str:
    low, high = ALIASES[alias]
    parts = [f"from {low:g}"] * (low > 0) + [f"below {high:g}"] * (high < float("inf"))
    return " and ".join(parts) + " billion parameters" if parts else "of every size"


def _place(card: ModelCard) -> tuple[bool, float, str]:
    return card.kind != "model", card.parameters_b or float("inf"), card.name


def _here(card: ModelCard, machine: Machine) -> Text:
    if not is_installed(card.environment):
        return Text("no: environment not made", "yellow")
    if not fits(card, {}, machine):
        return Text("no: too large", "yellow")
    slow = card.kind == "model" and card.memory_wanted_gb is not None and not machine.gpus
    return Text("yes, but slow: no GPU" if slow else "yes", "green")
