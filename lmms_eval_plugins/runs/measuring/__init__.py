"""Runs of dose tasks as measurements: the doses of each video and patient, with intervals."""

__all__ = [
    "assessed",
    "frame",
    "groups",
    "measure",
    "rows",
    "saved",
    "stopwatch",
]
