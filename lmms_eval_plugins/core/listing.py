"""Lists of names in messages, cut where they are long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

_MOST_BUT = 2
"""So many names stand behind ``every run but``."""

_MOST_NAMES = 4
"""So many names stand for themselves."""


def listed(words: Iterable[object], most: int = 5, by: str = ", ") -> str:
    """Join words, at most so many of them: ``a, b, c, d, e and 7 more``."""
    names = [str(word) for word in words]
    more = len(names) - most
    return by.join(names[:most]) + (f" and {more:,} more" if more > 0 else "")


def which_of(names: Sequence[str], every: Sequence[str], noun: str = "run") -> str:
    """Return whom a note is about, in few words: ``All``, their names, ``Every run but x``, or ``12 of 30 runs``.

    Args:
        names: whom it is about; a name stands twice where two have it.
        every: all that there are, in the order of the names.
        noun: what they are.
    """
    others = list((Counter(every) - Counter(names)).elements())
    if not others and len(every) > 1:
        return "All"
    if len(names) <= _MOST_NAMES:
        return _joined(names)
    if len(others) <= _MOST_BUT:
        return f"Every {noun} but {_joined(others)}"
    return f"{len(names)} of {len(every)} {noun}s"


def _joined(names: Sequence[str]) -> str:
    """Join names by commas, by semicolons where a name has commas itself."""
    return ("; " if any("," in name for name in names) else ", ").join(names)
