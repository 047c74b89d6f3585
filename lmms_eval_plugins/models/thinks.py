"""Does a model think before it answers? By its card, by its name, or by its checkpoint's chat template."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.questions.thinking import thinks_by

_NAMED = re.compile(r"(?<![a-z])(?:think(?:ing|er)?|reason(?:ing|er)|qvq|r1)(?![a-z0-9])", re.IGNORECASE)
_TEMPLATES = ("chat_template.jinja", "chat_template.json", "tokenizer_config.json")


def why_thinks(card: ModelCard, given: Mapping[str, object]) -> str | None:
    """Return what tells that a model thinks, in words; None where nothing does.

    A chat template with marks of thoughts may be one of a model that thinks only when it is asked to. What a server's
    model does is not known but by its card and its names. A switch that is set (``thinking``) comes before all of them.

    Args:
        card: the model.
        given: arguments for its wrapper, which come before the card's.
    """
    args = {**card.wrapper_args, **given}
    switch = str(args.get("thinking", "")).lower()
    if switch in ("true", "false"):
        return "thinking=true" if switch == "true" else None
    if card.thinks is not None:
        return "its card says so" if card.thinks else None
    names = [str(args[key]) for key in ("pretrained", "model") if args.get(key)]
    if found := next((name for name in (card.name, *names) if _NAMED.search(Path(name).name)), None):
        return f"it is named {Path(found).name}"
    if any(thinks_by(_template(name, args.get("revision"))) for name in names):
        return "its chat template has marks of thoughts"
    return None


def _template(checkpoint: str, revision: object) -> str:
    """Return the texts in which a checkpoint's chat template stands, as far as they are on this machine."""
    folder = Path(checkpoint).expanduser()
    paths = [folder / name if folder.is_dir() else _in_cache(checkpoint, name, revision) for name in _TEMPLATES]
    return "\n".join(_text(path) for path in paths if path is not None)


def _in_cache(checkpoint: str, name: str, revision: object) -> Path | None:
    try:
        from huggingface_hub import try_to_load_from_cache

        found = try_to_load_from_cache(checkpoint, name, revision=None if revision is None else str(revision))
    except ValueError:  # not a name that the hub could have
        return None
    return Path(found) if isinstance(found, str) else None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
