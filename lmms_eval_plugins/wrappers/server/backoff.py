"""How long to wait before a request is sent again."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

_FIRST_S, _LONGEST_S = 1.0, 30.0


def backoff_s(attempt: int, chance: float) -> float:
    """Seconds to wait after a failed attempt: twice as long each time, up to half a minute, and not all at once.

    Args:
        attempt: how many have failed before, from 0.
        chance: a random number from 0 to 1, so that requests that failed together are not sent together again.
    """
    return float(min(_LONGEST_S, _FIRST_S * 2.0 ** min(attempt, 16)) * (0.5 + chance / 2))


def asked_to_wait_s(retry_after: str | None, now: float | None = None) -> float | None:
    """What a ``Retry-After`` header asks for: seconds, or a date; None where it says nothing that can be read.

    Args:
        retry_after: the header.
        now: seconds since 1970; None is now.
    """
    if retry_after is None:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(retry_after).timestamp() - (time.time() if now is None else now)
        except ValueError:
            return None
    return max(0.0, seconds) if seconds < float("inf") else None
