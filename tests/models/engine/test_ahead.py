from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from lmms_eval_plugins.models.engine.ahead import Beat, Source, Stalled, ahead

PATIENCE_S = 20.0


def counting(place: int, count: int, made: list[int], size: int = 1) -> Source[bytes]:
    def source(beat: Beat) -> Iterator[bytes]:
        for i in range(count):
            beat()
            made[place] += 1
            yield bytes([place, i]) * size

    return source


def taken(
    sources: list[Source[bytes]], threads: int = 2, budget: int = 1000, patience_s: float = PATIENCE_S
) -> list[tuple[int, bytes | Stalled]]:
    items = ahead(sources, len, threads=threads, budget_bytes=budget, patience_s=patience_s)
    return list(items)


@pytest.mark.parametrize("threads", [1, 2, 9])
@pytest.mark.parametrize("budget", [0, 7, 1000])
def test_items_come_in_order(threads: int, budget: int) -> None:
    sources = [counting(place, count, [0] * 5) for place, count in enumerate((3, 0, 5, 1, 4))]
    wanted = [(place, bytes([place, i])) for place, count in enumerate((3, 0, 5, 1, 4)) for i in range(count)]
    assert taken(sources, threads, budget) == wanted


def test_nothing_to_do() -> None:
    assert taken([]) == []


def test_sources_stay_within_their_budget() -> None:
    made = [0, 0, 0]
    items = ahead(
        [counting(place, 50, made, size=5) for place in range(3)],  # items of ten bytes
        len,
        threads=2,
        budget_bytes=80,
        patience_s=PATIENCE_S,
    )
    next(items)
    deadline = time.monotonic() + 5
    while made[1] < 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.1)
    # Four of ten bytes are ready in each of two lanes, one is taken, and one more waits to be put there.
    assert made[0] <= 6 and made[1] == 5 and made[2] == 0
    assert len(list(items)) == 149


def test_an_error_in_a_source_is_raised_in_its_place() -> None:
    def broken(beat: Beat) -> Iterator[bytes]:
        yield b"first"
        raise ValueError("a bug")

    items = ahead([broken, counting(1, 1, [0, 0])], len, threads=2, budget_bytes=9, patience_s=PATIENCE_S)
    assert next(items) == (0, b"first")
    with pytest.raises(ValueError, match="a bug"):
        next(items)


def test_a_source_without_a_sign_of_life_is_given_up() -> None:
    release = threading.Event()

    def hangs(beat: Beat) -> Iterator[bytes]:
        yield b"first"
        release.wait(30)
        beat()
        yield b"too late"

    found = taken([hangs, counting(1, 2, [0, 0])], patience_s=0.2)
    release.set()
    assert [place for place, _ in found] == [0, 0, 1, 1]
    stalled = found[1][1]
    assert isinstance(stalled, Stalled) and stalled.seconds >= 0.2


def test_a_slow_source_that_beats_is_waited_for() -> None:
    def slow(beat: Beat) -> Iterator[bytes]:
        for _ in range(8):
            time.sleep(0.1)
            beat()
        yield b"at last"

    assert taken([slow], patience_s=0.4) == [(0, b"at last")]


def test_a_slow_taker_is_no_stall() -> None:
    items = ahead([counting(0, 3, [0])], len, threads=1, budget_bytes=2, patience_s=0.1)
    found = []
    for item in items:
        time.sleep(0.25)
        found.append(item)
    assert found == [(0, bytes([0, i])) for i in range(3)]


def test_sources_end_when_nobody_waits_any_more() -> None:
    ended = threading.Event()

    def endless(beat: Beat) -> Iterator[bytes]:
        try:
            while True:
                beat()
                yield b"more"
        finally:
            ended.set()

    items = ahead([endless], len, threads=1, budget_bytes=8, patience_s=PATIENCE_S)
    next(items)
    items.close()  # type: ignore[attr-defined]
    assert ended.wait(5)
