"""Verbs that turn runs and published logs into scores, tables, figures, timelines, pages and videos."""

__all__ = [
    "answers",
    "compare",
    "decode",
    "figure",
    "overlay",
    "patient",
    "report",
    "reproduce",
    "score",
    "table",
]
