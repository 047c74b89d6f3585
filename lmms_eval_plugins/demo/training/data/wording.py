"""The wording of training questions: those of the tasks, paraphrases of them, and the words that answer them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemQuestion, gold_answer
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.core.yaml_files import read_yaml
from lmms_eval_plugins.demo.scenes.exams.items import ITEMS as FILMED_ITEMS
from lmms_eval_plugins.domain.fugl_meyer import ITEMS
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, GRASP_PRIMITIVES, MOTION_PRIMITIVES, PRIMITIVES, Hand
from lmms_eval_plugins.questions.sets import Arm, Question, View, load_questions

Kind = Literal["motion", "grasp", "primitive", "primitives", "activity", "criterion", "rating"]
"""The kind of a question; the last two score a Fugl-Meyer item, by yes or no or by a number."""

KINDS: tuple[Kind, ...] = get_args(Kind)
HAND_KINDS: tuple[Kind, ...] = ("motion", "grasp", "primitive", "primitives")
ITEM_KINDS: tuple[Kind, ...] = ("criterion", "rating")
YES_NO_KINDS: frozenset[Kind] = frozenset({"motion", "grasp", "criterion"})

HANDS: tuple[Hand, Hand] = ("left", "right")
"""The order of hands in arrays: the patient's left, right."""

YES, NO = "YES", "NO"
SCORES = (0, 1, 2)
LAST_SINGLE_ITEM = 30
"""Items up to this one are scored once for a whole clip, later ones from every window."""

_WORDING = Path(__file__).with_name("wording.yaml")
_ITEM_KIND_OF_ANSWER: dict[str, Kind] = {"yes_no": "criterion", "score": "rating"}
_END_LINE = re.compile(r"\b(FINAL_[A-Z]+:)")


@dataclass(frozen=True, slots=True)
class QuestionForm:
    """The template of a question, and how its answer is written.

    Attributes:
        kind: of the question.
        text: the template.
        before: prefix of the answer, such as ``FINAL_SCORE:``.
        question: the task's question; None for a paraphrase.
    """

    kind: Kind
    text: str
    before: str = ""
    question: Question | None = None

    def render(self, subject: QuestionSubject) -> str:
        """Return the text as a task sends it."""
        filled = self.text.format(hand=subject.hand, HAND=subject.hand.upper(), **subject.placeholders)
        return re.sub(r"  +", " ", filled).strip()

    def write(self, value: str) -> str:
        """Return an answer in the form that this question requires."""
        return f"{self.before} {value}".strip()

    def fits(self, subject: QuestionSubject) -> bool:
        """Return whether the question suits what a clip shows: its item, arm and camera."""
        if self.question is None:
            return ("{place}" in self.text) == bool(subject.place)
        if self.kind not in ITEM_KINDS:
            return True
        required = (self.question.item, self.question.arm, self.question.view)
        return required == (subject.item, subject.arm, subject.view)


@dataclass(frozen=True, slots=True)
class QuestionSubject:
    """The subject of a question: a hand; for a Fugl-Meyer item also the item, the arm that is shown, and the camera.

    ``place`` is where the affected side is in a picture of both arms; empty in other pictures.
    """

    hand: Hand
    item: int | None = None
    arm: Arm = "affected"
    view: View = "front"
    place: str = ""

    @property
    def placeholders(self) -> dict[str, str]:
        """Values of the placeholders other than the hand's."""
        return {"activity": "", "item": "" if self.item is None else ITEMS[self.item].name, "place": self.place}


