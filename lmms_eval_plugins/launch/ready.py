"""Whether a model can run here at all: its environment is made, and its memory is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.launch.cards import ModelCard, all_cards
from lmms_eval_plugins.launch.environments import check_environment
from lmms_eval_plugins.launch.fits import fits, too_large
from lmms_eval_plugins.launch.machine import Machine


def check_ready(card: ModelCard, given: Mapping[str, Any], machine: Machine, folders: Sequence[Path]) -> None:
    """Check that nothing keeps a model from running here, before anything of it is loaded or any video is read.

    Args:
        card: the model.
        given: the command line's arguments for its wrapper.
        machine: where it is to run.
        folders: of the cards to suggest instead of a model that is too large.

    Raises:
        UserError: its environment is not made, or its memory is not there; with what to do.
    """
    check_environment(card.environment)
    if not fits(card, given, machine):
        raise UserError(too_large(card, given, machine, all_cards(folders)))
