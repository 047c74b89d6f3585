"""How far the answering is: a bar on a terminal, a line now and then elsewhere; always on stderr."""

from __future__ import annotations

import time
from types import TracebackType

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress

from lmms_eval_plugins.core.console import say, stderr

_LINE_EVERY_S = 15.0


class Progress:
    """Counts answered questions; shows windows per second and the time left."""

    def __init__(self, questions: int, windows: int) -> None:
        self._questions = questions
        self._windows = windows
        self._done = 0
        self._console = stderr()
        self._bar = RichProgress(
            TextColumn("answering"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("questions, {task.fields[rate]} windows/s,"),
            TimeElapsedColumn(),
            TextColumn("done,"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=self._console,
            disable=not self._console.is_terminal or not questions,
            transient=True,
        )
        self._task = self._bar.add_task("answering", total=questions, rate="-")

    def __enter__(self) -> Progress:
        self._started = self._printed = time.monotonic()
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def advance(self, questions: int) -> None:
        """Count ``questions`` more answers."""
        self._done += questions
        now = time.monotonic()
        rate = self._windows * self._done / self._questions / max(now - self._started, 1e-9)
        self._bar.update(self._task, completed=self._done, rate=f"{rate:.1f}")
        if not self._console.is_terminal and now - self._printed > _LINE_EVERY_S:
            left_s = (now - self._started) * (self._questions / self._done - 1)
            done = f"answered {self._done} of {self._questions} questions"
            say(self._console, f"{done}, {rate:.1f} windows/s, about {left_s:.0f} s left")
            self._printed = now
