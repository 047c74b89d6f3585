"""Folders that go with the process that made them, or with the next one, where it was killed."""

from __future__ import annotations

import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from shutil import rmtree

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.locks import lock_for_sure, try_lock

LOCK_NAME = ".lock"
"""The file in a folder whose lock tells that its process lives; process ids come again."""

_NEW, _GONE = ".new", ".gone"
_BEING_MADE_S = 3600.0
"""A folder that is not locked yet is being made, unless it is older."""


@contextmanager
def temporary_folder(kind: str) -> Iterator[Path]:
    """Make an empty folder among the system's temporary files, and delete it afterwards.

    Args:
        kind: what it is for, as a part of its name.

    Raises:
        UserError: there is no room for temporary files.
    """
    root = Path(tempfile.gettempdir())
    host = re.sub(r"[^A-Za-z0-9]+", "-", os.uname().nodename)  # the locks of other machines cannot be seen
    with ExitStack() as stack:
        with writing(root, "make room there, or set TMPDIR to another folder"):
            folder = stack.enter_context(folder_of_process(root, f"strokerehab-{kind}-{host}-"))
        yield folder


@contextmanager
def folder_of_process(root: Path, stem: str) -> Iterator[Path]:
    """Make an empty folder that only this user can open, and delete it afterwards.

    Before that, the folders of the same stem that killed processes of this user left are deleted.

    Args:
        root: where it is made.
        stem: what its name begins with.

    Raises:
        OSError: it cannot be made.
    """
    _delete_abandoned(root, stem)
    with ExitStack() as stack:
        new = Path(tempfile.mkdtemp(prefix=stem, suffix=_NEW, dir=root))
        try_lock(new / LOCK_NAME, stack)
        folder = new.rename(new.with_suffix(""))
        try:
            yield folder
        finally:
            _delete(folder)


def _delete(folder: Path) -> None:
    """Delete a folder; under another name first, so that a thread that still writes by the old one adds nothing."""
    with suppress(OSError):
        folder = folder.rename(f"{folder}{_GONE}")
    rmtree(folder, ignore_errors=True)


def _delete_abandoned(root: Path, stem: str) -> None:
    for folder in root.glob(f"{stem}*"):
        with suppress(OSError), ExitStack() as stack:
            about = folder.lstat()
            if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid():
                continue
            if folder.suffix == _NEW:
                abandoned = time.time() - about.st_mtime > _BEING_MADE_S
            else:
                abandoned = folder.suffix == _GONE or lock_for_sure(folder / LOCK_NAME, stack)
            if abandoned:
                _delete(folder)
