"""Model cards: one YAML file per model that a user can name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lmms_eval_plugins.errors import UserError, describe_validation, nearest
from lmms_eval_plugins.places import shipped


class ModelCard(BaseModel):
    """What is needed to run a model.

    Attributes:
        name: what users type; the name of the file.
        about: one line for tables and lists.
        kind: ``model`` looks at the video; ``ceiling`` and ``blind`` are baselines that do not.
        wrapper: the model's name in lmms-eval's registry.
        environment: name of the environment it runs in.
        parameters_b: parameters in billions; None for a baseline.
        args: arguments of the wrapper; ``--model_args`` comes before them.
        fits_on_other_subjects: the wrapper takes labelled rows of subjects outside the evaluated ones.
        replays: the wrapper repeats answers of an earlier run or a published log.
        demo_only: it was trained on demo scenes and knows nothing else.
        source: where the checkpoint's name was confirmed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    about: str
    kind: Literal["model", "ceiling", "blind", "replay"] = "model"
    wrapper: str
    environment: str = "strokerehab"
    parameters_b: float | None = Field(default=None, gt=0)
    args: dict[str, Any] = Field(default_factory=dict)
    fits_on_other_subjects: bool = False
    replays: bool = False
    demo_only: bool = False
    source: str = ""


ALIASES = {
    "small": (0.0, 15.0),
    "medium": (15.0, 60.0),
    "big": (60.0, float("inf")),
    "all": (0.0, float("inf")),
}
"""Alias → parameters in billions, from (inclusive) to (exclusive)."""


def load_card(path: Path) -> ModelCard:
    """Read a model card.

    Raises:
        UserError: no YAML, an unknown key or a value that is not valid; one line with file and key.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid YAML ({' '.join(str(error).split())})") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    if not isinstance(values, dict):
        raise UserError(f"{path}: a model card is a list of `key: value`, as in {shipped('models')}")
    try:
        card = ModelCard.model_validate({"name": path.stem, **values})
    except ValidationError as error:
        raise UserError(f"{path}: {describe_validation(error, ModelCard)}") from error
    if card.name != path.stem:
        raise UserError(f"{path}: name: {card.name!r} is not the file's name; leave the key out")
    return card


def find_cards(names: str, folders: Sequence[Path]) -> list[ModelCard]:
    """The cards of comma-separated model names and aliases, each once, in order; earlier folders come first.

    Raises:
        UserError: a folder does not exist, or a name is neither a card nor an alias; the nearest one is given.
    """
    files: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise UserError(f"--models: {folder}: no such folder")
        for path in sorted(folder.glob("*.yaml")):
            files.setdefault(path.stem, path)
    chosen: dict[str, ModelCard] = {}
    for name in filter(None, (part.strip() for part in names.split(","))):
        if name in files:
            chosen.setdefault(name, load_card(files[name]))
        elif name in ALIASES:
            for card in _of_size(name, [load_card(path) for path in files.values()]):
                chosen.setdefault(card.name, card)
        else:
            raise UserError(f"unknown model {name!r}{nearest(name, [*files, *ALIASES])}")
    if not chosen:
        raise UserError("--model names no model")
    return list(chosen.values())


def _of_size(alias: str, cards: Sequence[ModelCard]) -> list[ModelCard]:
    """The cards that an alias stands for, smallest first."""
    low, high = ALIASES[alias]
    sized = sorted((card.parameters_b, card.name, card) for card in cards if card.parameters_b)
    found = [card for parameters_b, _, card in sized if low <= parameters_b < high]
    if not found:
        raise UserError(f"--model {alias}: no card has {low:g} to {high:g} billion parameters (`parameters_b`)")
    return found
