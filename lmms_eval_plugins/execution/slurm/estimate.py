"""How long models will take: from what earlier runs measured, or else from what their cards say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.runs.run_file import RUN_NAME, find_run_file

BYTES_PER_ANSWER = 2 * 430
"""On disk: a line of `answers.jsonl` with log-probabilities, and the same in the store of the model's answers."""

_LOOKED_AT = 5
"""Newest runs of a model that are looked into."""

_SHARE_OF_LIMIT = 0.5
"""A shard should take so much of the time limit, by the estimate."""

_UNKNOWN = 8
"""Shards where nothing tells how long a model takes."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Questions per second of one process, and where that is from: ``measured`` or ``card``."""

    questions_per_s: float
    source: str


def rate_of(card: ModelCard, log_path: Path) -> Rate | None:
    """How fast a model is: in its newest run that measured it, or by its card; None where nothing tells."""
    runs = sorted(log_path.glob(f"*/{card.name}/*/{RUN_NAME}"), key=lambda path: path.parent.name, reverse=True)
    for path in runs[:_LOOKED_AT]:
        file = find_run_file(path.parent)
        speeds = [speed for speed in file.speed if speed.questions] if file else []
        if seconds := sum(speed.seconds for speed in speeds):
            return Rate(sum(speed.questions for speed in speeds) / seconds, "measured")
    return None if card.study.questions_per_s is None else Rate(card.study.questions_per_s, "card")


def hours_for(questions: int, rate: Rate | None) -> float | None:
    """Hours that one process takes for some questions; None where no rate is known."""
    return None if rate is None else questions / rate.questions_per_s / 3600


def shards_for(hours: float | None, limit_minutes: int) -> int:
    """How many shards let each end in half the time limit; eight where the hours are not known."""
    if hours is None:
        return _UNKNOWN
    return max(1, -int(-hours * 60 // (limit_minutes * _SHARE_OF_LIMIT)))
