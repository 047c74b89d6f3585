"""The one redactor: it knows the secrets that this process uses, and hides them in all that is written or printed."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TextIO
from urllib.parse import quote, quote_plus

from lmms_eval_plugins.core.secret_names import MARK, is_secret, secrets_in_urls, shown_urls, tokens_in, without_tokens

REDACTED = "(secret hidden)"
"""What stands in the place of a secret in use, wherever a text had it."""

_SHORTEST = 6
"""A value with fewer characters, as ``1``, ``true`` or ``EMPTY``, is a setting and occurs everywhere."""

_WORD = re.compile(r"[a-z]{1,11}|[A-Z]{1,11}")
"""A secret that is but a word is replaced where it stands alone: parts of names and paths are no secrets."""


class SecretsInUse:
    """The secrets that a process knows, and what they look like in any text."""

    def __init__(self) -> None:
        self._values: dict[str, None] = {}
        self._forms: tuple[str, ...] = ()
        self._pattern: re.Pattern[str] | None = None

    def add(self, values: Iterable[object]) -> None:
        """Learn secrets; what is too short to be one is left out."""
        texts = (str(value).strip() for value in values)
        new = [text for text in texts if len(text) >= _SHORTEST and re.search(r"\w", text) and text not in self._values]
        if new:
            self._values |= dict.fromkeys(new)
            self._forms = tuple(
                sorted({form for one in self._values for form in _forms_of(one)}, key=len, reverse=True)
            )
            self._pattern = re.compile("|".join(map(_pattern_of, self._forms)))

    def __bool__(self) -> bool:
        return bool(self._values)

    def clear(self) -> None:
        """Forget all."""
        self._values, self._forms, self._pattern = {}, (), None

    def redacted(self, text: str) -> str:
        """Return a text with all secrets in it hidden, also those that are encoded."""
        if self._pattern is None or not any(form in text for form in self._forms):  # much faster than the pattern
            return text
        return self._pattern.sub(REDACTED, text)


IN_USE = SecretsInUse()
"""The secrets of this process. They are known to all of it, so that no place where it writes can be forgotten."""


def redacted(text: str) -> str:
    """Return a text without the secrets that this process uses."""
    return IN_USE.redacted(text)


def redacted_message(text: str) -> str:
    """Return a message without the secrets that this process uses, and without tokens that are known by their form."""
    return without_tokens(redacted(text))


def redacted_values(value: Any) -> Any:  # whatever JSON or lmms-eval has
    """Return nested mappings and lists with the secrets in use hidden in all of their texts."""
    if not IN_USE:
        return value
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {redacted(key) if isinstance(key, str) else key: redacted_values(one) for key, one in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(redacted_values, value))
    return value


def redacted_json(text: str, indent: int | None = None) -> str:
    """Return JSON without secrets, and with non-ASCII characters as they are; it stays JSON whatever a secret is."""
    if redacted(text) == text:
        return text
    return json.dumps(redacted_values(json.loads(text)), indent=indent, ensure_ascii=False)


def hidden_settings(values: Mapping[str, object]) -> dict[str, object]:
    """Return settings as they may be shown: whatever is secret by its name or form is hidden, at any depth."""
    return {str(key): _shown(str(key), value) for key, value in values.items()}


def learn_settings(values: Mapping[str, object]) -> None:
    """Learn the secrets in settings, by their names or forms, at any depth.

    A part of an address that is also a setting of its own, as the model's name may be, is no secret.
    """
    plain = {value for key, value in values.items() if isinstance(value, str) and not is_secret(key)}
    IN_USE.add(one for one in _secrets_in(values) if one not in plain)


def _shown(key: str, value: object) -> object:
    if is_secret(key):
        return MARK
    if isinstance(value, str):
        return without_tokens(shown_urls(value))
    if isinstance(value, Mapping):
        named = _names_a_secret(value)
        return {
            str(inner): MARK if named and str(inner).lower() in _VALUES else _shown(str(inner), one)
            for inner, one in value.items()
        }
    if isinstance(value, list | tuple):
        if _is_secret_pair(value):
            return [value[0], MARK]
        return [_shown("", one) for one in value]
    return value


_NAMES, _VALUES = ("name", "key", "header"), ("value", "values")
"""Keys of a mapping that stands for a single field, as ``{name: Authorization, value: …}``."""


def _names_a_secret(value: Mapping[Any, object]) -> bool:
    """Return whether a mapping stands for one field by name and value, and the name is secret."""
    lower = {str(key).lower(): one for key, one in value.items()}
    return any(name in lower for name in _VALUES) and any(is_secret(str(lower.get(name, ""))) for name in _NAMES)


def _is_secret_pair(value: list[object] | tuple[object, ...]) -> bool:
    """Return whether a list is a field's secret name and its value."""
    return len(value) == 2 and isinstance(value[0], str) and " " not in value[0] and is_secret(value[0])


def _secrets_in(value: object, known: bool = False) -> Iterator[str]:
    """Yield the secrets in a setting; of one that is ``known`` to be secret, everything."""
    if isinstance(value, Mapping):
        named = _names_a_secret(value)
        for key, one in value.items():
            yield from _secrets_in(one, known or is_secret(str(key)) or (named and str(key).lower() in _VALUES))
    elif isinstance(value, list | tuple):
        pair = _is_secret_pair(value)
        for place, one in enumerate(value):
            yield from _secrets_in(one, known or (pair and place == 1))
    elif isinstance(value, str):
        yield from tokens_in(value)
        yield from secrets_in_urls(value)
        if known:
            yield value
            yield value.rpartition(" ")[2]  # the credential itself, behind "Bearer"
    elif known and isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def _forms_of(value: str) -> Iterator[str]:
    """Yield what a secret looks like as it is, in JSON, in an address, in a ``repr``, and in base64."""
    for one in {value} if _WORD.fullmatch(value) else {value, value.upper(), value.lower()}:
        quoted = quote(one, safe="")
        yield from (one, quoted, quote(one), quote_plus(one))
        yield re.sub("%[0-9A-F]{2}", lambda found: found[0].lower(), quoted)
        yield from (json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1], repr(one)[1:-1])
    yield from _base64_cores(value.encode(errors="surrogatepass"))


def _pattern_of(form: str) -> str:
    return rf"(?<![\w./\\-]){form}(?![\w/\\-])" if _WORD.fullmatch(form) else re.escape(form)


def _base64_cores(value: bytes) -> Iterator[str]:
    """Yield what a value looks like inside base64, whatever stands before it, as a user before a password.

    Base64 has four characters for three bytes, so there are three ways in which the value may lie in it. Characters
    that also hold bits of its neighbours are left out.
    """
    for before in range(3):
        data = b"\0" * before + value
        start, end = -(-8 * before // 6), 8 * len(data) // 6
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            core = encode(data).decode()[start:end]
            if len(core) >= _SHORTEST:
                yield core


class RedactingStream:
    """A text stream that hides the secrets in use in all that is written to it; else it is the stream itself.

    Args:
        stream: where it goes.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text without secrets; returns the length of the text as given."""
        self._stream.write(redacted(text))
        return len(text)

    def writelines(self, lines: Iterable[str]) -> None:
        """Write some texts without secrets."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:  # whatever a stream has
        return getattr(self._stream, name)
