"""Verbs that turn runs and published logs into scores, tables, figures, timelines, pages and videos."""

__all__ = [
    "answers",
    "compare",
    "decode",
    "figure",
    "measure",
    "overlay",
    "patient",
    "plan_study",
    "probe",
    "report",
    "reproduce",
    "score",
    "table",
    "tune_wording",
]
