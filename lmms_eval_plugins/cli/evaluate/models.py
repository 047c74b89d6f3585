"""``strokerehab models``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import CardFolders, complete_models
from lmms_eval_plugins.core.console import plain_table, put, say, say_all, stdout, styled_cell
from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.core.places import shipped

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from lmms_eval_plugins.machine.hardware import Machine
    from lmms_eval_plugins.models.cards import ModelCard

_MOST_BEYOND = 8


def models(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME", help="Models and aliases  [default: every card]", autocompletion=complete_models
        ),
    ] = None,
    pin: Annotated[
        bool, typer.Option("--pin", help="Write the hub's commits of their checkpoints into the cards.")
    ] = False,
    folders: CardFolders = [],  # noqa: B006
) -> None:
    """List the models, what they need, and whether they run here."""
    from lmms_eval_plugins.machine.hardware import this_machine
    from lmms_eval_plugins.models.cards import all_cards, card_files, find_cards
    from lmms_eval_plugins.models.pin import pin as pin_cards

    places = [*folders, shipped("models")]
    cards = find_cards(",".join(names), places) if names else all_cards(places)
    if not pin:
        show_models(cards, this_machine(), stdout())
        return
    pinned, problems = pin_cards(cards, card_files(places))
    for one in pinned:
        was = "as before" if one.before == one.commit else f"before: {one.before or 'none'}"
        put(f"{one.path}: {one.commit} ({was})")
    if say_all("problem", problems):
        raise typer.Exit(WITH_PROBLEMS)


def show_models(cards: Sequence[ModelCard], machine: Machine, console: Console) -> None:
    """Print the models, smallest first, then the baselines; what each needs, and whether it can run here."""
    from lmms_eval_plugins.machine.engines import environment_of, with_engine_chosen
    from lmms_eval_plugins.machine.environments import how_to_create, is_installed
    from lmms_eval_plugins.models.cards import CURRENT, SIZES, of_alias

    cards = [with_engine_chosen(card, {}) for card in cards]
    table = plain_table("model", "size", "GPUs", "memory", "environment", "here", words=("environment", "here"))
    for card in sorted(cards, key=_place):
        table.add_row(
            card.name,
            f"{card.parameters_b:g} B" if card.parameters_b else "",
            str(card.gpus_here or ""),
            f"{card.memory_wanted_gb:.0f} GB" if card.memory_wanted_gb else "",
            environment_of(card, {}),
            _here(card, machine),
        )
    console.print(table)
    console.print()
    say(console, f"this machine: {machine.described}")
    for name in sorted(name for name in {environment_of(card, {}) for card in cards} if not is_installed(name)):
        say(console, f"{name} is not made yet: {how_to_create(name)}")
    for card in cards:
        if card.trust_remote_code:
            say(console, card.trust_in_words, style="yellow")
    for alias, (low, high) in SIZES.items():
        say(console, f"{alias} ({_range(low, high)}): {len(of_alias(alias, cards))}")
    say(console, f"{CURRENT} (open models of today): {len(of_alias(CURRENT, cards))}")
    if beyond := [card.name for card in cards if card.beyond_study and not card.current]:
        say(console, f"in no alias, beyond the study: {listed(beyond, _MOST_BEYOND)}")


def _range(low: float, high: float) -> str:
    parts = [f"from {low:g}"] * (low > 0) + [f"below {high:g}"] * (high < float("inf"))
    return " and ".join(parts) + " billion parameters" if parts else "of every size"


def _place(card: ModelCard) -> tuple[bool, float, str]:
    return not card.looks, card.parameters_b or float("inf"), card.name


def _here(card: ModelCard, machine: Machine) -> Text:
    from lmms_eval_plugins.machine.engines import environment_of
    from lmms_eval_plugins.machine.environments import is_installed
    from lmms_eval_plugins.machine.fits import fits

    if not is_installed(environment_of(card, {})):
        return styled_cell("no: environment not made", "yellow")
    if not fits(card, {}, machine):
        return styled_cell("no: too large", "yellow")
    slow = card.looks and card.memory_wanted_gb is not None and not machine.gpus
    return styled_cell("yes, but slow: no GPU" if slow else "yes", "green")
