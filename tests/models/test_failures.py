"""What is said about requests without an answer, and when they are no longer about single videos."""

from __future__ import annotations

import pytest
from loguru import logger

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Failure
from lmms_eval_plugins.models.failures import FailingVideos, failure_of, refusal_in, refused_reply, summed_up
from lmms_eval_plugins.runs.answers import Reply


def test_one_line_per_video() -> None:
    failures = [
        Failure("a", "HTTP 400: 4097 tokens, id a-1", 4),
        Failure("b", "b.mp4: truncated"),
        Failure("a", "HTTP 400: 5000 tokens, id b-2", 4),
        Failure("a", "no choices", 7, n_requests=3),
    ]
    first, second = summed_up(failures, {"a": 120})
    assert first == Failure(
        "a", "a: 5 of 120 requests failed (windows 4, 7): 3 × no choices; 2 × HTTP 400: 4097 tokens, id a-1"
    )
    assert second == Failure("b", "b.mp4: truncated")
    (both,) = summed_up([Failure("a", "odd", 0), Failure("a", "a.mp4: truncated")], {"a": 8}, "refused")
    assert both.reason == "a.mp4: truncated; a: 1 of 8 requests refused (window 0): odd"
    (many,) = summed_up([Failure("a", word, 0) for word in ("p", "q", "r", "s", "t")], {"a": 8})
    assert many.reason.endswith(": 1 × p; 1 × q; 1 × r; and 2 other reasons")


def test_a_refusal_is_known_again() -> None:
    reply = refused_reply("HTTP 400: no [x]")
    assert reply.finish_reason == "content_filter" and refusal_in(reply) == "HTTP 400: no [x]"
    assert refusal_in(Reply("no", finish_reason="content_filter")) is None


def test_an_error_that_nobody_foresaw_leaves_its_traceback() -> None:
    lines: list[str] = []
    sink = logger.add(lines.append, level="ERROR")
    try:
        failure = failure_of(KeyError("x"), "v", 3, 2)
        assert failure == Failure("v", "KeyError: 'x' (a bug? the run's log shows where)", 3, 2, "KeyError")
        assert failure_of(UserError("v: too small"), "v", 3) == Failure("v", "v: too small", 3)
    finally:
        logger.remove(sink)
    assert len(lines) == 1 and lines[0].count("v, window 3") == 1 and "KeyError" in lines[0]


def failed(video: int, cause: str = "HTTP 400") -> Failure:
    return Failure(f"v{video}", cause, 0, cause=cause)


def test_three_videos_that_fail_alike_before_anything_is_answered_end_it() -> None:
    failing = FailingVideos()
    for _ in range(1000):
        failing.fail(failed(0))
        failing.fail(failed(1))
    failing.fail(failed(2, "HTTP 413"))
    failing.fail(Failure("v3", "v3.mp4: truncated"))
    with pytest.raises(UserError, match="nothing was answered, and requests about 3 videos failed alike: HTTP 400"):
        failing.fail(failed(4))


def test_ten_videos_in_a_row_end_it_too() -> None:
    failing = FailingVideos()
    failing.answer()
    for video in range(9):
        failing.fail(failed(video))
    failing.answer()
    for video in range(9):
        failing.fail(failed(video))
        failing.fail(failed(video))
    with pytest.raises(UserError, match="requests about 10 videos failed one after the other, the last: HTTP 400"):
        failing.fail(failed(9))
