"""Verbs that turn runs and published logs into scores, tables, figures, timelines and videos."""

__all__ = ["decode", "figure", "overlay", "reproduce", "score", "table"]
