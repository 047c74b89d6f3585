"""Keys and tokens: from the environment, or from a file that only its owner can read; never in a run's files."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError

SECRETS_FILE = Path("~/.config/strokerehab/secrets")
"""The user's secrets: lines ``NAME=value``, as ``HF_TOKEN=…``, for environment variables that are not set."""

ARGS_VARIABLE = "STROKEREHAB_SECRET_ARGS"
"""Environment variable that passes a model's secret arguments to its processes."""

_SECRET = re.compile(r"(^|_|-)(api_?key|key|token|auth|secret|passw(or)?d|credentials?)$", re.IGNORECASE)
"""Names of arguments whose values are secret; ``max_new_tokens`` is not one of them."""

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)=(.*)")


def is_secret(name: str) -> bool:
    """Return whether the value of an argument of this name is secret."""
    return bool(_SECRET.search(name))


def visible_args(model_args: str) -> str:
    """Return ``key=value,…`` without its secret entries."""
    return ",".join(entry for entry in model_args.split(",") if not _is_secret_entry(entry))


def secret_args(model_args: str) -> dict[str, str]:
    """Return environment variables that carry the secret entries of ``key=value,…``; none where it has none."""
    hidden = ",".join(filter(_is_secret_entry, model_args.split(",")))
    return {ARGS_VARIABLE: hidden} if hidden else {}


def whole_args(visible: str) -> str:
    """Return ``key=value,…`` with the secret entries from the environment added."""
    return ",".join(filter(None, (visible, os.environ.get(ARGS_VARIABLE, ""))))


def stored_secrets(path: Path = SECRETS_FILE) -> Mapping[str, str]:
    """Read the user's file of secrets: name → value; empty where there is no file.

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
    """Set the user's secrets as environment variables of this process; those already set stay."""
    for name, value in stored_secrets().items():
        os.environ.setdefault(name, value)


def _is_secret_entry(entry: str) -> bool:
    return is_secret(entry.partition("=")[0].strip())
