"""What a server sends back: the list of its models, replies, errors; and what tells them from nonsense."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any

Json = Mapping[str, Any]  # whatever a server sends
"""A JSON object."""

_MANY = 5
"""Models that are named at most."""


class Nonsense(Exception):
    """A server answers, but not as a chat server does; the message is what is wrong."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a reply.

    Attributes:
        text: its characters.
        likely: log-probability of the likeliest tokens in its place, by their text; of this one too.
    """

    text: str
    likely: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Completion:
    """A reply.

    Attributes:
        text: word for word; empty where the model was stopped before it wrote anything.
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
    """Return an error's words and its code, from ``error``, ``detail`` or ``message``; empty where there is none."""
    if not isinstance(value, dict):
        return "", ""
    found = value.get("error") or value.get("detail") or (value.get("message") if "choices" not in value else None)
    if isinstance(found, dict):
        code = found.get("code") or found.get("type") or ""
        return str(found.get("message") or found), str(code)
    return (str(found), "") if found else ("", "")


def read_completion(value: object) -> Completion:
    """Return the reply in the decoded JSON of a response.

    A model that refuses has replied. The reply of one that was stopped while still thinking, or by a filter, is empty.

    Raises:
        Nonsense: there is no reply in it.
    """
    if not isinstance(value, dict):
        raise Nonsense("its reply is no JSON object")
    message, _ = error_in(value)
    if message:
        raise Nonsense(f"its reply is an error: {message}")
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Nonsense("its reply has no choices")
    choice: Json = choices[0]
    ended, sent = choice.get("finish_reason"), _object(choice.get("message"))
    if ended == "error":
        raise Nonsense("its reply broke off with an error")
    text = sent.get("content")
    if text is None:
        text = sent.get("refusal")
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


def _tokens(logprobs: object, text: str) -> tuple[Token, ...]:
    """Return the tokens of a reply; none where they are of something else, as of the thinking before it."""
    try:
        tokens = tuple(Token(str(one["token"]), _likely(one)) for one in _list(logprobs))
    except (AttributeError, KeyError, TypeError, ValueError):
        return ()
    return tokens if tokens and text.strip().startswith(tokens[0].text.strip()) else ()


def _likely(token: Json) -> dict[str, float]:
    named = {str(one["token"]): float(one["logprob"]) for one in (*(token.get("top_logprobs") or ()), token)}
    return {name: logprob for name, logprob in named.items() if math.isfinite(logprob)}


def _list(value: object) -> list[Json]:
    return value if isinstance(value, list) else []


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _count(usage: Json, name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) else 0


@dataclass(frozen=True, slots=True)
class Served:
    """A model in a server's list, by what stays the same when the server is started anew.

    Attributes:
        id: its name there.
        root: the checkpoint that vLLM and SGLang loaded under this name; empty where the server does not say.
        owned_by: whose it is: of most, the kind of server.
    """

    id: str
    root: str = ""
    owned_by: str = ""

    def identity(self) -> dict[str, str]:
        """Return what tells it from others."""
        return asdict(self)


def read_models(value: object) -> list[Served]:
    """Return the models in the decoded JSON of ``/models``; none where it is no such list."""
    listed = value.get("data") if isinstance(value, dict) else None
    return [
        Served(str(one["id"]), *(str(one.get(name) or "") for name in ("root", "owned_by")))
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and "id" in one
    ]


def not_served(model: str, listed: list[Served]) -> str:
    """Write that a model is none of those listed, with the likest; nothing where it is, or no list is known."""
    names = [one.id for one in listed]
    if model in names or not names:
        return ""
    likest = get_close_matches(model, names, n=_MANY, cutoff=0.0)
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return f"; it serves no {model!r} but {', '.join(likest)}{more}"
