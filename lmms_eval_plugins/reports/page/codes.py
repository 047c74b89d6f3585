"""New codes for patients and videos, made with a key: whoever lacks it cannot tell whose an old code was."""

from __future__ import annotations

import hmac
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from html import escape
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.reports.page.runs import ReportedVideo

LEAST_KEY_BYTES = 16

_DIGITS = 10
"""So many hexadecimal digits of the keyed hash tell patients apart: two of 1,000 agree once in two million reports."""

_SHORTEST, _SHORTEST_NUMBER = 3, 6
"""A code of fewer characters, or of digits only and fewer than those, would be found in words and numbers too."""

_HIDDEN = "(code hidden)"
"""In the place of what is a code but for letters that only some alphabets tell apart."""

_LETTER_FIELDS = frozenset({"states", "rights"})
"""Fields that are no texts but a letter per window."""

_NUMBERS = frozenset({int, float, type(None)})

_TELLING = 5
"""A word of so many characters, letters and digits among them, is a code wherever it stands."""

Value = TypeVar("Value")

_Tree = dict[str, "_Tree"]
"""Words by their characters; where a word ends, an empty one."""


def read_codes_key(path: Path) -> bytes:
    """Read the key of new codes: the bytes of its file.

    Raises:
        UserError: it cannot be read, or is too short to be a secret.
    """
    makes = f"`head -c 32 /dev/urandom > {path}` makes one"
    try:
        key = path.read_bytes()
    except OSError as error:
        raise UserError(f"--deidentify {path}: cannot be read ({error.strerror}); {makes}") from error
    if len(key) < LEAST_KEY_BYTES:
        raise UserError(
            f"--deidentify {path}: holds {len(key)} bytes, and a key has {LEAST_KEY_BYTES} at least; {makes}"
        )
    return key


class NewCodes:
    """The new codes of the patients and videos of a report, the same ones wherever the same key is used.

    A patient's is ``ID`` and ten digits of HMAC-SHA-256 of the old one. A video's name has its patient's new code in
    the place of the old one; a name that does not hold that becomes the new code and ten digits of its own.

    Args:
        key: the key.
        videos: of the report.
        words: what answers, labels and questions are called; no code may be one of them.

    Raises:
        UserError: a code could not be told from other words and numbers.
    """

    def __init__(self, key: bytes, videos: Iterable[ReportedVideo], words: Collection[str]) -> None:
        self._key = key
        videos = tuple(videos)
        self._patients = {video.patient: self._hashed("patient", video.patient) for video in videos}
        common = {word.casefold() for word in words}
        unclear = sorted(code for code in self._patients if _is_unclear(code) or code.casefold() in common)
        if unclear:
            raise UserError(
                f"--deidentify: {listed(map(repr, unclear))} cannot be told from other words and numbers of a report;"
                " give patients codes such as P012 in the manifest, and index and run again"
            )
        self._pattern_of_patients = _pattern(self._patients)
        new = {video.video_id: self._named(video) for video in videos} | self._patients
        self._new = {form(old): form(code) for form in (quote, escape, str) for old, code in new.items()}
        self._folded = {old.casefold(): code for old, code in self._new.items()}
        self._pattern = _pattern(self._new)

    def _hashed(self, kind: str, old: str) -> str:
        return f"ID{hmac.digest(self._key, f'{kind} {old}'.encode(), 'sha256').hex()[:_DIGITS]}"

    def _named(self, video: ReportedVideo) -> str:
        own = self._patients[video.patient]
        name, n = self._pattern_of_patients.subn(lambda _: own, video.video_id)
        unseen = video.patient.casefold() in name.casefold()
        return f"{own}_{self._hashed('video', video.video_id)[2:]}" if unseen or not n else name

    def replaced(self, text: str) -> str:
        """Return a text with new codes in the place of old ones, however these are spelt, as parts of names too."""
        return self._pattern.sub(self._code_for, text)

    def _code_for(self, found: re.Match[str]) -> str:
        old = found[0]
        return self._new.get(old) or self._folded.get(old.casefold()) or _HIDDEN

    def applied(self, value: Value) -> Value:
        """Return what the page is given with new codes in all of its texts."""
        new: object = value
        if isinstance(value, str):
            new = self.replaced(value)
        elif isinstance(value, list | tuple):
            new = value if set(map(type, value)) <= _NUMBERS else tuple(map(self.applied, value))
        elif isinstance(value, Mapping):
            new = {self.applied(key): self.applied(one) for key, one in value.items()}
        elif is_dataclass(value) and not isinstance(value, type):
            names = [field.name for field in fields(value) if field.name not in _LETTER_FIELDS]
            new = replace(value, **{name: self.applied(getattr(value, name)) for name in names})
        return new  # type: ignore[return-value]  # of the same type


def _is_unclear(code: str) -> bool:
    return len(code) < (_SHORTEST_NUMBER if code.isdigit() else _SHORTEST)


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of words in any case, as trees of their beginnings: it is as fast for thousands as for one.

    A word of letters and digits is found wherever it stands; another where no letter or digit stands beside it.
    """
    words = [*words]
    telling = [word for word in words if _is_telling(word)]
    others = [word for word in words if not _is_telling(word)]
    parts = [_branches(_tree(telling))] * bool(telling)
    parts += [rf"(?<![^\W_]){_branches(_tree(others))}(?![^\W_])"] * bool(others)
    return re.compile("|".join(parts) or "(?!)", re.IGNORECASE)


def _is_telling(word: str) -> bool:
    return len(word) >= _TELLING and any(map(str.isdigit, word)) and any(map(str.isalpha, word))


def _tree(words: Iterable[str]) -> _Tree:
    tree: _Tree = {}
    for word in words:
        place = tree
        for character in word:
            place = place.setdefault(character, {})
        place[""] = {}
    return tree


def _branches(tree: _Tree) -> str:
    parts = [re.escape(character) + _branches(below) for character, below in tree.items() if character]
    if not parts:
        return ""
    joined = parts[0] if len(parts) == 1 and "" not in tree else f"(?:{'|'.join(parts)})"
    return f"{joined}?" if "" in tree else joined
