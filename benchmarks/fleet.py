"""The study on a cluster, simulated from measured rates: each model's GPU-hours, and how long all of them take."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lmms_eval_plugins.execution.slurm.jobs import shards_for
from lmms_eval_plugins.machine.engines import suits_vllm
from lmms_eval_plugins.models.cards import STUDY_QUESTIONS, ModelCard
from lmms_eval_plugins.models.manifests import SETTINGS
from lmms_eval_plugins.models.settings import TransformersSettings

OURS_S = 0.0232
"""Seconds of our engine for a window and its two questions: 7B shape, bfloat16, one H100 (docs/engine.md)."""

OURS_B = 7.0
"""Billions of parameters of that shape; other sizes are taken to need time in proportion."""

VLLM_SPEED = 1.0
"""How much faster vLLM is than our engine on the same device: 748 ms a window to 745, on two processor cores."""

NODES, NODE_GPUS, LIMIT_MINUTES = 4, 8, 12 * 60
START_HOURS = 5 / 60
"""Assumed: what a task takes to load a model."""


@dataclass(frozen=True)
class Cost:
    """What all windows cost with one model.

    Attributes:
        card: the model.
        study, ours, vllm: GPU-hours at the rate of the study, of our engine, and of vLLM; None where it has no rate, or
            the model does not run there.
    """

    card: ModelCard
    study: float | None
    ours: float | None
    vllm: float | None

    @property
    def by_default(self) -> float:
        """GPU-hours in the engine that runs it where vLLM's environment is made; at the study's rate without one."""
        chosen = self.vllm if suits_vllm(self.card, {}) else self.ours
        return chosen if chosen is not None else self.study or 0.0


def cost_of(card: ModelCard, windows: int) -> Cost:
    """Return what two questions about some windows cost with a model.

    In our engine one of a model's GPUs works at a time; in vLLM all do, what they send each other not counted.
    """
    study = None if card.study.hours is None else card.study.hours * card.gpus * 2 * windows / STUDY_QUESTIONS
    if not issubclass(SETTINGS[card.wrapper], TransformersSettings) or not card.parameters_b:
        return Cost(card, study, None, None)
    hours = OURS_S * windows / 3600 * active_b(card) / OURS_B
    return Cost(card, study, hours * card.gpus, hours / VLLM_SPEED)


def active_b(card: ModelCard) -> float:
    """Return the billions of parameters that a model computes with: of a mixture of experts those its name says."""
    active = re.search(r"_a(\d+)b$", card.name)
    return float(active[1]) if active else card.parameters_b or 0.0


def hours_on_nodes(models: Iterable[tuple[int, float]], nodes: int = NODES) -> tuple[float, float]:
    """Return the hours until the last task has ended on some nodes that Slurm fills in order, and the share at work.

    Args:
        models: for each model in the order of its submission, the GPUs of a copy, and its GPU-hours.
        nodes: how many there are, each taken whole by a task (`node_gpus`).
    """
    free = [0.0] * nodes
    heapq.heapify(free)
    worked = 0.0
    for gpus, gpu_hours in models:
        copies = NODE_GPUS // gpus
        hours = gpu_hours / gpus
        tasks = -(-shards_for(hours, LIMIT_MINUTES) // copies)
        for _ in range(tasks):
            took = hours / (tasks * copies) + START_HOURS
            heapq.heappush(free, heapq.heappop(free) + took)
        worked += gpu_hours
    end = max(free)
    return end, worked / (end * nodes * NODE_GPUS)


def fleet(cards: Sequence[ModelCard], windows: int) -> list[str]:
    """Return the table of models, their sum, and how long all take on the nodes, line by line."""
    costs = sorted((cost_of(card, windows) for card in cards), key=lambda one: (one.card.parameters_b, one.card.name))
    lines = [f"{'GPU-hours of all windows':26}{'GPUs':>5}{'study':>9}{'ours':>9}{'vLLM':>9}"]
    lines += [_line(one.card.name, str(one.card.gpus), one.study, one.ours, one.vllm) for one in costs]
    both = [one for one in costs if one.ours is not None]
    sums = [sum(getattr(one, name) or 0.0 for one in both) for name in ("study", "ours", "vllm")]
    lines.append(_line(f"the {len(both)} that run in both", "", *sums))
    for words, hours in (
        ("all at the study's rates", [one.study or 0.0 for one in costs]),
        ("all in our engine", [one.ours if one.ours is not None else one.study or 0.0 for one in costs]),
        ("by default, vLLM made", [one.by_default for one in costs]),
    ):
        end, busy = hours_on_nodes(zip((one.card.gpus for one in costs), hours, strict=True))
        where = f"{end:,.0f} h on {NODES} × {NODE_GPUS} GPUs, {busy:.0%} busy"
        lines.append(f"{words:26}{sum(hours):>14,.0f} GPU-hours, {where}")
    return lines


def _line(name: str, gpus: str, *hours: float | None) -> str:
    return f"{name:26}{gpus:>5}" + "".join(f"{'' if one is None else f'{one:,.1f}':>9}" for one in hours).rstrip()
