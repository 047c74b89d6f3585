"""Contestants by turns, medians, ratios."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of each repeat, and what the last one returned."""

    seconds: tuple[float, ...]
    result: Any

    @property
    def median_s(self) -> float:
        """The median."""
        return median(self.seconds)


def by_turns(contestants: Mapping[str, Callable[[], Any]], repeats: int) -> dict[str, Timed]:
    """Run each once to warm up, then all of them by turns, so that a machine whose speed drifts is fair to all."""
    results = {name: run() for name, run in contestants.items()}
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, run in contestants.items():
            began = time.perf_counter()
            results[name] = run()
            seconds[name].append(time.perf_counter() - began)
    return {name: Timed(tuple(seconds[name]), results[name]) for name in contestants}


def show(title: str, timed: Mapping[str, Timed], ours: str, per: int, unit: str, targets: Mapping[str, str]) -> None:
    """Print a table: seconds per unit, and how many times as long each took as ours.

    Args:
        title: its heading.
        timed: by contestant.
        ours: the one to compare with.
        per: units in one run.
        unit: what they are.
        targets: what is aimed at, by contestant.
    """
    table = Table(title=title, title_justify="left", box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for column in ("", f"ms per {unit}", "fastest to slowest", f"times {ours}", "target"):
        table.add_column(column, justify="left" if not column else "right")
    reference = timed[ours].median_s
    for name, one in timed.items():
        spread = f"{min(one.seconds) / per * 1000:.1f} to {max(one.seconds) / per * 1000:.1f}"
        ratio = f"{one.median_s / reference:.2f}"
        table.add_row(name, f"{one.median_s / per * 1000:.1f}", spread, ratio, targets.get(name, ""))
    Console(width=120).print(table)
