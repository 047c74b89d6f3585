"""What comes back: the reply of a chat request, and what tells it from nonsense."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Nonsense(Exception):
    """A server answers, but not as a chat server does; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a reply.

    Attributes:
        text: what it says.
        likely: log-probability of the likeliest tokens in its place, by their text; of this one too.
    """

    text: str
    likely: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Completion:
    """A reply.

    Attributes:
        text: word for word; empty where the model was stopped before it said anything.
        tokens: of the text, where the server gives log-probabilities.
        has_logprobs: whether it gives any, be it of the text or of the thinking before it.
        prompt_tokens: tokens of the request, as the server counts them.
        cached_tokens: how many of these it still knew from a request before.
        completion_tokens: tokens of the reply.
    """

    text: str
    tokens: tuple[Token, ...] = ()
    has_logprobs: bool = False
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0


def error_in(value: object) -> tuple[str, str]:
    """An error's words and its code, as servers write them: in ``error``, ``detail`` or ``message``; else empty."""
    if not isinstance(value, dict):
        return "", ""
    found = value.get("error") or value.get("detail") or (value.get("message") if "choices" not in value else None)
    if isinstance(found, dict):
        code = found.get("code") or found.get("type") or ""
        return str(found.get("message") or found), str(code)
    return (str(found), "") if found else ("", "")


def read_completion(value: object) -> Completion:
    """The reply in the decoded JSON of a response.

    A model that refuses has replied. One that was stopped while still thinking, or by a filter, has said nothing.

    Raises:
        Nonsense: there is no reply in it.
    """
    if not isinstance(value, dict):
        raise Nonsense("its reply is no JSON object")
    said, _ = error_in(value)
    if said:
        raise Nonsense(f"its reply is an error: {said}")
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Nonsense("its reply has no choices")
    choice: dict[str, Any] = choices[0]
    ended, message = choice.get("finish_reason"), _object(choice.get("message"))
    if ended == "error":
        raise Nonsense("its reply broke off with an error")
    text = message.get("content")
    if text is None:
        text = message.get("refusal")
    if text is None and ended in ("length", "content_filter"):
        text = ""
    if not isinstance(text, str):
        raise Nonsense("its reply has no content")
    usage, logprobs = _object(value.get("usage")), _object(choice.get("logprobs")).get("content")
    return Completion(
        text,
        _tokens(logprobs, text),
        bool(logprobs),
        _count(usage, "prompt_tokens"),
        _count(_object(usage.get("prompt_tokens_details")), "cached_tokens"),
        _count(usage, "completion_tokens"),
    )


def _tokens(logprobs: Any, text: str) -> tuple[Token, ...]:
    """The tokens of a reply; none where they are of something else, as of the thinking before it."""
    try:
        tokens = tuple(Token(str(one["token"]), _likely(one)) for one in logprobs or ())
    except (AttributeError, KeyError, TypeError, ValueError):
        return ()
    return tokens if tokens and text.strip().startswith(tokens[0].text.strip()) else ()


def _likely(token: Mapping[str, Any]) -> dict[str, float]:
    named = {str(one["token"]): float(one["logprob"]) for one in (*(token.get("top_logprobs") or ()), token)}
    return {name: logprob for name, logprob in named.items() if math.isfinite(logprob)}


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(usage: Mapping[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) else 0
