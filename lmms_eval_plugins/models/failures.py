"""Requests without an answer: what is said about them, and when they are no longer about single videos."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from loguru import logger

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.models.answering import Failure, Request
from lmms_eval_plugins.questions.reading import REFUSED_MARK
from lmms_eval_plugins.runs.answers import Reply

_SHOWN_REASONS = 3
_LONGEST = 300
_NUMBER = re.compile(r"[\w.-]*\d[\w.,-]*")
"""What differs between messages about the same: numbers of tokens, ids of requests."""


def failure_of(error: Exception, video_id: str, window: int | None = None, n_requests: int = 1) -> Failure:
    """Make a failure of an error about a video or one of its windows.

    The traceback of an error that nobody foresaw goes to the run's log.
    """
    if isinstance(error, UserError):
        return Failure(video_id, str(error), window, n_requests)
    where = video_id if window is None else f"{video_id}, window {window}"
    logger.opt(exception=error).error(f"{where}: an error that was not foreseen")
    reason = f"{type(error).__name__}: {' '.join(str(error).split())[:_LONGEST]} (a bug? the run's log shows where)"
    reason = reason if window is not None else f"{video_id}: {reason}"
    return Failure(video_id, reason, window, n_requests, cause=type(error).__name__)


def refused_reply(reason: str) -> Reply:
    """Return the reply that is recorded where a service refuses to answer."""
    return Reply(f"{REFUSED_MARK}: {reason}]", finish_reason="content_filter")


def refusal_in(reply: Reply) -> str | None:
    """Return why a service refused to answer; None where the reply is another one."""
    return reply.text[len(REFUSED_MARK) + 2 : -1] if reply.text.startswith(REFUSED_MARK) else None


def summed_up(failures: Sequence[Failure], asked: Mapping[str, int], verb: str = "failed") -> list[Failure]:
    """Return one failure for each video, which says how many of its requests it is about, and why.

    Args:
        failures: in the order in which they came.
        asked: video → its requests.
        verb: what the requests did.
    """
    by_video: dict[str, list[Failure]] = {}
    for failure in failures:
        by_video.setdefault(failure.video_id, []).append(failure)
    return [Failure(id, _described(id, of_video, asked.get(id, 0), verb)) for id, of_video in by_video.items()]


def _described(video_id: str, failures: Sequence[Failure], asked: int, verb: str) -> str:
    """Describe the failures of one video: first what is wrong with the file, then its requests by their reasons."""
    whole = next((one.reason for one in failures if one.window is None), None)
    single = [one for one in failures if one.window is not None]
    if not single:
        return whole or ""
    reasons: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for one in single:
        alike = _NUMBER.sub("#", one.reason)
        reasons.setdefault(alike, one.reason)
        counts[alike] += one.n_requests
    count, windows = counts.total(), sorted({one.window for one in single if one.window is not None})
    noun = "window" if len(windows) == 1 else "windows"
    head = f"{video_id}: {count:,} of {max(count, asked):,} requests {verb} ({noun} {listed(windows)}): "
    shown = counts.most_common(_SHOWN_REASONS)
    parts = [f"{n:,} × {reasons[alike]}" if len(counts) > 1 else reasons[alike] for alike, n in shown]
    more = [f"and {len(counts) - len(shown)} other reasons"] if len(counts) > len(shown) else []
    return "; ".join([*([whole] if whole else []), head + "; ".join([*parts, *more])])


_ALIKE, _IN_A_ROW = 3, 10


@dataclass(slots=True)
class FailingVideos:
    """Tells when failures are no longer about single videos: whoever answers then answers nothing.

    So it is where nothing was answered, and requests about three videos failed for the same reason; and where requests
    about ten videos failed in a row, and nothing was answered in between. One video may fail as often as it has
    windows.
    """

    _answered: bool = False
    _in_a_row: dict[str, None] = field(default_factory=dict)
    _by_cause: dict[str, set[str]] = field(default_factory=dict)

    def answer(self) -> None:
        """Count an answer."""
        self._answered = True
        self._in_a_row.clear()

    def fail(self, failure: Failure) -> None:
        """Count a failure.

        Raises:
            UserError: it is one too many.
        """
        if not failure.cause:
            return
        self._in_a_row[failure.video_id] = None
        alike = self._by_cause.setdefault(failure.cause, set())
        alike.add(failure.video_id)
        if not self._answered and len(alike) >= _ALIKE:
            raise UserError(
                f"nothing was answered, and requests about {_ALIKE} videos failed alike: {failure.reason};"
                " mend that and run the same command again"
            )
        if len(self._in_a_row) >= _IN_A_ROW:
            raise UserError(
                f"requests about {_IN_A_ROW} videos failed one after the other, the last: {failure.reason};"
                " what was answered is kept, the same command goes on from there"
            )


def refusals_in(replies: Iterable[tuple[Request, Reply]]) -> list[Failure]:
    """Return a failure for each reply that says that a service refused to answer."""
    return [
        Failure(request.row["video_id"], reason, request.row["window"])
        for request, reply in replies
        if (reason := refusal_in(reply)) is not None
    ]
