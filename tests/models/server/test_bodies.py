"""JSON in whichever way servers write it."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.models.server.bodies import begins_as_json, decoded_body
from lmms_eval_plugins.models.server.responses import read_completion

TEXT = "naïve – ja"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252"])
def test_encodings(encoding: str) -> None:
    text = TEXT if encoding.startswith(("utf", "cp")) else "naïve"
    body = json.dumps({"a": text}, ensure_ascii=False).encode(encoding)
    assert decoded_body(body, encoding) == {"a": text}
    for unknown in ("no-such", "hex", "undefined", "\0"):
        assert decoded_body('{"a": "naïve"}'.encode("latin-1"), unknown) == {"a": "naïve"}


def test_values_that_are_no_numbers() -> None:
    value = decoded_body(b'{"a": NaN, "b": -Infinity}')
    assert isinstance(value, dict) and math.isnan(value["a"]) and value["b"] == -math.inf


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"<html>",
        b"{",
        b"[" * 10**6,
        b'{"a":' * 10**6,
        b"[" * 99 + b"]" * 99,
        b"9" * 5000,
        b"\xff\xfe",
        b"data: x",
    ],
)
def test_what_is_no_json(body: bytes) -> None:
    assert decoded_body(body) is None
    assert begins_as_json(body) == body.startswith((b"{", b"["))


@given(st.binary(max_size=200), st.none() | st.text(max_size=5))
def test_any_bytes(body: bytes, encoding: str | None) -> None:
    decoded_body(body, encoding)


def stream(*events: object) -> bytes:
    lines = [event if isinstance(event, str) else f"data: {json.dumps(event)}" for event in events]
    return "\r\n\r\n".join(lines).encode()


def piece(**delta: object) -> dict[str, object]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}


def test_a_stream_of_events_is_one_reply() -> None:
    tokens = [{"token": word, "logprob": -1.0} for word in ("The", " hand")]
    body = stream(
        ": waiting",
        piece(role="assistant", content=None),
        piece(reasoning_content="H"),
        piece(reasoning_content="m"),
        *[{"choices": [{"delta": {"content": one["token"]}, "logprobs": {"content": [one]}}]} for one in tokens],
        {"choices": [{"index": 1, "delta": {"content": "another"}}]},
        {"choices": [{"delta": {}, "finish_reason": "length"}]},
        {"choices": [], "usage": {"prompt_tokens": 7}},
        "data: [DONE]",
    )
    read = read_completion(decoded_body(body))
    assert (read.text, read.finish_reason, read.reasoning_content) == ("The hand", "length", "Hm")
    assert [token.text for token in read.tokens] == ["The", " hand"] and read.prompt_tokens == 7


def test_an_error_in_a_stream() -> None:
    error = {"error": {"message": "died"}}
    assert decoded_body(stream(piece(content="The"), error)) == error
