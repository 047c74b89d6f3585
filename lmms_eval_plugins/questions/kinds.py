"""Answer kinds: the form of the answer to a question, as a question file states it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, model_validator

from lmms_eval_plugins.core.errors import nearest
from lmms_eval_plugins.core.safe_names import shown
from lmms_eval_plugins.questions.outcomes import Answer

KindName = Literal["yes_no", "one_of", "sequence_of", "score", "count", "text"]
KINDS: tuple[KindName, ...] = get_args(KindName)
LABELS_MARK, ACTIVITIES_MARK = "{labels}", "{activities}"
"""The one option of an answer whose options are the labels, or the activities, of a dataset that is not known yet."""

_OWN_WORDS: Mapping[str, tuple[str, tuple[KindName, ...]]] = {
    "labels": (LABELS_MARK, ("one_of", "sequence_of")),
    "activities": (ACTIVITIES_MARK, ("one_of",)),
}
"""What stands in place of a list of options for words of the dataset, whatever they are → its mark, in which kinds."""

NUMBER_KINDS: frozenset[KindName] = frozenset({"score", "count"})
"""The kinds whose answers are numbers."""

KINDS_WITH_OPTIONS: frozenset[KindName] = frozenset({"one_of", "sequence_of", "score"})


class AnswerKind(BaseModel):
    """The form of an answer.

    Attributes:
        kind: ``yes_no`` | ``one_of`` | ``sequence_of`` | ``score`` | ``count`` | ``text``.
        options: the allowed answers, spelt as they are returned; for ``one_of``, ``sequence_of`` and ``score``
            (whole numbers, written as text) only.
        yes_phrases: for ``yes_no``: wordings that mean yes in a reply without "yes" and "no". A phrase is whole words;
            a word may end in ``*`` for any ending (``mov*`` is move, moves, moving). A negation before it ("is not
            moving") reverses its meaning.
        no_phrases: the same for no.
        match: for ``text``: ``set`` where an answer names several things, in any order; None for one text.

    Raises:
        ValueError: the parts do not fit together (pydantic's ``ValidationError`` is one).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: KindName
    options: tuple[str, ...] = ()
    yes_phrases: tuple[str, ...] = ()
    no_phrases: tuple[str, ...] = ()
    match: Literal["set"] | None = None

    @model_validator(mode="after")
    def _fits_together(self) -> AnswerKind:
        if self.kind in KINDS_WITH_OPTIONS and not self.options:
            raise ValueError(f"{self.kind} needs options, as in {{{self.kind}: {_EXAMPLES[self.kind]}}}")
        if self.kind not in KINDS_WITH_OPTIONS and self.options:
            raise ValueError(f"{self.kind} takes no options")
        if any(not option.strip() for option in self.options):
            raise ValueError("an option is empty")
        if len({option.lower() for option in self.options}) != len(self.options):
            raise ValueError(f"an option appears twice in {', '.join(self.options)}")
        if self.kind == "score" and not all(option.isdecimal() for option in self.options):
            raise ValueError(f"scores are whole numbers, not {', '.join(self.options)}")
        if self.kind != "yes_no" and (self.yes_phrases or self.no_phrases):
            raise ValueError(f"yes_phrases and no_phrases belong to yes_no, not to {self.kind}")
        for phrase in (*self.yes_phrases, *self.no_phrases):
            if not _PHRASE.fullmatch(phrase):
                raise ValueError(f"the phrase {phrase!r} is not words, each with at most a * at its end")
        if self.match and self.kind != "text":
            raise ValueError(f"match belongs to text, not to {self.kind}")
        return self

    @property
    def of_numbers(self) -> bool:
        """Whether its answers are numbers."""
        return self.kind in NUMBER_KINDS

    def parse_target(self, target: str) -> Answer:
        """Return the answer that a text in the words of the options stands for, as ``yes``, ``3`` or ``reach, idle``.

        Raises:
            ValueError: a score or count is no whole number.
        """
        if self.kind == "yes_no":
            return target == "yes"
        if self.of_numbers:
            return int(target)
        return tuple(target.split(", ")) if self.kind == "sequence_of" else target

    def is_right(self, answer: object, truth: Answer) -> bool:
        """Return whether an answer is the correct one; a reply without an answer, or a missing one, never is.

        Of free texts, case, blanks and the signs around them do not matter; of a set of them, neither does the order of
        its parts, which commas, semicolons and line breaks separate.
        """
        if self.kind != "text":
            return answer == truth
        return isinstance(answer, str) and self._parts(answer) == self._parts(str(truth))

    def _parts(self, text: str) -> frozenset[str]:
        parts = _BETWEEN_PARTS.split(text) if self.match == "set" else [text]
        return frozenset(filter(None, (" ".join(part.split()).strip(_AROUND).casefold() for part in parts)))

    def target_of(self, written: str) -> str:
        """Return an answer that a person wrote into a table in the words that `parse_target` reads.

        Raises:
            ValueError: it is no answer of this kind; the message says what one is.
        """
        plain = " ".join(written.split())
        if self.kind == "text":
            return plain
        if self.kind == "yes_no":
            if (word := _YES_AND_NO.get(plain.casefold())) is None:
                raise ValueError(f"{shown(plain)} is neither yes nor no")
            return word
        if self.kind == "count":
            return _whole(plain)
        if self.kind == "sequence_of":
            parts = [part.strip() for part in _BETWEEN_PARTS.split(plain) if part.strip()]
            if not parts:
                raise ValueError(f"{shown(plain)} names none of the answers")
            return ", ".join(map(self._option, parts))
        return self._option(_whole(plain) if self.kind == "score" else plain)

    def _option(self, plain: str) -> str:
        for option in self.options:
            if " ".join(option.split()).casefold() == plain.casefold():
                return option
        raise ValueError(f"{shown(plain)} is none of the answers{nearest(plain, self.options)}")

    def of_words(self, mark: str, words: Sequence[str]) -> AnswerKind:
        """Return the answer with words of the dataset as its options, where a mark stands for them."""
        return self.model_copy(update={"options": tuple(words)}) if self.options == (mark,) else self


_PHRASE = re.compile(r"\w[\w'-]*\*?(?: +\w[\w'-]*\*?)*")
_BETWEEN_PARTS = re.compile(r"[,;\n]")
_AROUND = " .!\"'`*"
_YES_AND_NO = {**dict.fromkeys(("yes", "y", "true", "1"), "yes"), **dict.fromkeys(("no", "n", "false", "0"), "no")}
_WHOLE = re.compile(r"([0-9]+)(\.0*)?")
_TEXT_MATCHES: Mapping[str, Literal["set"] | None] = {"exact": None, "set": "set"}
_EXAMPLES: dict[KindName, str] = {
    "one_of": "[reach, idle]",
    "sequence_of": "[reach, idle]",
    "score": "[0, 1, 2]",
}


def _whole(plain: str) -> str:
    """Return a whole number without what a spreadsheet puts behind it."""
    if (found := _WHOLE.fullmatch(plain)) is None:
        raise ValueError(f"{shown(plain)} is no whole number")
    return str(int(found[1]))


def parse_kind(value: object, *, yes_phrases: Sequence[str] = (), no_phrases: Sequence[str] = ()) -> AnswerKind:
    """Parse an answer kind as a question file states it: ``yes_no``, ``{one_of: [reach, idle]}``, ``{score: [0, 1]}``.

    The options of ``{one_of: labels}`` and ``{sequence_of: labels}`` are the labels of the dataset, those of
    ``{one_of: activities}`` its activities; see `AnswerKind.of_words`. ``{text: set}`` is a text that names several
    things, ``{text: exact}`` is ``text``.

    Raises:
        ValueError: the value names no kind, or its options do not fit the kind; the message names the nearest kind.
    """
    if isinstance(value, str):
        return AnswerKind(kind=_kind_name(value), yes_phrases=tuple(yes_phrases), no_phrases=tuple(no_phrases))
    if not isinstance(value, Mapping) or len(value) != 1:
        raise ValueError(f"{value!r} is not an answer kind; write one of {', '.join(KINDS)}")
    name, options = next(iter(value.items()))
    kind = _kind_name(str(name))
    if kind == "text" and isinstance(options, str):
        if options not in _TEXT_MATCHES:
            raise ValueError(
                f"text is compared as exact or as set, not as {options!r}{nearest(options, _TEXT_MATCHES)}"
            )
        return AnswerKind(kind=kind, match=_TEXT_MATCHES[options])
    if isinstance(options, str) and options in _OWN_WORDS:
        mark, kinds = _OWN_WORDS[options]
        options = [mark] if kind in kinds else options
    if not isinstance(options, Sequence) or isinstance(options, str):
        raise ValueError(f"the options of {kind} are a list, as in {{{kind}: [...]}}, not {options!r}")
    texts = tuple(_option_text(option) for option in options)
    return AnswerKind(kind=kind, options=texts, yes_phrases=tuple(yes_phrases), no_phrases=tuple(no_phrases))


def _option_text(option: object) -> str:
    if isinstance(option, bool):
        raise ValueError('YAML reads an unquoted yes, no, on or off as true or false; quote the option: "yes"')
    return str(option)


def _kind_name(name: str) -> KindName:
    for kind in KINDS:
        if name == kind:
            return kind
    raise ValueError(f"{name!r} is not an answer kind{nearest(name, KINDS)}")
