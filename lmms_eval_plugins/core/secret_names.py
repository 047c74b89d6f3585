"""What is secret by its looks: names of fields, tokens of known services, and parts of addresses."""

from __future__ import annotations

import re
from itertools import pairwise
from urllib.parse import SplitResult, unquote, urlsplit

MARK = "(hidden)"
"""What stands in settings in the place of a secret."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ANYWHERE = _words("apikey auth authorization bearer credential credentials passphrase passwd password secret secrets")
"""Words of a name that make it secret wherever they stand in it."""

_ENDINGS = ("accesstoken", "apikey", "authtoken", "credentials", "passwd", "password", "secret", "secretkey")
"""Ends of words that are written together, as ``mypassword``."""

_AT_THE_END = _words("cookie cookies key session token")
"""Words that make a name secret where it ends with them."""

_PAIRS = _words(
    "access|key access|keys access|tokens api|key api|keys api|tokens api|token auth|tokens private|key private|keys"
    " session|id session|key db|pass db|pwd ftp|pass http|pass my|pwd mysql|pwd proxy|pass smtp|pass user|pass"
    " user|pwd refresh|token access|token signing|key"
)
"""Two words that make a name secret wherever they follow each other."""

_PLAIN_ENDS = _words(
    "enabled env expires file format id ids index length method mode name path side size sock type url var variable"
)
"""Last words of names that say something about a secret and are none; ``session_id`` is one all the same."""

_PLAIN_BEFORE = {
    "key": _words("answer cache column foreign group partition primary public row sort video"),
    "session": _words("desktop gdm"),
    "token": _words(
        "begin bos cls end eos first image last mask max min new next pad per prompt sep special start stop think"
        " thinking unk video"
    ),
}
"""Words before the last one with which it is no secret, as in ``eos_token``."""


def is_secret(name: str) -> bool:
    """Return whether the value of a field, argument or environment variable of this name is secret.

    >>> list(filter(is_secret, ("X-Api-Key", "max_new_tokens", "clientSecret", "api_key_env", "eos_token")))
    ['X-Api-Key', 'clientSecret']
    """
    words = [word.lower() for word in _WORD.findall(name)]
    while words and words[-1].isdigit():  # as in api_key_2
        words.pop()
    if not words:
        return False
    pairs = {f"{one}|{two}" for one, two in pairwise(words)}
    if words[-1] in _PLAIN_ENDS and "session|id" not in pairs:
        return False
    if pairs & _PAIRS or _ANYWHERE & set(words) or any(word.endswith(_ENDINGS) for word in words):
        return True
    before = words[-2] if len(words) > 1 else ""
    return words[-1] in _AT_THE_END and before not in _PLAIN_BEFORE.get(words[-1], ())


_TOKEN = re.compile(
    r"""(?<![A-Za-z0-9])(?:
        sk-[\w-]{16,} | hf_[A-Za-z0-9]{16,} | gh[oprsu]_[A-Za-z0-9]{20,} | github_pat_\w{20,} | glpat-[\w-]{16,}
        | (?:AKIA|ASIA)[A-Z0-9]{12,} | AIza[\w-]{30,} | xox[abeprs]-[\w-]{10,} | nvapi-[\w-]{16,} | gsk_[A-Za-z0-9]{16,}
        | r8_[A-Za-z0-9]{16,} | eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?
    )""",
    re.VERBOSE,
)
"""Tokens that services make, by their beginnings."""

_CREDENTIAL = re.compile(
    r"""\b(?:
        bearer\s+ | basic\s+(?=[A-Za-z0-9+/]{8,}={0,2}(?:\s|["',;)]|$))
        | (?:authorization | (?:x-)?api-key | (?:set-)?cookie)\s*[:=]\s*(?:(?:bearer|basic|token)\s+)?
    )(?!bearer\b|basic\b)([^\s"',;]{8,})""",
    re.IGNORECASE | re.VERBOSE,
)
"""A header's scheme or name, and the credential behind it."""


def tokens_in(text: str) -> list[str]:
    """Return the tokens and credentials in a setting's text that are known by their form."""
    return [*_TOKEN.findall(text), *filter(_is_odd, _CREDENTIAL.findall(text))]


def without_tokens(text: str) -> str:
    """Return a text, such as a message, with the tokens in it hidden that are known by their form."""
    for token in sorted(tokens_in(text), key=len, reverse=True):
        text = text.replace(token, MARK)
    return text


def _is_odd(text: str) -> bool:
    """Return whether a text is no plain word, such as the one behind "token" in a sentence."""
    return bool(re.search(r"\d|[^A-Za-z]", text.rstrip(".:)"))) and "(" not in text


_URL = re.compile(r"\b(?!file:)[a-z][a-z0-9+.-]*://[^\s\"'<>]+", re.IGNORECASE)
_KNOWN_PARTS = _words(
    "ai api apis beta chat compatible-mode completions deployments endpoints google inference llm locations model"
    " models openai openai-compatible openapi project projects proxy publishers serving-endpoints serve"
)
_VERSION = re.compile(r"v\d+(\.\d+)?((alpha|beta)\d*)?")
_LEAST = 8
"""A part of an address that is shorter is hidden, but too short to be looked for elsewhere."""

_HIDDEN_PART = "…"


def shown_urls(text: str) -> str:
    """Return a setting's text with every address in it as it may be shown.

    Of an address stay the scheme, the host, the port, and those parts of its path that are common words of interfaces;
    users, passwords, queries and other parts, which may be tokens, are hidden.

    >>> shown_urls("http://me:pw@host:80/s3cr3t/v1?key=x")
    'http://(hidden)@host:80/…/v1?(hidden)'
    """
    return _URL.sub(lambda found: _shown_url(found[0]), text)


def secrets_in_urls(text: str) -> list[str]:
    """Return the parts of the addresses in a setting's text that are hidden and long enough to be looked for."""
    found: list[str] = []
    for match in _URL.finditer(text):
        if parts := _split(match[0]):
            user, _, _ = parts.netloc.rpartition("@")
            found += [user, *user.partition(":")[::2]]
            found += [value.partition("=")[2] or value for value in re.split("[&;]", parts.query)]
            found += [part for part in parts.path.split("/") if not _is_plain(part)]
            found.append(parts.fragment)
    return [one for part in found if len(part) >= _LEAST for one in dict.fromkeys((part, unquote(part)))]


def _shown_url(url: str) -> str:
    parts = _split(url)
    if parts is None:
        return MARK
    user, at, host = parts.netloc.rpartition("@")
    path = "/".join(part if _is_plain(part) else _HIDDEN_PART for part in parts.path.split("/"))
    query = f"?{MARK}" * bool(parts.query) + f"#{MARK}" * bool(parts.fragment)
    return f"{url.partition('://')[0]}://{MARK * bool(user)}{at}{host}{path}{query}"


def _split(url: str) -> SplitResult | None:
    try:
        return urlsplit(url)
    except ValueError:
        return None


def _is_plain(part: str) -> bool:
    return not part or part.lower() in _KNOWN_PARTS or _VERSION.fullmatch(part.lower()) is not None
