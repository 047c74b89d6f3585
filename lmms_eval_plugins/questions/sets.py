"""What is asked: question sets, read from YAML and checked."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from lmms_eval_plugins.errors import UserError, describe_validation
from lmms_eval_plugins.questions.kinds import AnswerKind, parse_kind

PLACEHOLDERS = ("hand", "activity", "item")
"""What a question's text may name in braces."""

Truth = Literal["motion", "grasp", "primitive", "primitives"]
"""What a question asks for, and so how its correct answer follows from the labels of the window."""


class _Phrases(BaseModel):
    """The wordings that a question file gives beside a yes_no answer."""

    yes_phrases: tuple[str, ...] = ()
    no_phrases: tuple[str, ...] = ()


class Question(BaseModel):
    """One question.

    Attributes:
        id: name of the question, unique in its set.
        text: what is sent, with ``{hand}``-like placeholders.
        answer: the kind of answer expected.
        truth: what of the labels is the correct answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    text: str
    answer: AnswerKind
    truth: Truth

    @model_validator(mode="before")
    @classmethod
    def _join_phrases(cls, values: Any) -> Any:
        if not isinstance(values, dict) or "answer" not in values or isinstance(values["answer"], AnswerKind):
            return values
        try:
            phrases = _Phrases.model_validate(values)
            kind = parse_kind(values["answer"], yes_phrases=phrases.yes_phrases, no_phrases=phrases.no_phrases)
        except ValidationError as error:
            raise ValueError(describe_validation(error).removeprefix("top level: ")) from None
        return {name: value for name, value in values.items() if name not in _Phrases.model_fields} | {"answer": kind}

    @field_validator("text")
    @classmethod
    def _placeholders_known(cls, text: str) -> str:
        for _, name, form, conversion in Formatter().parse(text):
            if name is not None and (name not in PLACEHOLDERS or form or conversion):
                whole = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
                raise ValueError(f"placeholder {{{whole}}} is none of {', '.join(PLACEHOLDERS)}")
        if not text.strip():
            raise ValueError("is empty")
        return text.strip()

    def render(self, *, hand: str = "", activity: str = "", item: str = "") -> str:
        """The text as sent; an unknown value leaves its place empty, and double spaces close up."""
        return re.sub(r"  +", " ", self.text.format(hand=hand, activity=activity, item=item)).strip()


class QuestionSet(BaseModel):
    """Questions asked together about every window of a task."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: int = Field(ge=1)
    questions: tuple[Question, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_unique(self) -> QuestionSet:
        ids = [question.id for question in self.questions]
        for name in ids:
            if ids.count(name) > 1:
                raise ValueError(f"two questions have the id {name!r}")
        return self


def load_questions(path: Path) -> QuestionSet:
    """Read a question set.

    Raises:
        UserError: the file is missing, no YAML, or has a key or value that a question set does not; one line that
            names the file and the field.
    """
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml"))) or "none"
        raise UserError(f"{path}: no such question set; there are: {known}")
    try:
        return QuestionSet.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid YAML ({' '.join(str(error).split())})") from error
    except ValidationError as error:
        raise UserError(f"{path}: {describe_validation(error, Question, QuestionSet, _Phrases)}") from error
