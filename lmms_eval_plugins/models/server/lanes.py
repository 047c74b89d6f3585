"""Work on a stream of items in several threads, whose results are handed out the moment they exist."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

from lmms_eval_plugins.core.background import run_in_background

Item = TypeVar("Item")
Result = TypeVar("Result")

_END = object()


def run_in_lanes(
    items: Iterator[Item], work: Callable[[Item, threading.Event], Iterator[Result]], lanes: int
) -> Iterator[Result]:
    """Yield the results of all items, as they come. Items are begun in their order, each when a lane is free.

    After an error, in the work or in the items, nothing more is begun; what was under way is finished and handed out,
    then the error is raised.

    Args:
        items: what to work on; advanced in the lanes' threads, by one at a time.
        work: an item → its results, one after the other; the event is set when nothing more should be begun.
        lanes: items that are worked on at once.
    """
    stop, turn = threading.Event(), threading.Lock()
    results: queue.SimpleQueue[object] = queue.SimpleQueue()
    errors: list[BaseException] = []

    def lane() -> None:
        try:
            while True:
                with turn:
                    item = _END if stop.is_set() else next(items, _END)
                if item is _END:
                    return
                for result in work(item, stop):  # type: ignore[arg-type]
                    results.put(result)
        except BaseException as error:  # raised again below
            errors.append(error)
            stop.set()
        finally:
            results.put(_END)

    for _ in range(lanes):
        run_in_background(lane, stop.set)
    try:
        running = lanes
        while running:
            result = results.get()
            if result is _END:
                running -= 1
            else:
                yield result  # type: ignore[misc]
    finally:
        stop.set()
    if errors:
        raise errors[0]
