"""Estimate how long models take: from earlier runs' measured speed, or else from their cards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.runs.run_file import RUN_NAME, find_run_file

BYTES_PER_ANSWER = 2 * 430
"""Bytes on disk: a line of `answers.jsonl` with log-probabilities, and the same in the answer store."""

_LOOKED_AT = 5
"""How many of a model's newest runs are read."""

_SHARE_OF_LIMIT = 0.5
"""Share of the time limit that a shard should take, by the estimate."""

_UNKNOWN = 8
"""Number of shards where no rate is known."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Questions per second of one process, and their source: ``measured`` or ``card``."""

    questions_per_s: float
    source: str


def rate_of(card: ModelCard, log_path: Path) -> Rate | None:
    """Return a model's rate: measured in its newest run, or from its card; None where neither has one."""
    runs = sorted(log_path.glob(f"*/{card.name}/*/{RUN_NAME}"), key=lambda path: path.parent.name, reverse=True)
    for path in runs[:_LOOKED_AT]:
        file = find_run_file(path.parent)
        speeds = [speed for speed in file.speed if speed.questions] if file else []
        if seconds := sum(speed.seconds for speed in speeds):
            return Rate(sum(speed.questions for speed in speeds) / seconds, "measured")
    return None if card.study.questions_per_s is None else Rate(card.study.questions_per_s, "card")


def hours_for(questions: int, rate: Rate | None) -> float | None:
    """Return the hours of one process for some questions; None where no rate is known."""
    return None if rate is None else questions / rate.questions_per_s / 3600


def shards_for(hours: float | None, limit_minutes: int) -> int:
    """Return how many shards let each end in half the time limit; eight where the hours are not known."""
    if hours is None:
        return _UNKNOWN
    return max(1, -int(-hours * 60 // (limit_minutes * _SHARE_OF_LIMIT)))
