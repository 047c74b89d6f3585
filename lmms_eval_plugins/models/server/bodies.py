"""From the bytes of a response to JSON, in whichever way servers write it; a stream of events becomes one reply."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from typing import Any

from lmms_eval_plugins.core.json_files import parse_json

_DEEPEST = 64
"""Levels of nesting beyond which JSON is nonsense; a reply with log-probabilities has eight."""

_OF_TEXTS = ("utf-8", "utf-16", "utf-32", "iso8859", "cp", "gb", "big5", "euc", "shift", "koi8")
"""Beginnings of the names of encodings in which servers write."""

_JOINED = ("content", "refusal", "reasoning_content", "reasoning", "text")
"""Fields of which every event of a stream brings a piece."""


def decoded_body(body: bytes, encoding: str | None = None) -> object:
    """Return the JSON in the body of a response; None where there is none.

    Read are UTF-8, UTF-16 and UTF-32, with a byte order mark or without, and what a header declares; a value that is
    no number (``NaN``); and a stream of events, which some servers send although none was wanted.

    Args:
        body: the bytes, decompressed.
        encoding: as the response's header declares it.
    """
    try:
        return _parsed(body)
    except UnicodeDecodeError:
        text = body.decode(_known(encoding), errors="replace")
    except ValueError:
        text = body.decode("utf-8-sig", errors="replace")
    try:
        return _parsed(text)
    except ValueError:
        return _joined(_events(text))


def begins_as_json(body: bytes) -> bool:
    """Return whether a body that is no whole JSON begins as such: it broke off."""
    return body.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"[")


def _known(encoding: str | None) -> str:
    """Return an encoding of texts, of which Python knows others as well."""
    try:
        name = codecs.lookup(encoding or "latin-1").name
    except (LookupError, ValueError):
        return "latin-1"
    return name if name.startswith(_OF_TEXTS) else "latin-1"


def _parsed(text: str | bytes) -> object:
    """Parse JSON; ValueError where it is none, or too deep to be a server's."""
    value = parse_json(text)
    level = [value]
    for _ in range(_DEEPEST):
        if not level:
            return value
        level = [inner for one in level for inner in _inside(one)]
    raise ValueError("nested too deeply")


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _events(text: str) -> Iterator[dict[str, Any]]:
    """Yield the JSON objects of a stream of server-sent events; what is not JSON is passed over."""
    for event in "\n".join(text.splitlines()).split("\n\n"):
        lines = [line.removeprefix("data:").strip() for line in event.split("\n") if line.startswith("data:")]
        try:
            value = _parsed("\n".join(lines))
        except ValueError:
            continue
        if isinstance(value, dict):
            yield value


def _joined(events: Iterator[dict[str, Any]]) -> object:
    """Put the pieces of a stream together into one response; an error among them is the response."""
    whole: dict[str, Any] | None = None
    choice: dict[str, Any] = {}
    message: dict[str, Any] = {}
    tokens: list[object] = []
    for event in events:
        whole = {**(whole or {}), **{name: value for name, value in event.items() if value is not None}}
        if event.get("error"):
            return event
        listed = event.get("choices")
        for piece in listed if isinstance(listed, list) else ():
            if not isinstance(piece, dict) or piece.get("index") not in (None, 0):
                continue
            choice |= {name: value for name, value in piece.items() if value is not None}
            _add(message, piece.get("delta") or piece.get("message"))
            logprobs = piece.get("logprobs")
            found = logprobs.get("content") if isinstance(logprobs, dict) else None
            tokens += found if isinstance(found, list) else []
    if whole is None or not choice:
        return whole
    choice.pop("delta", None)
    return {**whole, "choices": [{**choice, "message": message, "logprobs": {"content": tokens} if tokens else None}]}


def _add(message: dict[str, Any], piece: object) -> None:
    """Add a piece of a message to what came before."""
    for name, value in piece.items() if isinstance(piece, dict) else ():
        before = message.get(name)
        same = (isinstance(before, str) and isinstance(value, str)) or (
            isinstance(before, list) and isinstance(value, list)
        )
        if value is not None:
            message[name] = before + value if name in _JOINED and same else value
