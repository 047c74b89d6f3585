"""Days of sessions: a date, or the number of the day since a beginning, which a de-identified dataset has."""

from __future__ import annotations

import re
from datetime import date

_DAY = re.compile(r"(day\s*)?\d{1,6}", re.IGNORECASE)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Session = tuple[str, int]
"""The day of a session: ``date`` or ``day``, and its number, by which sessions of one kind are in order."""


def session_of(text: str) -> Session:
    """Return the day that a text names.

    Args:
        text: ``2026-11-30`` (ISO 8601), or a whole number of days from 0 up, such as days since the stroke: ``14``,
            ``day 14``.

    Raises:
        ValueError: it is neither; the message completes "the date …".

    >>> session_of("2026-01-02") < session_of("2026-01-10"), session_of("day 14")
    (True, ('day', 14))
    """
    cell = text.strip()
    if _DAY.fullmatch(cell) and cell.isascii():
        return "day", int(re.sub(r"\D", "", cell))
    try:
        if not _DATE.fullmatch(cell):
            raise ValueError
        return "date", date.fromisoformat(cell).toordinal()
    except ValueError:
        what = "is negative" if re.fullmatch(r"-\d+", cell) else "is no day"
        raise ValueError(f"{what} (found {text!r}); write 2026-11-30, or a number of days from 0 up") from None
