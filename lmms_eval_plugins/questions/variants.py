"""Variants: other wordings of a question, and what their answers say in the question's own terms.

A variant is put to a model in words, and with options, of its own. Everything behind reads it in the terms of the
question that it is a wording of, the *base*: what a reply to "does the hand keep still?" says about whether it moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from lmms_eval_plugins.questions.kinds import ACTIVITIES_MARK, LABELS_MARK, AnswerKind
from lmms_eval_plugins.questions.outcomes import Answer, NoAnswer
from lmms_eval_plugins.questions.reading import Policy, read
from lmms_eval_plugins.questions.templates import checked_template, with_words

BASE = "base"
"""The name of a question's own wording among its wordings."""

_YES_NO = ("yes", "no")
_SWAPPED: Mapping[str, str] = {"yes": "no", "no": "yes"}


class Variant(BaseModel):
    """Another wording of a question.

    Attributes:
        id: its name, unique among the wordings of the question.
        text: the prompt, with placeholders as the question's own.
        cropped: the prompt for frames cropped to the hand; None for the same text.
        answers: what its answers say in the question's terms: ``same``, the ``opposite`` of yes and no, or its
            option → the question's answer (an option, or yes and no), in the order in which options are offered.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    text: str
    cropped: str | None = None
    answers: Literal["same", "opposite"] | Mapping[str, str]

    @field_validator("text", "cropped")
    @classmethod
    def _placeholders_known(cls, text: str | None) -> str | None:
        return None if text is None else checked_template(text)

    @field_validator("answers", mode="before")
    @classmethod
    def _words_quoted(cls, answers: object) -> object:
        if isinstance(answers, str) and answers not in ("same", "opposite"):
            raise ValueError(f"{answers!r} is neither same nor opposite, nor a list of its options, as {{B: base}}")
        if not isinstance(answers, Mapping):
            return answers
        if any(isinstance(word, bool) for pair in answers.items() for word in pair):
            raise ValueError('YAML reads an unquoted yes, no, on or off as true or false; quote it: "yes"')
        return {str(own): str(base) for own, base in answers.items()}

    @field_validator("id")
    @classmethod
    def _not_the_base(cls, name: str) -> str:
        if name == BASE:
            raise ValueError(f"{BASE} is the name of the question's own wording")
        return name

    def check_answers(self, base: AnswerKind) -> None:
        """Check that each answer to the question has one in this wording, and the other way round.

        Args:
            base: the form of the question's answers.

        Raises:
            ValueError: it is otherwise.
        """
        if self.answers == "same":
            return
        if self.answers == "opposite":
            if base.kind != "yes_no":
                raise ValueError(f"answers: only those of yes_no have an opposite, not those of {base.kind}")
            return
        words = _words_of(base)
        if not words or {LABELS_MARK, ACTIVITIES_MARK} & {*words}:
            what = "words of the dataset" if words else f"of the kind {base.kind}, which has no options"
            raise ValueError(f"answers: the question's are {what}; write `answers: same`")
        meant = list(self.answers.values())
        for word in meant:
            if word not in words:
                raise ValueError(f"answers: {word!r} is no answer to the question; these are {', '.join(words)}")
        for word in words:
            if meant.count(word) != 1:
                how = "two options say" if word in meant else "no option says"
                raise ValueError(f"answers: {how} {word!r}; each answer to the question needs one")
        if base.kind == "yes_no" and {own.lower() for own in self.answers} & {*_YES_NO}:
            raise ValueError("answers: of yes and no write same or opposite")
        self.kind_of(base)

    def kind_of(self, base: AnswerKind) -> AnswerKind:
        """Return the form of this wording's own answers.

        Raises:
            ValueError: its options do not fit the kind.
        """
        if self.answers == "same":
            return base
        if self.answers == "opposite":
            return base.model_copy(update={"yes_phrases": base.no_phrases, "no_phrases": base.yes_phrases})
        return AnswerKind(kind="one_of" if base.kind == "yes_no" else base.kind, options=tuple(self.answers))

    @property
    def means(self) -> Mapping[str, str] | None:
        """Own word → word of the question's answers; None where they are the same."""
        return None if self.answers == "same" else _SWAPPED if self.answers == "opposite" else self.answers

    def in_own_words(self, reply: str) -> str:
        """Return a reply to the question, in the words of its options, as a reply to this wording.

        What is no answer to the question, as a label that is none of its options, stays as it is.
        """
        if (means := self.means) is None or not reply:
            return reply
        own = {base: word for word, base in means.items()}
        return ", ".join(own.get(word, word) for word in reply.split(", "))

    def of_words(self, mark: str, words: str) -> Variant:
        """Return the variant with words of the dataset in place of a mark."""
        cropped = self.cropped and with_words(self.cropped, mark, words)
        return self.model_copy(update={"text": with_words(self.text, mark, words), "cropped": cropped})


@dataclass(frozen=True, slots=True)
class WordingReader:
    """Reads replies to a wording of a question as answers to the question.

    Attributes:
        own: the form of the wording's answers.
        base: the form of the question's.
        means: word of the wording → word of the question; None where they are the same.
    """

    own: AnswerKind
    base: AnswerKind
    means: Mapping[str, str] | None = None

    def read(self, text: str, policy: Policy) -> Answer | NoAnswer | None:
        """Return what a reply answers to the question; see :func:`lmms_eval_plugins.questions.reading.read`."""
        answer = read(self.own, text, policy)
        if answer is None or isinstance(answer, NoAnswer) or self.means is None:
            return answer
        words = ("yes" if answer else "no",) if isinstance(answer, bool) else answer
        parts = words if isinstance(words, tuple) else (str(words),)
        return self.base.parse_target(", ".join(self.means[part] for part in parts))

    def probabilities(self, own: Mapping[str, float]) -> Mapping[str, float]:
        """Return what is known of each answer to the question, from the same of each answer to the wording."""
        if self.means is None:
            return own
        known = {word.lower(): base for word, base in self.means.items()}
        return {known.get(word.strip().lower(), word): value for word, value in own.items()}


def _words_of(kind: AnswerKind) -> tuple[str, ...]:
    return _YES_NO if kind.kind == "yes_no" else kind.options
