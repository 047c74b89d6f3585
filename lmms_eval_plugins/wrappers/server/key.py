"""The key to a server: it comes from the environment, goes into one header, and nowhere else."""

from __future__ import annotations

import os
import re

from pydantic import SecretStr

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.wrappers.server.settings import USUAL_VARIABLE


def read_key(variable: str) -> SecretStr | None:
    """The key in an environment variable; None where the usual one is not set.

    Raises:
        UserError: another one is not set, or what is in it cannot be a key. Neither is shown: somebody may have given
            the key in place of the variable's name.
    """
    key = os.environ.get(variable, "").strip()
    if key and not re.fullmatch(r"[!-~]+", key):
        raise UserError(
            "api_key_env: the key holds characters that no key has, such as blanks or line breaks; set it anew"
        )
    if not key and variable != USUAL_VARIABLE:
        raise UserError("api_key_env: names no environment variable that is set; it takes the name, not the key itself")
    return SecretStr(key) if key else None


def without_key(text: str, key: SecretStr | None) -> str:
    """A text of somebody else's with the key taken out."""
    return text.replace(key.get_secret_value(), "(key)") if key else text
