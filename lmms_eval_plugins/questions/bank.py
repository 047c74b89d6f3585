"""A bank of replies with their right readings, in words that fit any question of a kind, to check the reader by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.yaml_files import describe_in_file, line_of, read_yaml
from lmms_eval_plugins.questions.answers import state_of, value_of
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.outcomes import NoAnswer
from lmms_eval_plugins.questions.reading import read

BANK_NAME = "replies.yaml"
"""The name of a bank's file, beside task files."""

_WAYS = frozenset(one.value for one in NoAnswer)
_OF_ALL, _ANY_TEXT = "all", "text"
_OPTIONS = ("first", "second", "last")

Readings = dict[str, tuple[str, ...]]
"""Reading → replies with it."""


class _BankFile(BaseModel):
    """A bank as its file states it: for each kind of answer, and for all but texts, replies by their readings."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    all: Readings = {}
    yes_no: Readings = {}
    one_of: Readings = {}
    sequence_of: Readings = {}
    score: Readings = {}
    count: Readings = {}
    text: Readings = {}

    @field_validator("*", mode="before")
    @classmethod
    def _keys_as_written(cls, readings: object) -> object:
        """Return readings by text: YAML reads an unquoted yes or no as true or false, and a count as a number."""
        if not isinstance(readings, Mapping):
            return readings
        return {_as_written(key): replies for key, replies in readings.items()}

    @field_validator("*")
    @classmethod
    def _readings_exist(cls, readings: Readings, field: ValidationInfo) -> Readings:
        kind = str(field.field_name)
        for name in readings:
            if name not in _WAYS and not re.fullmatch(_READINGS[kind], name):
                raise ValueError(f"{name!r} is no reading of {kind}; see the head of the shipped {BANK_NAME}")
        return readings


_OPTION = rf"(?:{'|'.join(_OPTIONS)})"
_READINGS = {
    _OF_ALL: "(?!)",
    "yes_no": "yes|no",
    "one_of": _OPTION,
    "sequence_of": rf"{_OPTION}(?:\s*,\s*{_OPTION})*",
    "score": "least|most",
    "count": r"[0-9]{1,9}",
    "text": _ANY_TEXT,
}
"""What a reply of each kind may be read as, besides the ways not to answer."""


def _as_written(key: object) -> str:
    return ("yes" if key else "no") if isinstance(key, bool) else str(key)


@dataclass(frozen=True, slots=True)
class BankedReply:
    """A reply of a bank.

    Attributes:
        template: the reply, with placeholders as ``$first``.
        reading: its right reading, as the file states it.
        place: its list and its place in it: kind, reading, number.
    """

    template: str
    reading: str
    place: tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class ReplyBank:
    """The replies of one file."""

    path: Path
    source: str
    of_kinds: Mapping[str, tuple[BankedReply, ...]]

    def replies(self, kind: AnswerKind) -> Iterator[tuple[BankedReply, str, object]]:
        """Yield the replies that fit a question's kind, each with its text and its right reading, as `read` gives it.

        The reading of a free text that answers is ``text``.
        """
        words = _words_of(kind)
        of_all = self.of_kinds[_OF_ALL] if kind.kind != "text" else ()
        for banked in (*of_all, *self.of_kinds[kind.kind]):
            template = Template(banked.template)
            needed = {*_placeholders(template), *(set(_OPTIONS) & set(re.findall(r"\w+", banked.reading)))}
            if needed <= words.keys() and not _names_an_option(kind, template):
                yield banked, template.safe_substitute(words), _right(kind, banked.reading, words)

    def misread(self, kind: AnswerKind) -> list[str]:
        """Return what the default reading gets wrong: file and line, the reply, its reading, and the right one."""
        wrong = []
        for banked, text, right in self.replies(kind):
            found = read(kind, text)
            if found == right or (right == _ANY_TEXT and kind.kind == "text" and not isinstance(found, NoAnswer)):
                continue
            wrong.append(f"{self._where(banked)}: {text!r} is read as {_shown(found)}, should be {_shown(right)}")
        return wrong

    def _where(self, banked: BankedReply) -> str:
        kind, reading, number = banked.place
        keys: list[Sequence[str | int]] = [(kind, reading, number)]
        if reading.isdecimal():
            keys.append((kind, int(reading), number))
        lines = [line for path in keys if (line := line_of(self.source, path))]
        return f"{self.path}, line {max(lines)}" if lines else str(self.path)


def load_bank(path: Path) -> ReplyBank:
    """Read a bank of replies.

    Raises:
        UserError: no YAML, an unknown kind or reading; one line with file, line and key.
    """
    source, values = read_yaml(path)
    try:
        file = _BankFile.model_validate(values or {})
    except ValidationError as error:
        raise UserError(describe_in_file(path, source, error, _BankFile)) from error
    of_kinds = {
        kind: tuple(
            BankedReply(template, reading, (kind, reading, number))
            for reading, replies in readings.items()
            for number, template in enumerate(replies)
        )
        for kind, readings in file
    }
    return ReplyBank(path, source, of_kinds)


def banks_in(folders: Sequence[Path]) -> list[ReplyBank]:
    """Return the banks beside the task files of some folders.

    Raises:
        UserError: one is not valid.
    """
    return [load_bank(path) for folder in folders if (path := folder / BANK_NAME).is_file()]


def _words_of(kind: AnswerKind) -> dict[str, str]:
    """Return placeholder → what stands for it in replies to a question of this kind."""
    words: dict[str, str] = {}
    options = kind.options
    if kind.kind == "score":
        words |= {"least": min(options, key=int), "most": max(options, key=int)}
    elif options:
        words |= {"first": options[0], "last": options[-1]}
        if len(options) > 1 and not _overlap(options[0].lower(), options[1].lower()):
            words["second"] = options[1]
    for name, phrases in {"yes_word": kind.yes_phrases, "no_word": kind.no_phrases}.items():
        if plain := next((phrase for phrase in phrases if "*" not in phrase), None):
            words[name] = plain
    return words


def _overlap(one: str, other: str) -> bool:
    return one in other or other in one


def _placeholders(template: Template) -> set[str]:
    found = (match["named"] or match["braced"] for match in template.pattern.finditer(template.template))
    return {name for name in found if name}


def _names_an_option(kind: AnswerKind, template: Template) -> bool:
    """Return whether a reply has an option's words apart from its placeholders, so that it may mean that option."""
    if kind.kind not in ("one_of", "sequence_of"):
        return False
    said = f" {' '.join(re.findall(r'[a-z]+', template.pattern.sub(' ', template.template).lower()))} "
    return any(f" {' '.join(re.findall('[a-z]+', option.lower()))} " in said for option in kind.options)


def _right(kind: AnswerKind, reading: str, words: Mapping[str, str]) -> object:
    if reading in _WAYS:
        return NoAnswer(reading)
    if kind.kind == "yes_no":
        return reading == "yes"
    if kind.kind == "score":
        return int(words[reading])
    if kind.kind == "count":
        return int(reading)
    if kind.kind == "one_of":
        return words[reading]
    if kind.kind == "sequence_of":
        return tuple(words[name.strip()] for name in reading.split(","))
    return _ANY_TEXT


def _shown(answer: object) -> str:
    return value_of(answer) or state_of(answer)
