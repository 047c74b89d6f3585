"""Where the time goes: seconds by phase, from several threads, on the processor's clock or the accelerator's."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import torch

_MANY = 256
"""Timings of the GPU that may wait to be read."""


class Stopwatch:
    """Adds up seconds by the name of a phase.

    Args:
        device: of the network; work on a GPU is timed there, since it goes on after the call that orders it.
    """

    def __init__(self, device: str = "cpu") -> None:
        self._on_gpu = device.startswith("cuda")
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._open: list[tuple[str, torch.cuda.Event, torch.cuda.Event]] = []
        self._lock = threading.Lock()

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Time work of the network; one thread only."""
        if not self._on_gpu:
            with self.background(name):
                yield
            return
        began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        began.record()
        try:
            yield
        finally:
            ended.record()
            self._open.append((name, began, ended))
            if len(self._open) >= _MANY:
                self.seconds()

    @contextmanager
    def background(self, name: str) -> Iterator[None]:
        """Time work of the processor, in any thread."""
        since = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - since)

    def add(self, name: str, seconds: float) -> None:
        """Count seconds that were measured elsewhere."""
        with self._lock:
            self._seconds[name] += seconds

    def seconds(self) -> dict[str, float]:
        """Return seconds by phase so far; wait for what the GPU still works on."""
        for name, began, ended in self._open:
            ended.synchronize()
            self.add(name, began.elapsed_time(ended) / 1000)
        self._open.clear()
        with self._lock:
            return dict(self._seconds)
