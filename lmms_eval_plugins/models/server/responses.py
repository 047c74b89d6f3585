"""What a server sends back: the list of its models, replies, errors; and what tells them from nonsense."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from lmms_eval_plugins.models.server.faults import error_in, filter_reason

Json = Mapping[str, Any]  # whatever a server sends
"""A JSON object."""

_MANY, _LONGEST_NAME = 5, 100
"""Models that are named at most, and characters of each."""

_TOO_MANY = 1 << 40
"""So many tokens no request has."""


class Nonsense(Exception):
    """A server answers, but not as a chat server does; the message is what is wrong."""


class Withheld(Exception):
    """A filter of the service withholds the reply; the message is why."""


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
        finish_reason: why the model ended, see `lmms_eval_plugins.runs.answers.Reply`.
        reasoning_content: the thinking before the text, where it came apart from it.
        tokens: of the text, where the server gives log-probabilities.
        has_logprobs: whether it gives any, be it of the text or of the thinking before it.
        prompt_tokens: tokens of the request, as the server counts them.
        cached_tokens: how many of these it still knew from a request before.
        completion_tokens: tokens of the reply.
    """

    text: str
    finish_reason: str | None = None
    reasoning_content: str | None = None
    tokens: tuple[Token, ...] = ()
    has_logprobs: bool = False
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0


_FINISHES = {
    "stop": "stop eos eos_token end_turn end stop_sequence stop_token stopped finish finished complete completed done",
    "length": "length max_tokens max_length max_output_tokens max_completion_tokens model_length token_limit",
    "content_filter": "content_filter content_filtered contentfilter safety image_safety recitation prohibited_content"
    " blocklist spii sensitive refusal guardrail_intervened guardrail moderation language",
    "tool_calls": "tool_calls tool_call function_call tool_use",
    "error": "error abort aborted cancelled canceled failed timeout malformed_function_call",
}
_FINISH = {spelling: word for word, spellings in _FINISHES.items() for spelling in spellings.split()}


def finish_of(value: object) -> str | None:
    """Return why a model ended, by OpenAI's words or ``error``, whatever the server's are; None where it is unclear."""
    found = value.get("type") if isinstance(value, dict) else value
    return _FINISH.get(found.lower().removeprefix("finish_reason_")) if isinstance(found, str) else None


def read_completion(value: object) -> Completion:
    """Return the reply in the decoded JSON of a response.

    A model that refuses has replied. The reply of one that was stopped while still thinking is empty.

    Raises:
        Nonsense: there is no reply in it.
        Withheld: a filter of the service withholds it.
    """
    if not isinstance(value, dict):
        raise Nonsense("its reply is no JSON object")
    choices = [one for one in _list(value.get("choices")) if isinstance(one, dict)]
    choice: Json = choices[0] if choices else {}
    if error := error_in(value) or error_in({"error": choice.get("error")}):
        if error.refuses(200):
            raise Withheld(error.message)
        raise Nonsense(f"its reply is an error: {error.message}")
    if not choices:
        if reason := filter_reason(value):
            raise Withheld(reason)
        raise Nonsense("its reply has no choices")
    ended = finish_of(choice.get("finish_reason") or choice.get("stop_reason"))
    sent = _object(choice.get("message") or choice.get("delta"))
    text, thinking = _written(sent)
    if ended == "content_filter" and not (text or "").strip():
        raise Withheld(filter_reason(choice) or filter_reason(value) or "its filter withheld the reply")
    if ended == "error":
        raise Nonsense("its reply broke off with an error")
    if text is None and not thinking and ended != "length":
        called = "but calls a tool" if ended == "tool_calls" else "of text"
        raise Nonsense(f"its reply has no content {called}")
    usage, logprobs = _object(value.get("usage")), _object(choice.get("logprobs")).get("content")
    return Completion(
        text or "",
        ended,
        thinking,
        _tokens(logprobs, text or ""),
        bool(logprobs),
        _count(usage, "prompt_tokens"),
        _count(_object(usage.get("prompt_tokens_details")), "cached_tokens"),
        _count(usage, "completion_tokens"),
    )


_THINKING = ("reasoning_content", "reasoning", "thinking", "reasoning_details", "thinking_blocks")


def _written(sent: Json) -> tuple[str | None, str | None]:
    """Return the text of a message, or its refusal, and the thinking beside it; None for each that it has not."""
    content = sent.get("content")
    parts = content if isinstance(content, list) else [content]
    texts = [part for part in map(_text_of, parts) if part is not None]
    apart = next((words for name in _THINKING if (words := _thought_in(sent.get(name)))), "")
    thinking = "\n".join(words for words in (apart, *map(_thought_in, filter(_is_thinking, parts))) if words)
    refusal = sent.get("refusal")
    text = "".join(texts) if texts else refusal if isinstance(refusal, str) else None
    return text, thinking or None


def _is_thinking(part: object) -> bool:
    kind = part.get("type") if isinstance(part, dict) else None
    return isinstance(kind, str) and ("think" in kind or "reason" in kind)


def _text_of(part: object) -> str | None:
    """Return the text of a part of a message; None where it is something else, as thinking or a picture."""
    if isinstance(part, str):
        return part
    if not isinstance(part, dict) or part.get("type", "text") not in ("text", "output_text", "refusal"):
        return None
    return next((part[name] for name in ("text", "refusal", "content") if isinstance(part.get(name), str)), None)


def _thought_in(part: object) -> str:
    """Return the thinking in a field or a part of a message, in whichever shape; empty where there is none."""
    if isinstance(part, str):
        return part
    if isinstance(part, list):
        return "\n".join(words for words in map(_thought_in, part) if words)
    if not isinstance(part, dict):
        return ""
    return next((words for name in (*_THINKING, "summary", "text") if (words := _thought_in(part.get(name)))), "")


def _tokens(logprobs: object, text: str) -> tuple[Token, ...]:
    """Return the tokens of a reply; none where they are of something else, as of the thinking before it."""
    try:
        tokens = tuple(Token(str(one["token"]), _likely(one)) for one in _list(logprobs))
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError):
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
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _TOO_MANY else 0


@dataclass(frozen=True, slots=True)
class Served:
    """A model in a server's list, by what stays the same when the server is started anew.

    Attributes:
        id: its name there.
        root: the checkpoint that vLLM and SGLang loaded under this name; empty where the server does not say.
        owned_by: whose it is: of most, the kind of server.
        context: tokens of prompt and reply that it takes, as vLLM says; 0 where the server does not say.
    """

    id: str
    root: str = ""
    owned_by: str = ""
    context: int = 0

    def identity(self) -> dict[str, str]:
        """Return what tells it from others."""
        return {"id": self.id, "root": self.root, "owned_by": self.owned_by}


def read_models(value: object) -> list[Served]:
    """Return the models in the decoded JSON of ``/models``; none where it is no such list."""
    listed = value.get("data") if isinstance(value, dict) else None
    return [
        Served(str(one["id"]), str(one.get("root") or ""), str(one.get("owned_by") or ""), _count(one, "max_model_len"))
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
    shown = [name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}…" for name in likest]
    return f"; it serves no {model!r} but {', '.join(shown)}{more}"
