"""Counts of replies as a score's metrics, as columns of a table of videos, and as the one share that tables show."""

from __future__ import annotations

from collections.abc import Mapping

from lmms_eval_plugins.assessments.assessment import Metric
from lmms_eval_plugins.questions.coverage import ReplyCounts

REPLY_RATES = ("unreadable_rate", "refused_rate", "contradictory_rate", "missing_rate")
"""The metrics of every family that say what became of its requests."""


def reply_rates(counts: ReplyCounts) -> dict[str, Metric]:
    """Return the rates, 0 to 1, without SEM: the last of all requests, the others of the replies that came."""
    parts = {
        "unreadable_rate": (counts.unreadable, counts.answers),
        "refused_rate": (counts.refused, counts.answers),
        "contradictory_rate": (counts.contradictory, counts.answers),
        "missing_rate": (counts.missing, counts.answers + counts.missing),
    }
    return {name: (part / whole if whole else None, None) for name, (part, whole) in parts.items()}


def share_without_answer(metrics: Mapping[str, Metric]) -> float | None:
    """Return the share of replies, 0 to 1, that are unreadable, refuse or contradict themselves; None without replies.

    This is what tables with one column for it show.
    """
    rates = [metrics[name][0] for name in REPLY_RATES[:-1]]
    known = [rate for rate in rates if rate is not None]
    return sum(known) if known else None


def reply_columns(counts: ReplyCounts) -> dict[str, object]:
    """Return the counts by the names of the columns of the table ``scores``."""
    return {
        "n_answers": counts.answers,
        "n_unreadable": counts.unreadable,
        "n_refused": counts.refused,
        "n_contradictory": counts.contradictory,
        "n_cut": counts.cut,
        "n_missing": counts.missing,
        "share_answered": counts.share,
    }
