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
    Withheld,
    finish_of,
    not_served,
    read_completion,
    read_models,
)

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["stop", "length", "content_filter", "SAFETY", "error", "tool_calls", "text", "thinking"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "message",
                    "content",
                    "error",
                    "logprobs",
                    "usage",
                    "data",
                    "id",
                    "token",
                    "top_logprobs",
                    "finish_reason",
                    "delta",
                    "type",
                    "text",
                    "refusal",
                    "reasoning_content",
                    "reasoning_details",
                    "detail",
                    "code",
                    "filtered",
                    "prompt_tokens",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_whatever_comes_is_a_reply_or_not(value: object) -> None:
    try:
        reply = read_completion(value)
        assert isinstance(reply.text, str) and reply.finish_reason in (
            None,
            "stop",
            "length",
            "content_filter",
            "tool_calls",
        )
        assert reply.reasoning_content is None or reply.reasoning_content
    except (Nonsense, Withheld) as error:
        assert str(error)
    assert isinstance(read_models(value), list)


def reply(content: object, ended: object = "stop", message: str = "message", **choice: Any) -> dict[str, Any]:
    return {"choices": [{"finish_reason": ended, message: {"content": content}, **choice}]}


def test_a_model_that_was_stopped_while_thinking_said_nothing() -> None:
    assert read_completion(reply(None, "length")).text == ""
    thinking = {"choices": [{"finish_reason": "length", "message": {"content": "", "reasoning_content": "Hm"}}]}
    read = read_completion(thinking)
    assert (read.text, read.finish_reason, read.reasoning_content) == ("", "length", "Hm")
    with pytest.raises(Nonsense, match="no content"):
        read_completion(reply(None))
    with pytest.raises(Nonsense, match="but calls a tool"):
        read_completion(reply(None, "tool_calls"))


@pytest.mark.parametrize(
    ("content", "text", "thinking"),
    [
        ("yes", "yes", None),
        ([{"type": "text", "text": "y"}, {"type": "output_text", "text": "es"}], "yes", None),
        (["y", "es"], "yes", None),
        ({"type": "text", "text": "yes"}, "yes", None),
        ([{"text": "yes"}], "yes", None),
        ([{"type": "refusal", "refusal": "I will not."}], "I will not.", None),
        ([{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "yes"}], "yes", "Hm"),
        (
            [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}, {"type": "text", "text": "no"}],
            "no",
            "Hm",
        ),
        ([{"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]}], "", "Hm"),
        ([{"type": "image_url", "image_url": {"url": "x"}}, {"type": "text", "text": "yes"}], "yes", None),
    ],
)
def test_parts_of_a_message(content: object, text: str, thinking: str | None) -> None:
    read = read_completion(reply(content))
    assert (read.text, read.reasoning_content) == (text, thinking)


@pytest.mark.parametrize(
    "beside",
    [
        {"reasoning_content": "Hm"},
        {"reasoning": "Hm", "reasoning_details": [{"type": "reasoning.text", "text": "Hm"}]},
        {"reasoning_details": [{"type": "reasoning.summary", "summary": "Hm"}]},
        {"reasoning_details": [{"type": "reasoning.encrypted", "data": "x"}, {"type": "reasoning.text", "text": "Hm"}]},
        {"thinking_blocks": [{"type": "thinking", "thinking": "Hm", "signature": "x"}]},
    ],
)
def test_thinking_that_comes_apart(beside: dict[str, object]) -> None:
    for name in ("message", "delta"):
        value = {"choices": [{"finish_reason": "stop", name: {"content": "yes", **beside}}]}
        read = read_completion(value)
        assert (read.text, read.reasoning_content) == ("yes", "Hm")


@pytest.mark.parametrize(
    ("found", "word"),
    [
        ("stop", "stop"),
        ("eos", "stop"),
        ("end_turn", "stop"),
        ("STOP", "stop"),
        ({"type": "stop", "matched": 7}, "stop"),
        ("length", "length"),
        ("max_tokens", "length"),
        ("MAX_TOKENS", "length"),
        ("FINISH_REASON_MAX_TOKENS", "length"),
        ("content_filter", "content_filter"),
        ("SAFETY", "content_filter"),
        ("function_call", "tool_calls"),
        ("sung", None),
        (None, None),
        (7, None),
        ({}, None),
    ],
)
def test_why_a_model_ended(found: object, word: str | None) -> None:
    assert finish_of(found) == word == read_completion(reply("yes", found)).finish_reason


def test_a_text_that_a_filter_cuts_off_is_kept() -> None:
    read = read_completion(reply("The hand", "content_filter"))
    assert (read.text, read.finish_reason) == ("The hand", "content_filter")


ODD_COUNTS: tuple[object, ...] = (True, -1, "7", 7.5, {}, 10**400)


@pytest.mark.parametrize("usage", [None, [], *({"prompt_tokens": count} for count in ODD_COUNTS)])
def test_counts_of_odd_types(usage: object) -> None:
    assert read_completion({**reply("yes"), "usage": usage}).prompt_tokens == 0
    assert read_completion({**reply("yes"), "usage": {"prompt_tokens": 7}}).prompt_tokens == 7


@pytest.mark.parametrize(
    "logprobs",
    [
        [],
        "x",
        {"content": "x"},
        {"content": [None]},
        {"content": [{"token": "yes", "logprob": 10**400}]},
        {"content": [{"token": "yes", "logprob": -1, "top_logprobs": {"yes": -1}}]},
        {"tokens": ["yes"], "token_logprobs": [-1]},
    ],
)
def test_log_probabilities_in_odd_shapes_are_none(logprobs: object) -> None:
    assert read_completion(reply("yes", logprobs=logprobs)).tokens == ()


def test_log_probabilities_of_the_thinking_are_not_those_of_the_reply() -> None:
    thinking = {"content": [{"token": "<think>", "logprob": -0.1}]}
    made = read_completion(reply("yes", logprobs=thinking))
    assert made.tokens == () and made.has_logprobs and not read_completion(reply("yes")).has_logprobs
    own = {"content": [{"token": " Yes", "logprob": -0.1, "top_logprobs": [{"token": "No", "logprob": float("nan")}]}]}
    (token,) = read_completion(reply("Yes", logprobs=own)).tokens
    assert token.text == " Yes" and token.likely == {" Yes": -0.1}


def test_the_nearest_model_is_named() -> None:
    listed = read_models({"data": [{"id": "a/7B", "root": "/w"}, {"id": "b"}, {"object": "model"}]})
    assert listed == [Served("a/7B", "/w"), Served("b")]
    assert not_served("b", listed) == "" == not_served("b", [])
    assert not_served("a/7b", listed) == "; it serves no 'a/7b' but a/7B, b"
    assert not_served("ba", listed[::-1]) == "; it serves no 'ba' but b, a/7B"
    many = [Served(f"m{i}") for i in range(9)]
    assert len(not_served("m", [Served("m" * 3000)])) < 150
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
