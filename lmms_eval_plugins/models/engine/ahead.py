"""Work that runs ahead in background threads, so far and no further, and is handed out in order."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from lmms_eval_plugins.core.background import run_in_background

Item = TypeVar("Item")

Beat = Callable[[], None]
"""A source calls it whenever it gets on; it ends the source's thread once nobody waits for it any more."""

Source = Callable[[Beat], Iterator[Item]]


@dataclass(frozen=True, slots=True)
class Stalled:
    """A source that gave no sign of life for so many seconds; nothing more comes of it."""

    seconds: float


class _Stopped(Exception):
    """Nobody waits for what a source makes."""


def ahead(
    sources: Sequence[Source[Item]],
    size: Callable[[Item], int],
    *,
    threads: int,
    budget_bytes: int,
    patience_s: float,
) -> Iterator[tuple[int, Item | Stalled]]:
    """Yield the items of all sources, in their order, each with its source's place.

    Some sources work at once, each in a thread of its own. A source that is ahead by its share of the budget waits,
    though never with nothing ready: an item larger than the share is made all the same. One that stalls is given up;
    the others go on. An error in a source is raised here.

    Args:
        sources: what makes the items.
        size: bytes of an item.
        threads: sources that work at once.
        budget_bytes: what may be ready and not yet taken, all sources together.
        patience_s: seconds without a beat after which a source has stalled.
    """
    lanes: deque[_Lane[Item]] = deque()
    coming = (_Lane(source, size, budget_bytes // threads) for source in sources)
    try:
        for place in range(len(sources)):
            lanes.extend(islice(coming, threads - len(lanes)))
            for item in lanes[0].items(patience_s):
                yield place, item
            lanes.popleft().stop()
    finally:
        for lane in lanes:
            lane.stop()


class _Lane(Generic[Item]):
    """One source at work, and what it has ready."""

    def __init__(self, source: Source[Item], size: Callable[[Item], int], budget_bytes: int) -> None:
        self._source, self._size, self._budget = source, size, budget_bytes
        self._changed = threading.Condition()
        self._ready: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._done = self._stopped = False
        self._error: BaseException | None = None
        self._last_beat = time.monotonic()
        run_in_background(self._work, self.stop)

    def items(self, patience_s: float) -> Iterator[Item | Stalled]:
        """Yield what the source makes, as it comes."""
        while (taken := self._take(patience_s)) is not None:
            yield taken
            if isinstance(taken, Stalled):
                return
        if self._error:
            raise self._error

    def _take(self, patience_s: float) -> Item | Stalled | None:
        """Return the next item; None where there are no more."""
        began = time.monotonic()
        with self._changed:
            while not self._ready and not self._done:
                waited = time.monotonic() - max(began, self._last_beat)
                if waited > patience_s:
                    return Stalled(waited)
                self._changed.wait(patience_s - waited + 0.01)
            if not self._ready:
                return None
            item, size = self._ready.popleft()
            self._bytes -= size
            self._changed.notify_all()
            return item

    def stop(self) -> None:
        """Let the source end at its next beat."""
        with self._changed:
            self._stopped = True
            self._ready.clear()
            self._changed.notify_all()

    def _work(self) -> None:
        try:
            for item in self._source(self._beat):
                self._put(item)
        except _Stopped:
            pass
        except BaseException as error:  # raised again where the items are taken
            self._error = error
        finally:
            with self._changed:
                self._done = True
                self._changed.notify_all()

    def _put(self, item: Item) -> None:
        size = self._size(item)
        with self._changed:
            while self._ready and self._bytes + size > self._budget and not self._stopped:
                self._changed.wait()
            self._ready.append((item, size))
            self._bytes += size
            self._changed.notify_all()
        self._beat()

    def _beat(self) -> None:
        if self._stopped:
            raise _Stopped
        self._last_beat = time.monotonic()
