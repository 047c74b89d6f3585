"""Locks between processes: a file that is locked as long as its process lives."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from filelock import FileLock, Timeout


class _Lock(FileLock):
    """A lock of this program alone: lmms-eval makes all plain locks of a path one, which a process can take twice."""


def try_lock(path: Path, stack: ExitStack) -> bool:
    """Lock a file until a stack closes or the process ends, without waiting for another process that holds it.

    A file system without locks is no error: there the file counts as locked by this process.

    Args:
        path: the lock file, made where it is missing and never deleted.
        stack: what releases the lock.

    Returns:
        Whether the lock is held; False where another process holds it, or this one does already.

    Raises:
        OSError: the file cannot be written.
    """
    path.open("ab").close()  # so that the error of a folder that cannot be written is not mistaken for a missing lock
    try:
        return lock_for_sure(path, stack)
    except OSError:
        return True  # the file system has no locks


def lock_for_sure(path: Path, stack: ExitStack) -> bool:
    """Lock a file as `try_lock` does, but only where the file system has locks.

    Raises:
        OSError: it has none, or the file cannot be written.
    """
    try:
        stack.enter_context(_Lock(path, blocking=False, fallback_to_soft=False))
    except Timeout:
        return False
    return True
