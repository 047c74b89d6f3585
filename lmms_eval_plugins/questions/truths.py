"""Truths of questions that lie in the data: where a question set says they are, and what is true of a video.

A question set says ``truth: {column: NAME}``, ``{table: FILE, column: NAME}`` or ``{labels: {LABEL: ANSWER}}``; what is
found there of one video are its `KnownAnswers`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.safe_names import check_relative
from lmms_eval_plugins.domain.vocabulary import Hand
from lmms_eval_plugins.questions.kinds import AnswerKind

HAND_MARK = "{hand}"
"""What stands in an answer for the hand that a video's labels are of."""


def _written(value: object) -> object:
    """Return a YAML value as a person would write it into a table."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int) else value


class TruthSource(BaseModel):
    """Where the true answers to a question are.

    Attributes:
        column: a column, of the manifest or of `table`.
        table: a CSV file, relative to the manifest's folder.
        labels: label of the dataset → the answer while it lasts, ``{hand}`` in it for the labelled hand; None where
            the answer is not known then.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str | None = Field(default=None, min_length=1)
    table: str | None = Field(default=None, min_length=1)
    labels: Mapping[str, Annotated[str | None, BeforeValidator(_written)]] | None = None

    @model_validator(mode="after")
    def _one_place(self) -> TruthSource:
        if (self.labels is None) == (self.column is None):
            raise ValueError(
                "a truth in the data is {column: NAME} of the manifest, {table: FILE.csv, column: NAME}, or"
                " {labels: {LABEL: ANSWER}}"
            )
        if self.table is not None:
            if self.labels is not None:
                raise ValueError("labels are the dataset's own; leave table out")
            try:
                check_relative(self.table, "table")
            except UserError as error:
                raise ValueError(str(error)) from None
        return self

    def by_label(self, kind: AnswerKind, hand: Hand | None) -> dict[str, str]:
        """Return label → the answer while it lasts, as a target of the kind; labels without one are left out.

        Args:
            kind: the form of the answers.
            hand: the labelled hand; None where it is not known, so that no answer with it is known.

        Raises:
            ValueError: an answer is none of the kind; the message names its label.
        """
        found = {}
        for label, answer in (self.labels or {}).items():
            if answer is not None and (hand or HAND_MARK not in answer):
                try:
                    found[label] = kind.target_of(answer.replace(HAND_MARK, hand or ""))
                except ValueError as error:
                    raise ValueError(f"truth.labels.{label}: {error}") from None
        return found

    def check_answers(self, kind: AnswerKind) -> None:
        """Check that the answers of all labels are of a kind, for either hand; ValueError as `by_label`."""
        for hand in get_args(Hand):
            self.by_label(kind, hand)

    @property
    def in_words(self) -> str:
        """The place, for messages and lists."""
        if self.labels is not None:
            return "the dataset's labels"
        return f"column {self.column} of {self.table or 'the manifest'}"


class TruthMark(NamedTuple):
    """An answer that is true from one time on until another (exclusive), both in seconds; of an event, both are one."""

    start_s: float
    end_s: float
    answer: str


_SIDES = re.compile(r"\b(left|right)\b", re.IGNORECASE)


def exchanged_sides(answer: str, options: Sequence[str]) -> str:
    """Return an answer with left and right exchanged, where the options to a question name both sides, else itself.

    >>> exchanged_sides("left", ["left", "right", "neither"])
    'right'
    >>> exchanged_sides("left", ["left", "not left"])
    'left'
    """
    exchanged = {_SIDES.sub(_other_side, option) for option in options}
    return _SIDES.sub(_other_side, answer) if options and exchanged == {*options} else answer


def _other_side(side: re.Match[str]) -> str:
    other = "right" if side[0].lower() == "left" else "left"
    return other.capitalize() if side[0].istitle() else other


Form = Literal["video", "segments", "event", "any", "number"]
"""How `KnownAnswers` hold: of the whole video; at a window's centre; of the one event in a window; whether there is one
in it; or how many there are."""


@dataclass(frozen=True, slots=True)
class KnownAnswers:
    """The true answers to one question about a video, in the words that `AnswerKind.parse_target` reads.

    Attributes:
        form: how they hold.
        marks: in order of time; one, whatever its times, for the whole video.
    """

    form: Form
    marks: tuple[TruthMark, ...]

    def mirrored(self, kind: AnswerKind) -> KnownAnswers:
        """Return what is true when left and right are exchanged in the picture; see `exchanged_sides`."""
        marks = (mark._replace(answer=exchanged_sides(mark.answer, kind.options)) for mark in self.marks)
        return replace(self, marks=tuple(marks))

    @classmethod
    def of_video(cls, answer: str) -> KnownAnswers:
        """Return one answer that is true of a whole video."""
        return cls("video", (TruthMark(0.0, 0.0, answer),))

    @classmethod
    def of_events(cls, kind: AnswerKind, events: Sequence[TruthMark]) -> KnownAnswers:
        """Return what is known by events: whether there is one, how many there are, or what the only one says."""
        forms: Mapping[str, Form] = {"yes_no": "any", "count": "number"}
        return cls(forms.get(kind.kind, "event"), tuple(sorted(events)))

    def answer_in(self, start_s: float, end_s: float) -> str | None:
        """Return the true answer about a window; None where it is not known.

        Args:
            start_s: start of the window in seconds.
            end_s: exclusive end of the window in seconds.
        """
        if self.form == "video":
            return self.marks[0].answer
        if self.form == "segments":
            centre = (start_s + end_s) / 2
            return next((mark.answer for mark in self.marks if mark.start_s <= centre < mark.end_s), None)
        inside = [mark.answer for mark in self.marks if start_s <= mark.start_s < end_s]
        if self.form == "event":
            return inside[0] if len(inside) == 1 else None
        return str(len(inside)) if self.form == "number" else "yes" if inside else "no"
