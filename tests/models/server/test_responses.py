"""Reading replies, and headers that ask to wait."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.models.server.client import backoff_s, retry_after_s
from lmms_eval_plugins.models.server.responses import (
    Nonsense,
    Served,
    error_in,
    not_served,
    read_completion,
    read_models,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "error", "logprobs", "usage", "data", "id", "token", "top_logprobs"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_comes_is_a_reply_or_nonsense(value: object) -> None:
    try:
        assert isinstance(read_completion(value).text, str)
    except Nonsense as error:
        assert str(error)
    assert isinstance(read_models(value), list) and all(isinstance(part, str) for part in error_in(value))


def reply(text: str | None, ended: str = "stop", **choice: Any) -> dict[str, Any]:
    return {"choices": [{"finish_reason": ended, "message": {"content": text}, **choice}]}


def test_a_model_that_was_stopped_while_thinking_said_nothing() -> None:
    assert read_completion(reply(None, "length")).text == ""
    with pytest.raises(Nonsense, match="no content"):
        read_completion(reply(None))


def test_log_probabilities_of_the_thinking_are_not_those_of_the_reply() -> None:
    thinking = {"content": [{"token": "<think>", "logprob": -0.1}]}
    made = read_completion(reply("yes", logprobs=thinking))
    assert made.tokens == () and made.has_logprobs and not read_completion(reply("yes")).has_logprobs
    own = {"content": [{"token": " Yes", "logprob": -0.1, "top_logprobs": [{"token": "No", "logprob": float("nan")}]}]}
    (token,) = read_completion(reply("Yes", logprobs=own)).tokens
    assert token.text == " Yes" and token.likely == {" Yes": -0.1}


@pytest.mark.parametrize(
    ("value", "message", "code"),
    [
        ({"error": {"message": "no", "code": "bad", "type": "x"}}, "no", "bad"),
        ({"error": "no"}, "no", ""),
        ({"detail": "no"}, "no", ""),
        ({"object": "error", "message": "no"}, "no", ""),
        ({"choices": []}, "", ""),
        ("no", "", ""),
    ],
)
def test_errors_as_servers_write_them(value: object, message: str, code: str) -> None:
    assert error_in(value) == (message, code)


def test_the_nearest_model_is_named() -> None:
    listed = read_models({"data": [{"id": "a/7B", "root": "/w"}, {"id": "b"}, {"object": "model"}]})
    assert listed == [Served("a/7B", "/w"), Served("b")]
    assert not_served("b", listed) == "" == not_served("b", [])
    assert not_served("a/7b", listed) == "; it serves no 'a/7b' but a/7B, b"
    assert not_served("ba", listed[::-1]) == "; it serves no 'ba' but b, a/7B"
    many = [Served(f"m{i}") for i in range(9)]
    assert not_served("m", many).endswith(" and 4 more") and not_served("m", many).count(",") == 4


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("2", 2.0),
        ("0.5", 0.5),
        ("-1", 0.0),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 40.0),
        ("Thu, 01 Jan 1970 00:00:10 GMT", 0.0),
        ("soon", None),
        ("inf", None),
        ("nan", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after_s(header, now=60.0) == seconds


@given(st.integers(0, 10**6), st.floats(0, 1))
def test_waits_grow_up_to_half_a_minute_and_differ(attempt: int, chance: float) -> None:
    wait = backoff_s(attempt, chance)
    assert 0.5 <= wait <= 30 and wait <= backoff_s(attempt + 1, 1.0)
    assert backoff_s(attempt, 0.0) < backoff_s(attempt, 1.0) == min(30.0, 2.0 ** min(attempt, 20))
