"""Answer kinds: the form of the answer to a question, as a question file states it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, model_validator

from lmms_eval_plugins.core.errors import nearest

KindName = Literal["yes_no", "one_of", "sequence_of", "score", "count", "text"]
KINDS: tuple[KindName, ...] = get_args(KindName)
OWN_LABELS = "labels"
"""What stands in place of a list of options for the labels of the dataset, whatever they are."""

LABELS_MARK = "{labels}"
"""The one option of an answer whose options are the labels of a dataset that is not known yet."""

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

    Raises:
        ValueError: the parts do not fit together (pydantic's ``ValidationError`` is one).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: KindName
    options: tuple[str, ...] = ()
    yes_phrases: tuple[str, ...] = ()
    no_phrases: tuple[str, ...] = ()

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
        return self

    def of_labels(self, labels: Sequence[str]) -> AnswerKind:
        """Return the answer with these labels as its options, where they are to be the dataset's."""
        return self.model_copy(update={"options": tuple(labels)}) if self.options == (LABELS_MARK,) else self


_PHRASE = re.compile(r"\w[\w'-]*\*?(?: +\w[\w'-]*\*?)*")
_EXAMPLES: dict[KindName, str] = {
    "one_of": "[reach, idle]",
    "sequence_of": "[reach, idle]",
    "score": "[0, 1, 2]",
}


def parse_kind(value: object, *, yes_phrases: Sequence[str] = (), no_phrases: Sequence[str] = ()) -> AnswerKind:
    """Parse an answer kind as a question file states it: ``yes_no``, ``{one_of: [reach, idle]}``, ``{score: [0, 1]}``.

    The options of ``{one_of: labels}`` and ``{sequence_of: labels}`` are the labels of the dataset; see `of_labels`.

    Raises:
        ValueError: the value names no kind, or its options do not fit the kind; the message names the nearest kind.
    """
    if isinstance(value, str):
        return AnswerKind(kind=_kind_name(value), yes_phrases=tuple(yes_phrases), no_phrases=tuple(no_phrases))
    if not isinstance(value, Mapping) or len(value) != 1:
        raise ValueError(f"{value!r} is not an answer kind; write one of {', '.join(KINDS)}")
    name, options = next(iter(value.items()))
    kind = _kind_name(str(name))
    if options == OWN_LABELS and kind in ("one_of", "sequence_of"):
        options = [LABELS_MARK]
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
