"""How the command ends: its exit statuses, the line that describes an error, and the extra that is missing."""

from __future__ import annotations

import traceback
from importlib.util import find_spec
from typing import Any, Literal

from lmms_eval_plugins.cli.commands import hyphenated
from lmms_eval_plugins.cli.options import LMMS_SPELLED
from lmms_eval_plugins.core.console import put_error
from lmms_eval_plugins.core.errors import UserError, nearest

Extra = Literal["models", "slurm", "wandb"]

_NEEDED: dict[Extra, tuple[str, ...]] = {
    "models": ("torch", "transformers", "lmms_eval"),
    "slurm": ("submitit",),
    "wandb": ("wandb",),
}
"""Without these, nothing works that an extra is for."""

_ALSO = "accelerate cv2 datasets httpx huggingface_hub jinja2 loguru qwen_vl_utils tenacity tokenizers torchvision"
_EXTRAS: dict[str, Extra] = {
    **{module: extra for extra, modules in _NEEDED.items() for module in modules},
    **dict.fromkeys(_ALSO.split(), "models"),
}


def check_extra(extra: Extra) -> None:
    """Check that an extra is installed, without importing anything of it.

    Raises:
        UserError: it is not; with the command that installs it.
    """
    for module in _NEEDED[extra]:
        if find_spec(module) is None:
            raise UserError(_remedy(module, extra))


def missing_extra(error: ModuleNotFoundError) -> str | None:
    """Return what to install for a module that was not found, or None where no extra brings it."""
    module = (error.name or "").partition(".")[0]
    return _remedy(module, _EXTRAS[module]) if module in _EXTRAS else None


def _remedy(module: str, extra: Extra) -> str:
    return f"this needs {module}, which the base install leaves out: pip install 'strokerehab-eval[{extra}]'"


BUG = 1
"""Exit status: an error that was not foreseen."""

BAD_INPUT = 2
"""Exit status: something given is wrong, nothing was done."""

WITH_PROBLEMS = 3
"""Exit status: done, but some videos, logs or models had problems; they are listed."""

SIGNALLED = 128
"""Exit status: stopped by the signal whose number is added to this."""

INTERRUPTED = SIGNALLED + 2
"""Exit status: stopped by Ctrl-C."""


def report_error(error: Exception, debug: bool) -> int:
    """Print one line about an error on stderr, after its traceback where wanted; return the exit status."""
    if debug:
        put_error("".join(traceback.format_exception(error)).rstrip())
    message, status = _described(error)
    put_error(f"error: {' '.join(message.split())}")
    return status


def _described(error: Exception) -> tuple[str, int]:
    if isinstance(error, UserError):
        return str(error), BAD_INPUT
    if hasattr(error, "format_message"):
        return _usage(error), BAD_INPUT
    if isinstance(error, ModuleNotFoundError) and (remedy := missing_extra(error)):
        return remedy, BAD_INPUT
    if isinstance(error, OSError) and error.strerror:
        if error.filename:
            return f"{error.filename}: {error.strerror}", BAD_INPUT
        return f"{error.strerror}, in a file that the system does not name; --debug shows where", BAD_INPUT
    return f"{type(error).__name__}: {error} (a bug? --debug shows where)", BUG


def _usage(error: Any) -> str:
    """Describe typer's error about a command line; Any: typer does not publish the type."""
    message = str(error.format_message()).rstrip(".").replace("Value error, ", "")
    message = message.replace(". Did you mean", "; did you mean")
    for option in LMMS_SPELLED:
        message = message.replace(f"'{hyphenated(option)}'", f"'{option}'")
    context = getattr(error, "ctx", None)
    if context is None:
        return message
    if hasattr(error, "possibilities"):  # an unknown option
        known = [name for parameter in context.command.get_params(context) for name in parameter.opts if "--" in name]
        message = f"No such option {error.option_name!r}{nearest(error.option_name, known)}"
    return f"{message}; see `{context.command_path} --help`"