@dataclass(frozen=True, slots=True)
class Wording:
    """The forms of questions by kind: those of the tasks, and paraphrases."""

    of_tasks: Mapping[Kind, tuple[QuestionForm, ...]]
    paraphrases: Mapping[Kind, tuple[QuestionForm, ...]]
    _fitting: dict[tuple[Kind, QuestionSubject], tuple[QuestionForm, ...]] = field(default_factory=dict, compare=False)

    def draw(self, kind: Kind, subject: QuestionSubject, task_words: float, rng: np.random.Generator) -> QuestionForm:
        """Draw a form: a task's with the probability ``task_words`` where a task has one, else a paraphrase."""
        own = self.task_forms(kind, subject)
        others = tuple(form for form in self.paraphrases[kind] if form.fits(subject))
        chosen = own if own and (not others or rng.uniform() < task_words) else others
        return chosen[int(rng.integers(len(chosen)))]

    def task_forms(self, kind: Kind, subject: QuestionSubject) -> tuple[QuestionForm, ...]:
        """Return the forms of the tasks that suit a subject."""
        key = (kind, subject)
        if key not in self._fitting:
            self._fitting[key] = tuple(form for form in self.of_tasks[kind] if form.fits(subject))
        return self._fitting[key]

    def texts(self) -> Iterator[str]:
        """Yield every question about either hand, for the vocabulary."""
        for forms in (self.of_tasks, self.paraphrases):
            for form in (form for kind in KINDS for form in forms[kind]):
                for hand in HANDS:
                    yield form.render(QuestionSubject(hand, place=f"{hand} half"))


def load_wording() -> Wording:
    """Load the questions of all shipped question sets whose truth is known for demo scenes, and the paraphrases.

    Raises:
        UserError: a question set is not valid.
    """
    own: dict[Kind, list[QuestionForm]] = {kind: [] for kind in KINDS}
    for path in sorted((shipped("tasks") / "strokerehab" / "questions").glob("*.yaml")):
        for question in load_questions(path).questions:
            if (kind := kind_of(question)) and (question.item is None or question.item in FILMED_ITEMS):
                own[kind].append(_form(kind, question.text, question))
    _, paraphrases = read_yaml(_WORDING)
    assert isinstance(paraphrases, dict)
    return Wording(
        {kind: tuple(forms) for kind, forms in own.items()},
        {kind: tuple(_form(kind, text.strip()) for text in paraphrases.get(kind, ())) for kind in KINDS},
    )


def kind_of(question: Question) -> Kind | None:
    """Return the kind of a task's question; None for what the model does not learn: counts, and changes in a window."""
    if question.truth != "item_score":
        return next((kind for kind in KINDS if kind == question.truth), None)
    return _ITEM_KIND_OF_ANSWER.get(question.answer.kind)


def _form(kind: Kind, text: str, question: Question | None = None) -> QuestionForm:
    found = _END_LINE.search(text)
    return QuestionForm(kind, text, found[1] if found else "", question)


def answer_of_primitive(kind: Kind, primitive: str) -> str:
    """Return the correct answer where a hand does a primitive."""
    if kind == "primitive":
        return primitive
    return YES if primitive in (MOTION_PRIMITIVES if kind == "motion" else GRASP_PRIMITIVES) else NO


def answer_of_score(form: QuestionForm, score: int) -> str | None:
    """Return the correct answer about an item with a score; None where neither yes nor no is correct."""
    question = form.question
    if question is None:
        return str(score)
    if form.kind == "rating":
        return min(question.answer.options, key=lambda option: abs(int(option) - score))
    answer = gold_answer(ItemQuestion.of(question), score, start_s=0.0, end_s=0.0)
    return answer and answer.upper()


def vocabulary_texts(wording: Wording) -> list[str]:
    """Return the texts that the tokenizer is trained on; answers often enough to become one token each."""
    marks = {form.before for kind in KINDS for form in (*wording.of_tasks[kind], *wording.paraphrases[kind])}
    values: Iterable[str] = (YES, NO, *PRIMITIVES, *ACTIVITIES, *map(str, SCORES), ", ".join(PRIMITIVES))
    answers = [*values, *(f"{mark} {value}" for mark in sorted(marks) for value in (*ACTIVITIES, *map(str, SCORES)))]
    return [*wording.texts(), *(word for word in answers for _ in range(50)), "user", "assistant", "system"]
