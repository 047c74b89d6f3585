"""Doses with intervals: how often a patient did what, between how few and how many times, by what others' labels teach.

A decoder is far too sure of its counts: the middle 90 % of its posterior hold the true total of 37 % of the study's
videos. So its counts are taken as readings of an instrument: how they relate to true counts, and how far they are off,
is learned from other patients, whose videos were read by decoders that saw neither them nor the measured patient.
"""

__all__ = [
    "calibration",
    "estimator",
    "instrument",
    "instrument_file",
    "readings",
    "scope",
    "stopwatch",
]
