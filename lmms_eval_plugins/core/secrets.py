"""Keys and tokens: from the environment, or from a file that only its owner can read; never in a run's files."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.redaction import IN_USE, learn_settings
from lmms_eval_plugins.core.secret_names import is_secret, shown_urls, tokens_in

SECRETS_FILE = Path("~/.config/strokerehab/secrets")
"""The user's secrets: lines ``NAME=value``, as ``HF_TOKEN=…``, for environment variables that are not set."""

ARGS_VARIABLE, WANDB_VARIABLE = "STROKEREHAB_SECRET_ARGS", "STROKEREHAB_SECRET_WANDB_ARGS"
"""Environment variables that pass secret entries of ``--model_args`` and ``--wandb_args`` to a run's processes."""

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_]\w*)=(.*)")
_SHORTEST = 8
"""A variable's value with fewer characters, such as a number or a word, is taken for no secret."""


def visible_args(args: str) -> str:
    """Return ``key=value,…`` without its secret entries."""
    return ",".join(entry for entry in args.split(",") if not _is_secret_entry(entry))


def secret_args(args: str, variable: str = ARGS_VARIABLE) -> dict[str, str]:
    """Return the environment variable that carries the secret entries of ``key=value,…``; none where it has none."""
    hidden = ",".join(filter(_is_secret_entry, args.split(",")))
    return {variable: hidden} if hidden else {}


def whole_args(visible: str, variable: str = ARGS_VARIABLE) -> str:
    """Return ``key=value,…`` with the secret entries from the environment added."""
    return ",".join(filter(None, (visible, os.environ.get(variable, ""))))


def learn_args(args: str) -> None:
    """Learn the secrets in ``key=value,…``, to be hidden in all that this process writes and prints."""
    entries = (entry.partition("=") for entry in args.split(","))
    learn_settings({key.strip(): value.strip() for key, _, value in entries})


def learn_environment() -> None:
    """Learn the secrets in the environment and in the user's file; a file that cannot be used is left out here."""
    for name, value in os.environ.items():
        if name in (ARGS_VARIABLE, WANDB_VARIABLE):
            learn_args(value)
        elif is_secret(name) and len(value) >= _SHORTEST and not value.startswith(("/", "~")):  # the path of a file
            IN_USE.add([value])
    try:
        IN_USE.add(stored_secrets().values())
    except (OSError, UserError, UnicodeDecodeError):
        return


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
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UserError(f"{path}: cannot be read ({reason})") from None  # whose text would hold what cannot be read
    for number, line in enumerate(lines, start=1):
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
    learn_environment()


def check_shell_line(line: str, where: str) -> None:
    """Check that a line for a script holds no secret.

    Raises:
        UserError: it sets a variable of a secret name to a value, or holds a token; the message has no value.
    """
    assigned = re.findall(r"([A-Za-z_]\w*)=(?!\s|\$|`|\"\$|\"`|[\"']?[/~])\S", line)
    named = [name for name in assigned if is_secret(name)]
    if named or tokens_in(line):
        what = named[0] if named else "NAME"
        raise UserError(
            f"{where}: holds a secret, which would stand in a script; write {what}=… into {SECRETS_FILE}"
            f" (`chmod 600`), which every job reads"
        )


def _is_secret_entry(entry: str) -> bool:
    key, _, value = entry.partition("=")
    return is_secret(key.strip()) or shown_urls(value) != value or bool(tokens_in(value))
