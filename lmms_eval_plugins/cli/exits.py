"""How the command ends: its exit statuses, and what is said of an error."""

from __future__ import annotations

import sys
import traceback

from lmms_eval_plugins.cli.extras import missing_extra
from lmms_eval_plugins.core.errors import UserError

BUG = 1
"""Exit status: something that we did not foresee."""

BAD_INPUT = 2
"""Exit status: something given is wrong, nothing was done."""

WITH_PROBLEMS = 3
"""Exit status: it ran to its end, but some videos, logs or models had problems; they are listed."""

INTERRUPTED = 130
"""Exit status: stopped by Ctrl-C."""


def tell(error: Exception, debug: bool) -> int:
    """Say in one line on stderr what is wrong, after the traceback if that is wanted; the exit status for it."""
    if debug:
        traceback.print_exception(error)
    message, status = _described(error)
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return status


def _described(error: Exception) -> tuple[str, int]:
    if isinstance(error, UserError):
        return str(error), BAD_INPUT
    say_usage = getattr(error, "format_message", None)
    if say_usage:  # of typer: a command line that does not fit
        context = getattr(error, "ctx", None)
        return say_usage().rstrip(".") + (f"; see `{context.command_path} --help`" if context else ""), BAD_INPUT
    if isinstance(error, ModuleNotFoundError) and (remedy := missing_extra(error)):
        return remedy, BAD_INPUT
    if isinstance(error, OSError) and error.strerror:
        return ": ".join(str(part) for part in (error.filename, error.strerror) if part), BAD_INPUT
    return f"{type(error).__name__}: {error} (a bug? --debug shows where)", BUG
