"""Times in label files: numbers of seconds, and what other unit or clock wrong ones look like."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CLOCK_FORMS = (
    (re.compile(r"\d+:\d\d:\d\d[:;]\d+"), "hh:mm:ss:ff, hours to frames"),
    (re.compile(r"\d+:\d\d:\d\d([.,]\d+)?"), "hh:mm:ss"),
    (re.compile(r"\d+:\d\d([.,]\d+)?"), "mm:ss"),
)
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?|\d{1,4}[./]\d\d?[./]\d{2,4} |\d\s*[ap]\.?m\.?$", re.IGNORECASE)
_RATES = (30.0, 29.97, 60.0, 59.94, 25.0, 50.0, 24.0, 23.976, 100.0, 120.0, 15.0)
_UNITS = ((1e3, "milliseconds"), (1e6, "microseconds"), (1e9, "nanoseconds"), (9e4, "ticks of 1/90,000 s"))
_LONG_UNITS = ((60.0, "minutes"), (3600.0, "hours"), (86400.0, "days, as spreadsheets keep times"))
_SPEEDS = (2.0, 4.0, 8.0, 1.2, 1.25)
"""How often slower a video may have been played for labelling, or by how much its rate was taken for another."""
_EPOCH_S = 3e8
"""Seconds since 1970 from which on a time is taken for a date (July 1979)."""

_LEAST_SHARE, _MOST_SHARE = 0.3, 1.02
"""What share of the video labels in a guessed unit span."""
_MOST_OF_IT = 0.8
"""What share they span at the least in frames at another rate than the video's."""
_AS_LONG = 0.02
"""How much labels in another unit or from another zero may miss the video's end, as a share of its length."""
_LEAST_SHIFT = 0.05
"""How late labels that are as long as the video begin, as a share of its length, to be taken for shifted."""


def describe_bad_time(cell: str) -> str:
    """Describe a cell that is no plain number of seconds, with the guess at what it is."""
    what = f"{cell!r} is not a number of seconds"
    for form, name in _CLOCK_FORMS:
        if form.fullmatch(cell):
            seconds = _clock_seconds(cell)
            return f"{what}; it looks like {name}: write seconds from the video's start ({seconds})"
    if _DATE.search(cell):
        return f"{what}; it looks like a date or a time of day: write seconds from the video's start"
    if re.fullmatch(r"[+-]?\d+,\d+", cell):
        return f"{what}; its comma may be a decimal or a thousands mark: write a point"
    if re.fullmatch(r"[+-]?\d+(\.\d+)?\s*[a-zµ%]+", cell):
        return f"{what}; write the number alone, in seconds"
    if cell.lower().lstrip("+-") in ("nan", "inf", "infinity", "na", "n/a", "none", "null"):
        return f"{what}; give the row its time or delete it"
    return f"{what}; write plain digits such as 12.345"


def _clock_seconds(cell: str) -> str:
    *whole, last = re.split(r"[:;]", cell.replace(",", "."))
    if len(whole) == 3:
        hours, minutes, seconds = map(int, whole)
        return f"{hours * 3600 + minutes * 60 + seconds} and {int(last)} frames"
    total = 0.0
    for part in (*whole, last):
        total = total * 60 + float(part)
    return f"{total:g}" if total < 1e5 else f"{total:.3f}"


def guess_clock(times: Sequence[float], duration_s: float, fps: float | None) -> str:
    """Return what times that reach far past a video look like, to stand after ``; ``: a unit, a rate or a clock.

    Args:
        times: of the labels, in order.
        duration_s: length of the video in seconds.
        fps: its rate; None where it is not known.
    """
    first, last = times[0], times[-1]
    in_unit = [(name, factor) for factor, name in _UNITS if _LEAST_SHARE <= last / factor / duration_s <= _MOST_SHARE]
    if in_unit:
        return f"they look like {in_unit[0][0]}: divide them by {in_unit[0][1]:,.0f}"
    rates = [rate for rate in (fps, *_RATES) if rate and last / rate / duration_s <= _MOST_SHARE]
    if all(time.is_integer() for time in times):
        own = [rate for rate in rates[:1] if rate == fps and last / rate / duration_s >= _LEAST_SHARE]
        fitting = own or [rate for rate in rates if last / rate / duration_s >= _MOST_OF_IT]
        if fitting:
            rate = min(fitting, key=lambda rate: abs(1 - last / rate / duration_s))
            return f"they look like frames at {rate:g} fps: divide them by {rate:g}"
    if last >= _EPOCH_S:
        return "they look like dates (time since 1970): subtract the time of the video's first picture"
    if first >= duration_s and last - first <= duration_s * _MOST_SHARE:
        return (
            f"they start at {first:g} s, which looks like a wall-clock time or another clock's zero:"
            " subtract the time of the video's first picture"
        )
    if first > _LEAST_SHIFT * duration_s and abs((last - first) / duration_s - 1) <= _AS_LONG:
        return f"they are as long as the video, from {first:g} s on: if the video starts there, subtract {first:g}"
    speed = next((speed for speed in _SPEEDS if abs(last / duration_s / speed - 1) <= _AS_LONG), None)
    if speed:
        return f"they look like times of the video at 1/{speed:g} of its speed: divide them by {speed:g}"
    return "they look like those of another or a longer video, or are no seconds from the video's start"


def guess_long_unit(end_s: float, duration_s: float) -> str:
    """Return the longer unit in which labels end where the video does, to stand after ``; ``; empty where none fits."""
    for factor, name in _LONG_UNITS:
        if abs(end_s * factor / duration_s - 1) <= _AS_LONG:
            return f"they look like {name}: multiply them by {factor:,.0f}"
    return ""
