"""Python that a checkpoint brings along: it never runs, and nobody is asked on a terminal, unless a card trusts it.

Our own calls of transformers say ``trust_remote_code=False``. Code bases and lmms-eval's own models make calls that are
not ours, some with True: those are stopped where transformers imports a checkpoint's file. Standard library only: this
also runs in the environments of code bases, with the transformers that they want.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any

_ONLY_WEIGHTS = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
"""The environment variable by which ``torch.load`` unpickles numbers and nothing else, whoever calls it."""

_DYNAMIC = "transformers.dynamic_module_utils"
_RUNS_CODE = {
    _DYNAMIC: ("get_cached_module_file", "get_class_in_module"),
    "transformers.generation.utils": ("get_cached_module_file", "get_class_in_module"),
    "transformers.integrations.hub_kernels": ("get_kernel",),
}
"""Functions by which transformers fetches or imports code that is no part of it, by module."""

_GUARDED = "__strokerehab_guarded__"


class RemoteCodeRefused(ValueError):
    """A checkpoint wants to run Python of its own, and its card does not trust it."""


class _Trust:
    """Whether the checkpoint that is being loaded is trusted."""

    given = False


def set_trust(trusted: bool) -> None:
    """Let the checkpoints that are loaded from now on in this process run code of their own, or keep them from it.

    Args:
        trusted: what the model's card says.

    Raises:
        ImportError: transformers is there and cannot be imported.
    """
    _Trust.given = trusted
    if trusted:
        os.environ.pop(_ONLY_WEIGHTS, None)
    else:
        os.environ[_ONLY_WEIGHTS] = "1"
    try:
        dynamic = import_module(_DYNAMIC)
    except ModuleNotFoundError:  # an environment without transformers has nothing to guard
        return
    dynamic.input = _answer_for_the_user  # type: ignore[attr-defined]  # what it calls there comes before Python's own
    for module_name, names in _RUNS_CODE.items():
        if (module := sys.modules.get(module_name)) is not None:
            _guard(module, names)


def _answer_for_the_user(_question: str = "") -> str:
    """Answer transformers' question whether to run a checkpoint's code, which it would put on the terminal."""
    return "y" if _Trust.given else "n"


def _guard(module: ModuleType, names: tuple[str, ...]) -> None:
    for name in names:
        original = vars(module).get(name)
        if original is not None and not hasattr(original, _GUARDED):
            setattr(module, name, _guarded(original))


def _guarded(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that asks for trust first."""

    def run_if_trusted(*args: Any, **settings: Any) -> Any:  # whatever the function of transformers takes
        if not _Trust.given:
            raise RemoteCodeRefused(f"wants to run code of its own ({', '.join(map(str, args[:2]))})")
        return original(*args, **settings)

    setattr(run_if_trusted, _GUARDED, True)
    return run_if_trusted
