from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from lmms_eval_plugins.models.server.lanes import run_in_lanes


def doubled(item: int, stop: threading.Event) -> Iterator[int]:
    yield item
    time.sleep(0.001 * (item % 3))
    yield -item


@pytest.mark.parametrize("lanes", [1, 3, 50])
def test_all_results_of_all_items(lanes: int) -> None:
    results = list(run_in_lanes(iter(range(1, 30)), doubled, lanes))
    assert sorted(results) == sorted([*range(1, 30), *range(-29, 0)])
    assert all(results.index(item) < results.index(-item) for item in range(1, 30))
    if lanes == 1:
        assert results[::2] == list(range(1, 30))


def test_items_are_begun_in_order_and_only_when_a_lane_is_free() -> None:
    taken: list[int] = []
    all_busy, released = threading.Barrier(5), threading.Event()

    def items() -> Iterator[int]:
        for item in range(20):
            taken.append(item)
            yield item

    def work(item: int, stop: threading.Event) -> Iterator[int]:
        if not released.is_set():
            all_busy.wait(20)
            released.wait(20)
        yield item

    results: list[int] = []
    reader = threading.Thread(target=lambda: results.extend(run_in_lanes(items(), work, 4)))
    reader.start()
    all_busy.wait(20)
    assert taken == [0, 1, 2, 3]
    released.set()
    reader.join()
    assert taken == list(range(20)) == sorted(results)


@pytest.mark.parametrize("where", ["work", "items"])
def test_an_error_ends_it_after_what_is_under_way(where: str) -> None:
    others_begun = threading.Barrier(3)

    def items() -> Iterator[int]:
        yield from range(3)
        others_begun.wait(10)
        if where == "items":
            raise OSError("broken")
        yield 3
        yield from range(100, 200)

    def work(item: int, stop: threading.Event) -> Iterator[int]:
        if item == 3:
            raise OSError("broken")
        if item in (1, 2):
            others_begun.wait(10)
            stop.wait(10)
        yield item

    results = []
    with pytest.raises(OSError, match="broken"):
        for result in run_in_lanes(items(), work, 3):
            results.append(result)
    assert set(results) >= {0, 1, 2} and len(results) < 50


def test_nobody_waits_for_the_rest() -> None:
    begun: list[int] = []

    def work(item: int, stop: threading.Event) -> Iterator[int]:
        begun.append(item)
        yield item

    results = run_in_lanes(iter(range(10**9)), work, 2)
    next(results)
    results.close()  # type: ignore[attr-defined]
    deadline, count = time.monotonic() + 20, -1
    while count != len(begun):
        assert time.monotonic() < deadline
        count = len(begun)
        time.sleep(0.05)
