"""``strokerehab models``."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from lmms_eval_plugins.cli.exits import WITH_PROBLEMS
from lmms_eval_plugins.cli.options import Models
from lmms_eval_plugins.core.console import say_all, stdout
from lmms_eval_plugins.core.places import shipped


def models(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Models and aliases [default: every card].")
    ] = None,
    pin: Annotated[
        bool,
        typer.Option("--pin", help="Write the commits of their checkpoints on the hub into the cards."),
    ] = False,
    folders: Models = [],  # noqa: B006
) -> None:
    """List the models: size, what they need, whether they can run here."""
    from lmms_eval_plugins.cli.show_models import show_models
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
        print(f"{one.path}: {one.commit} ({was})")
    if say_all("problem", problems, Console(stderr=True)):
        raise typer.Exit(WITH_PROBLEMS)
