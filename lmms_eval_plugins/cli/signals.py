"""Signals that end a process: what it holds is put away first, as on Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType, TracebackType

_ENDING = (signal.SIGTERM, signal.SIGHUP)
_PATIENCE_S = 10.0
"""Seconds in which a signal that comes again does not disturb the putting away."""


class Ended(KeyboardInterrupt):
    """A signal has ended the process; all that catches Ctrl-C catches this, and nothing else does."""


class Ending:
    """Turns the first signal into an exception in the main thread, while the block lasts.

    A signal that this process was started to ignore, as under ``nohup``, stays ignored.

    Attributes:
        by: the signal that came; None where none has.
    """

    def __init__(self) -> None:
        self.by: signal.Signals | None = None
        self._since = 0.0
        self._taken: list[signal.Signals] = []

    def __enter__(self) -> Ending:
        if threading.current_thread() is threading.main_thread():
            self._taken = [number for number in _ENDING if signal.getsignal(number) is signal.SIG_DFL]
        for number in self._taken:
            signal.signal(number, self._end)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number in self._taken:
            signal.signal(number, signal.SIG_DFL)

    def _end(self, number: int, frame: FrameType | None) -> None:
        if self.by is None or time.monotonic() - self._since > _PATIENCE_S:
            self.by, self._since = signal.Signals(number), time.monotonic()
            raise Ended
