"""Question sets, read from YAML and validated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.core.numbers import Whole
from lmms_eval_plugins.core.yaml_files import describe_in_file, read_yaml
from lmms_eval_plugins.questions.kinds import ACTIVITIES_MARK, LABELS_MARK, AnswerKind, parse_kind
from lmms_eval_plugins.questions.templates import checked_template, filled, with_words
from lmms_eval_plugins.questions.truths import TruthSource
from lmms_eval_plugins.questions.variants import Variant

Truth = Literal[
    "motion",
    "grasp",
    "primitive",
    "primitives",
    "idle",
    "starts",
    "stops",
    "pick_up",
    "put_down",
    "activity",
    "item_score",
    "label",
    "none",
]
"""The part of a video's labels or scores that gives a question's correct answer.

``label`` is what lies in the data (see `Question.source`), or what a family of tasks with a truth of its own knows of a
video; ``none`` is asked and recorded, and not scored.
``starts``, ``stops``, ``pick_up`` and ``put_down`` are about a hand that was in the opposite state before.
"""

Arm = Literal["affected", "other", "both"]
"""The arm shown in a clip."""

View = Literal["front", "side"]
"""The camera of a clip."""


class _Phrases(BaseModel):
    """The phrases beside a yes_no answer in a question file."""

    yes_phrases: tuple[str, ...] = ()
    no_phrases: tuple[str, ...] = ()


_ITEM_FIELDS = frozenset({"item", "arm", "view", "if_yes", "if_no", "reaches"})


class Question(BaseModel):
    """A question about a window.

    Attributes:
        id: name of the question, unique in its set.
        verbatim: whether the text is sent unchanged; otherwise spaces at its ends and double spaces are removed.
        text: the prompt, with placeholders as ``{hand}``.
        cropped: the prompt for frames cropped to the hand; None for the same text.
        answer: the answer kind.
        truth: the part of the labels or scores that gives the correct answer.
        source: where the truth of a question lies that has its own; a question file writes it in place of ``truth``.
        item: the Fugl-Meyer item that the answer helps to score; for ``truth: item_score`` only, as are the next five.
        arm: the arm that the item's clip must show.
        view: the camera of that clip.
        if_yes: the item's score after a yes, where a yes settles it.
        if_no: the item's score after a no, where a no settles it.
        reaches: for a count, the number of repetitions whose time is taken.
        variants: its other wordings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    verbatim: bool = False
    text: str
    cropped: str | None = None
    answer: AnswerKind
    truth: Truth
    source: TruthSource | None = None
    item: Whole | None = Field(default=None, ge=1, le=33)
    arm: Arm = "affected"
    view: View = "front"
    if_yes: Whole | None = Field(default=None, ge=0, le=2)
    if_no: Whole | None = Field(default=None, ge=0, le=2)
    reaches: Whole | None = Field(default=None, ge=1)
    variants: tuple[Variant, ...] = Field(default=(), exclude=True)

    @model_validator(mode="before")
    @classmethod
    def _join_phrases(cls, values: object) -> object:
        if not isinstance(values, dict) or "answer" not in values or isinstance(values["answer"], AnswerKind):
            return values
        try:
            phrases = _Phrases.model_validate(values)
            kind = parse_kind(values["answer"], yes_phrases=phrases.yes_phrases, no_phrases=phrases.no_phrases)
        except ValidationError as error:
            raise ValueError(describe_validation(error).removeprefix("top level: ")) from None
        return {name: value for name, value in values.items() if name not in _Phrases.model_fields} | {"answer": kind}

    @model_validator(mode="before")
    @classmethod
    def _find_source(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        if not isinstance(values.get("source"), TruthSource | None):
            raise ValueError("source: unknown key; say `truth: {column: NAME}`")
        if not isinstance(truth := values.get("truth"), dict):
            return values
        try:
            return values | {"truth": "label", "source": TruthSource.model_validate(truth)}
        except ValidationError as error:
            raise ValueError(f"truth.{describe_validation(error, TruthSource)}".replace(".top level", "")) from None

    @field_validator("text", "cropped")
    @classmethod
    def _placeholders_known(cls, text: str | None, info: ValidationInfo) -> str | None:
        return None if text is None else checked_template(text, verbatim=bool(info.data.get("verbatim")))

    @model_validator(mode="after")
    def _scores_an_item(self) -> Question:
        if self.truth != "item_score":
            if self.model_fields_set & _ITEM_FIELDS:
                raise ValueError(f"only a question with truth: item_score has {', '.join(sorted(_ITEM_FIELDS))}")
            return self
        kind = self.answer.kind
        if self.item is None:
            raise ValueError("item is missing: which Fugl-Meyer item does the answer score?")
        if kind not in ("yes_no", "score", "count"):
            raise ValueError(f"an item is scored from yes_no, score or count, not from {kind}")
        if (kind == "yes_no") != (self.if_yes is not None or self.if_no is not None):
            raise ValueError("a yes_no answer, and no other, scores an item by if_yes or if_no")
        if (kind == "count") != (self.reaches is not None):
            raise ValueError("a count, and no other answer, scores an item by the number that it reaches")
        return self

    @model_validator(mode="after")
    def _labels_are_answered(self) -> Question:
        if self.source and not {LABELS_MARK, ACTIVITIES_MARK} & {*self.answer.options}:
            self.source.check_answers(self.answer)
        return self

    @model_validator(mode="after")
    def _variants_map_back(self) -> Question:
        ids = [variant.id for variant in self.variants]
        for variant in self.variants:
            if ids.count(variant.id) > 1:
                raise ValueError(f"two variants have the id {variant.id!r}")
            try:
                variant.check_answers(self.answer)
            except ValidationError as error:
                raise ValueError(f"variant {variant.id}: answers: {describe_validation(error)}") from None
            except ValueError as error:
                raise ValueError(f"variant {variant.id}: {error}") from None
        return self

    def answer_kind(self) -> AnswerKind:
        """Return the form of the answer."""
        return self.answer

    @property
    def wordings(self) -> tuple[Question, ...]:
        """The question itself, then each of its variants as a question with an id, words and options of its own."""
        return (self, *(self._worded(variant) for variant in self.variants))

    def _worded(self, variant: Variant) -> Question:
        return self.model_copy(
            update={
                "id": f"{self.id}.{variant.id}",
                "verbatim": False,
                "text": variant.text,
                "cropped": variant.cropped,
                "answer": variant.kind_of(self.answer),
                "variants": (),
            }
        )

    def in_all_wordings(self, reply: str) -> dict[str, str]:
        """Return id of each wording → a reply to the question, in the words of its options, in those of the wording."""
        return {self.id: reply} | {f"{self.id}.{variant.id}": variant.in_own_words(reply) for variant in self.variants}

    @property
    def label_options(self) -> tuple[str, ...]:
        """The options where these are labels of what a hand does; none for other questions."""
        return self.answer.options if self.truth in ("primitive", "primitives") else ()

    @property
    def activity_options(self) -> tuple[str, ...]:
        """The options where these are activities; none for other questions."""
        return self.answer.options if self.truth == "activity" else ()

    def of_words(self, mark: str, words: Sequence[str]) -> Question:
        """Return the question with words of the dataset in place of a mark, and as options where it stands for them."""
        names = ", ".join(words)
        return self.model_copy(
            update={
                "text": with_words(self.text, mark, names),
                "cropped": self.cropped and with_words(self.cropped, mark, names),
                "answer": self.answer.of_words(mark, words),
                "variants": tuple(variant.of_words(mark, names) for variant in self.variants),
            }
        )

    def render(
        self, *, hand: str = "", activity: str = "", item: str = "", place: str = "", cropped: bool = False
    ) -> str:
        """Return the prompt for whole or cropped frames.

        An unknown value leaves its placeholder empty; double spaces are removed unless the question is verbatim.
        """
        template = self.cropped if cropped and self.cropped is not None else self.text
        return filled(template, hand=hand, activity=activity, item=item, place=place, verbatim=self.verbatim)


class QuestionSet(BaseModel):
    """The questions about every window of a task.

    Attributes:
        id: the set's name.
        version: its version.
        questions: the questions.
        other_labels: the questions in their place where a dataset has other labels than their options.
        other_activities: the same where it has activities that are none of their options.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: Whole = Field(ge=1)
    questions: tuple[Question, ...] = Field(min_length=1)
    other_labels: tuple[Question, ...] = ()
    other_activities: tuple[Question, ...] = ()

    @field_validator("questions", "other_labels", "other_activities")
    @classmethod
    def _ids_unique(cls, questions: tuple[Question, ...]) -> tuple[Question, ...]:
        ids = [question.id for question in questions]
        for name in ids:
            if ids.count(name) > 1:
                raise ValueError(f"two questions have the id {name!r}")
        return questions

    @property
    def scored(self) -> bool:
        """Whether any question has a truth."""
        return any(question.truth != "none" for question in self.questions)

    @property
    def asked(self) -> tuple[Question, ...]:
        """What is put to a model: every question, each followed by its variants."""
        return tuple(wording for question in self.questions for wording in question.wordings)

    def without_variants(self) -> QuestionSet:
        """Return the set with the questions in their own wording only."""
        own = tuple(question.model_copy(update={"variants": ()}) for question in self.questions)
        return self.model_copy(update={"questions": own})

    def of_labels(self, labels: Sequence[str]) -> QuestionSet:
        """Return the set for a dataset with these labels.

        Where it has `other_labels`, these take the place of questions whose options are not the dataset's labels.
        """
        options = {option.lower() for question in self.questions for option in question.label_options}
        others = self.other_labels and not options <= {LABELS_MARK} and options != set(labels)
        chosen = self.other_labels if others else self.questions
        return self._of_words(LABELS_MARK, labels, chosen)

    def of_activities(self, activities: Sequence[str]) -> QuestionSet:
        """Return the set for a dataset with these activities.

        Where it has `other_activities`, these take the place of questions whose options lack one of the activities.
        """
        options = {option for question in self.questions for option in question.activity_options}
        others = self.other_activities and not options <= {ACTIVITIES_MARK} and not set(activities) <= options
        return self._of_words(ACTIVITIES_MARK, activities, self.other_activities if others else self.questions)

    def _of_words(self, mark: str, words: Sequence[str], questions: Sequence[Question]) -> QuestionSet:
        return self.model_copy(update={"questions": tuple(question.of_words(mark, words) for question in questions)})


def load_questions(path: Path) -> QuestionSet:
    """Read a question set.

    Raises:
        UserError: the file is missing or not YAML, or a key or value is not valid; the message names the file, the
            line, the field, and the nearest valid word.

    >>> questions = load_questions(Path("questions/primitives_3.yaml")).questions
    >>> [(question.id, question.answer.kind) for question in questions]
    [('motion', 'yes_no'), ('grasp', 'yes_no')]
    """
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml"))) or "none"
        raise UserError(f"{path}: no such question set; there are: {known}")
    text, values = read_yaml(path)
    try:
        return QuestionSet.model_validate(values)
    except ValidationError as error:
        raise UserError(describe_in_file(path, text, error, Question, QuestionSet, _Phrases, Variant)) from error
