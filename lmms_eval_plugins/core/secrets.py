"""Keys and tokens: from the environment or a file that only its owner can read; never in what a run writes."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError

SECRETS_FILE = Path("~/.config/strokerehab/secrets")
"""Lines ``NAME=value``, as ``HF_TOKEN=…``; they become environment variables where these are not set."""

ARGS_VARIABLE = "STROKEREHAB_SECRET_ARGS"
"""Environment variable: arguments of a model that nobody else is to see, on their way to its processes."""

_SECRET = re.compile(r"(^|_|-)(api_?key|key|token|auth|secret|passw(or)?d|credentials?)$", re.IGNORECASE)
"""Names of arguments whose values are nobody's business; ``max_new_tokens`` is not one of them."""

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)=(.*)")


def is_secret(name: str) -> bool:
    """Whether an argument of this name is nobody's business."""
    return bool(_SECRET.search(name))


def visible_args(model_args: str) -> str:
    """``key=value,…`` without its secret entries."""
    return ",".join(entry for entry in model_args.split(",") if not _is_secret_entry(entry))


def secret_args(model_args: str) -> dict[str, str]:
    """The environment in which processes find the secret entries of ``key=value,…``; empty where it has none."""
    hidden = ",".join(filter(_is_secret_entry, model_args.split(",")))
    return {ARGS_VARIABLE: hidden} if hidden else {}


def whole_args(visible: str) -> str:
    """``key=value,…`` with the secret entries from the environment."""
    return ",".join(filter(None, (visible, os.environ.get(ARGS_VARIABLE, ""))))


def stored_secrets(path: Path = SECRETS_FILE) -> Mapping[str, str]:
    """What a user's file of secrets sets; nothing where there is none.

    Raises:
        UserError: others can read the file, or a line is not ``NAME=value``; the message holds no value.
    """
    path = path.expanduser()
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return {}
    if mode & 0o077:
        raise UserError(f"{path}: others can read it (mode {mode:03o}); `chmod 600 {path}`")
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise UserError(f"{path}, line {number}: not NAME=value")
        found[match[1]] = match[2].strip("'\"")
    return found


def set_secrets() -> None:
    """Put the user's secrets into this process's environment; what is set there already stays."""
    for name, value in stored_secrets().items():
        os.environ.setdefault(name, value)


def _is_secret_entry(entry: str) -> bool:
    return is_secret(entry.partition("=")[0].strip())
