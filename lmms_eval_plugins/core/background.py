"""Background threads that end before the interpreter does.

A daemon thread that is still inside of a C++ library when the interpreter ends tears the whole process down ("terminate
called without an active exception", exit status 134). So every thread of ours is known here, with what stops it, and is
waited for.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import NoReturn

PATIENCE_S = 5.0
"""Seconds that threads have for what they are at: a frame, a picture, an answer."""

_LOOK_EVERY_S = 0.05

_running: dict[threading.Thread, Callable[[], None]] = {}
_lock = threading.Lock()


def run_in_background(work: Callable[[], None], stop: Callable[[], None]) -> threading.Thread:
    """Start a thread.

    Args:
        work: what it does; it catches its own errors.
        stop: makes the work end soon; called, maybe several times, when the interpreter ends first.
    """
    thread = threading.Thread(target=work, daemon=True)
    with _lock:
        for ended in [one for one in _running if not one.is_alive()]:
            del _running[ended]
        thread.start()
        _running[thread] = stop
    return thread


def end_background(patience_s: float = PATIENCE_S) -> bool:
    """Stop all background threads, also those that one of them starts meanwhile, and wait for them.

    Args:
        patience_s: seconds to wait at most.

    Returns:
        Whether all have ended.
    """
    deadline = monotonic() + patience_s
    while True:
        with _lock:
            running = [(thread, stop) for thread, stop in _running.items() if thread.is_alive()]
        if not running or monotonic() > deadline:
            return not running
        for _, stop in running:
            stop()
        running[0][0].join(_LOOK_EVERY_S)


def exit_process(status: int) -> NoReturn:
    """End the process with a status, also where a background thread hangs in a library and cannot be waited for."""
    if not end_background():
        atexit._run_exitfuncs()  # what others must put away: the end below skips it
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)
    sys.exit(status)


atexit.register(end_background)
