"""What an error of a server means: its words and codes, and whether a filter of the service refused the request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_CODES = ("code", "type", "status", "reason", "error_code", "status_code")
_PLACES = ("error", "errors", "fault", "base_resp", "detail")
_WORDS = ("message", "msg", "error_msg", "error_message", "status_msg", "errorMessage", "faultstring", "title")

_FILTER_CODE = re.compile(
    r"content.?(filter|policy|safety|moderation|violation|inspection|management)|data.?inspection|responsible.?ai"
    r"|moderat|^(image.?)?safety|unsafe|sensitive|guardrail|prohibited|block.?list|prompt.?block|flagged|inappropriate"
    r"|policy.?violation|usage.?polic|^refusal$|^recitation$|^spii$"
)
"""Codes and types with which services say that their filter refused."""

_FILTER_WORDS = re.compile(
    r"content[ _-]?(filter|policy|policies|moderation|management policy|safety)"
    r"|contentpolicyviolation|responsible ?ai"
    r"|(violat\w*|flagged|against|breach\w*)\b.{0,60}\b(usage|content|safety|community|acceptable use|use)"
    r" (guideline|polic|rule|standard)"
    r"|(usage|safety) polic(y|ies)\b.{0,40}\bviolat"
    r"|(prompt|input|output|response|content|request|image|video)s?( \w+){0,4} (flagged|moderated|filtered)\b"
    r"|(prompt|input|content)s? (was |were |is |has been |have been )?blocked"
    r"|block.?reason|inappropriate content|content exists risk|sensitive (content|words?)|prohibited.content"
    r"|safety (system|filter|check|setting|guideline|guardrail|reason)|safety_check"
    r"|guardrail|requires moderation|moderation (system|filter|blocked)|harm categor"
    r"|敏感|违规|不安全|内容安全|风险内容",
    re.DOTALL,
)
"""Words with which services say so where no code does."""

_FILTER_FIELDS = {"flagged_input", "contentFilter"}
"""Fields that only the error of a filter has."""

_NO_FILTER = (401, 404, 408, 413, 429)
"""Statuses that are about something else, whatever the words are."""


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error, as a server writes it.

    Attributes:
        message: its words.
        codes: its codes, types and statuses, the outermost first.
        filtered: whether it says, in fields of its own, that a filter refused the request.
    """

    message: str
    codes: tuple[str, ...] = ()
    filtered: bool = False

    @property
    def status(self) -> int | None:
        """The HTTP status that is among the codes, where there is one."""
        numbers = (int(code) for code in self.codes if code.isascii() and code.isdecimal() and len(code) == 3)
        return next((number for number in numbers if 400 <= number < 600), None)

    def refuses(self, status: int) -> bool:
        """Return whether a filter of the service refused the request, which it will do again.

        In doubt it did not: what merely failed is asked again by the next run.
        """
        if status in _NO_FILTER:
            return False
        by_code = any(_FILTER_CODE.search(code.lower()) for code in self.codes)
        return self.filtered or by_code or bool(_FILTER_WORDS.search(self.message.lower()))


def error_in(value: object) -> ErrorBody | None:
    """Return the error in the decoded JSON of a response; None where there is none.

    It may be under ``error``, ``errors``, ``detail``, ``fault`` or ``base_resp``, as text, object or list, in a list
    of its own, or flat beside what is no reply.
    """
    body = next((one for one in value if isinstance(one, dict)), None) if isinstance(value, list) else value
    if not isinstance(body, dict):
        return None
    for name in _PLACES:
        found = body.get(name)
        if not found or (name == "base_resp" and not _failed(found)) or (name == "detail" and body.get("choices")):
            continue
        beside = _message_of({word: body.get(word) for word in _WORDS[:-1]}) if isinstance(found, str | bool) else ""
        words = ": ".join(part for part in (_message_of(found), beside) if part) or str(found)
        return ErrorBody(words, tuple(_codes_of(found, body)), _filtered(body))
    if "choices" not in body and (message := _message_of(body)):
        return ErrorBody(message, tuple(_codes_of(body)), _filtered(body))
    return None


def filter_reason(value: object) -> str:
    """Return why a filter withheld a reply, as a response without choices or text says; empty where it does not say."""
    body = value if isinstance(value, dict) else {}
    for one in _within(body):
        if reason := next((one[name] for name in ("blockReason", "block_reason") if one.get(name)), None):
            return f"the prompt was blocked ({reason})"
        if isinstance(one.get("filtered"), bool) and one["filtered"]:
            severity = one.get("severity")
            return f"filtered (severity {severity})" if isinstance(severity, str) else "filtered"
    return ""


def _failed(found: object) -> bool:
    """Return whether a status inside of a response is one of failure; 0 is none."""
    return isinstance(found, dict) and str(found.get("status_code") or "0") != "0"


def _message_of(found: object) -> str:
    """Return the words of an error, be they in an object in it, or in the first of several; empty where it has none."""
    if isinstance(found, str):
        return found
    if isinstance(found, list):
        parts = [_message_of(one) for one in found]
        return "; ".join(part for part in parts if part)
    if not isinstance(found, dict):
        return ""
    for name in (*_WORDS, "error", "detail"):
        if words := _message_of(found.get(name)):
            where = found.get("loc")
            path = ".".join(map(str, where)) if isinstance(where, list) else ""
            return f"{path}: {words}" if path and name == "msg" else words
    return ""


def _codes_of(*places: object) -> Iterator[str]:
    """Yield codes, types and statuses, of the places first, then of what is inside of them."""
    for place in places:
        for one in _within(place):
            for name in _CODES:
                code = one.get(name)
                if code and isinstance(code, str | int) and not isinstance(code, bool):
                    yield str(code)


def _filtered(body: Mapping[str, Any]) -> bool:
    """Return whether an error's own fields say that a filter was at work, as Azure's and OpenRouter's do."""
    return bool(filter_reason(body)) or any(not _FILTER_FIELDS.isdisjoint(one) for one in _within(body))


def _within(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield the objects in a value, outer ones first."""
    level: Sequence[object] = [value]
    while level:
        yield from (one for one in level if isinstance(one, dict))
        lists = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list))
        level = [inner for one in lists for inner in one]
