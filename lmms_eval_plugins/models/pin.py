"""Write into cards which commit of their checkpoints is on the hub now, so that later runs use the same weights."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.cards import ModelCard

_TIMEOUT_S = 20.0
_CHECKPOINT = re.compile(r"^checkpoint:.*$", re.MULTILINE)
_REVISION = re.compile(r"^revision:[^#\n]*?(\s*#.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pinned:
    """A card whose checkpoint the hub knows: its file, the commit that it had, and the one that it has now."""

    path: Path
    before: str | None
    commit: str


def pin(cards: Iterable[ModelCard], files: Mapping[str, Path]) -> tuple[list[Pinned], list[str]]:
    """Pin every card that itself names a checkpoint on the hub; what is wrong with the others, a line each.

    Args:
        cards: the cards.
        files: their files by name.

    Raises:
        UserError: the hub is not reachable, or a card cannot be written; cards pinned before that stay so.
    """
    pinned, problems = [], []
    for card in cards:
        path = files[card.name]
        text = path.read_text(encoding="utf-8")
        if card.checkpoint is None or not _CHECKPOINT.search(text):
            continue
        try:
            commit = _commit(card.checkpoint)
        except UserError as error:
            problems.append(f"{card.name}: {error}")
            continue
        except Exception as error:  # whatever the hub's client finds wrong with the network
            raise UserError(f"the hub is not reachable ({error}); pin on a machine where it is") from error
        _write(path, with_revision(text, commit))
        pinned.append(Pinned(path, card.revision, commit))
    return pinned, problems


def _commit(checkpoint: str) -> str:
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    try:
        commit = HfApi().model_info(checkpoint, timeout=_TIMEOUT_S).sha
    except RepositoryNotFoundError as error:
        raise UserError(f"the hub has no {checkpoint}, or does not show it (`hf auth login`?)") from error
    except HfHubHTTPError as error:
        raise UserError(f"{checkpoint}: {str(error).strip().splitlines()[0]}") from error
    if commit is None:
        raise UserError(f"the hub names no commit of {checkpoint}")
    return commit


def with_revision(text: str, commit: str) -> str:
    """Return a card's text with its checkpoint's commit, in place of another or after the checkpoint."""
    line = f"revision: {commit}"
    if _REVISION.search(text):
        return _REVISION.sub(lambda found: line + (found[1] or ""), text)
    return _CHECKPOINT.sub(lambda found: f"{found[0]}\n{line}", text, count=1)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror}); copy the card and give --models") from error
