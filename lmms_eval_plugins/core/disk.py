"""Writing files: an error names the file and what to do, and what must survive a power cut is on the disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError

MAKE_ROOM = "make room or mend that, then give the same command again"
"""What to do where the place of a file is given by what is already there."""


@contextmanager
def writing(path: Path, remedy: str = MAKE_ROOM) -> Iterator[None]:
    """Name a file in every error of the file system while it is written: a full disk itself names none.

    Args:
        path: the file, or the folder of several.
        remedy: what to do.

    Raises:
        UserError: it cannot be written.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        where = error.filename if isinstance(error.filename, str) else path
        raise UserError(f"{where}: cannot be written ({error.strerror or error}); {remedy}") from error


def sync_folder(folder: Path) -> None:
    """See to it that the names in a folder survive a power cut, where its file system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
