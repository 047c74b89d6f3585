"""Errors that nobody foresaw: one line about them, their traceback in a file, and everything else goes on."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from lmms_eval_plugins.core.console import printable
from lmms_eval_plugins.core.errors import UserError, error_line
from lmms_eval_plugins.core.redaction import redacted_message

ERROR_LOG = "error.log"


class Crashed(UserError):
    """Something ended of an error that nobody foresaw; the message says where its traceback is."""


@contextmanager
def crash_kept(folder: Path) -> Iterator[None]:
    """Turn an error of the block that nobody foresaw into a `Crashed`, and keep its traceback in a file of a folder.

    Taken are also ends of the process that a library wishes; errors that a user can act on, and Ctrl-C, pass.
    """
    try:
        yield
    except (UserError, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        if isinstance(error, OSError) and error.strerror:
            raise
        raise Crashed(f"{error_line(error)}; its traceback is in {_kept(error, folder)}") from error


def _kept(error: BaseException, folder: Path) -> Path:
    path = folder / ERROR_LOG
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{datetime.now().astimezone().isoformat(timespec='seconds')}\n")
            file.write(printable(redacted_message("".join(traceback.format_exception(error)))))
    return path
