"""What the model is asked: the tasks' own questions and paraphrases of them, and the words that answer them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import yaml

from lmms_eval_plugins.places import shipped
from lmms_eval_plugins.questions.sets import load_questions
from lmms_eval_plugins.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, PRIMITIVES, Hand

Kind = Literal["motion", "grasp", "primitive"]
"""What a question is after."""

KINDS: tuple[Kind, ...] = ("motion", "grasp", "primitive")

YES, NO = "YES", "NO"

_WORDING = Path(__file__).with_name("wording.yaml")
_PRIMITIVE_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Wording:
    """Templates of questions by kind: the tasks' own, and paraphrases."""

    of_tasks: Mapping[Kind, tuple[str, ...]]
    paraphrases: Mapping[Kind, tuple[str, ...]]

    def draw(self, kind: Kind, hand: Hand, task_words: float, rng: np.random.Generator) -> str:
        """A question: with the probability ``task_words`` in a task's own words, where a task asks it."""
        own = self.of_tasks[kind]
        templates = own if own and rng.uniform() < task_words else self.paraphrases[kind]
        return render(templates[int(rng.integers(len(templates)))], hand)

    def asked(self, kind: Kind, hand: Hand) -> str:
        """The question as the first task that has it asks it, or its first paraphrase."""
        return render((*self.of_tasks[kind], *self.paraphrases[kind])[0], hand)

    def texts(self) -> Iterator[str]:
        """Every question about either hand, for the vocabulary."""
        for templates in (self.of_tasks, self.paraphrases):
            for kind in KINDS:
                for template in templates[kind]:
                    for hand in ("left", "right"):
                        yield render(template, hand)


def load_wording() -> Wording:
    """The questions of all shipped question sets whose truth demo scenes tell, and the paraphrases.

    Raises:
        UserError: a question set is not valid.
    """
    own: dict[Kind, list[str]] = {kind: [] for kind in KINDS}
    for path in sorted((shipped("tasks") / "strokerehab" / "questions").glob("*.yaml")):
        for question in load_questions(path).questions:
            if question.truth in KINDS:
                own[question.truth].append(question.text)
    paraphrases = yaml.safe_load(_WORDING.read_text(encoding="utf-8"))
    return Wording(
        {kind: tuple(texts) for kind, texts in own.items()},
        {kind: tuple(text.strip() for text in paraphrases[kind]) for kind in KINDS},
    )


def render(template: str, hand: Hand) -> str:
    """A template about a hand, as a task would send it."""
    return template.format(hand=hand, activity="", item="")


def answer(kind: Kind, primitive: str) -> str:
    """The correct answer where a hand does a primitive."""
    if kind == "primitive":
        return primitive
    return YES if primitive in (MOTION_PRIMITIVES if kind == "motion" else GRASP_PRIMITIVES) else NO


def vocabulary_texts(wording: Wording) -> list[str]:
    """What the tokenizer learns its words from; answers often enough to become one token each."""
    answers = [YES, NO, *PRIMITIVES]
    return [*wording.texts(), *(word for word in answers for _ in range(50)), "user", "assistant", "system"]


@dataclass(frozen=True, slots=True)
class Topic:
    """What one question is about: a kind and a hand, by its index in `footage.HANDS`."""

    kind: Kind
    hand: int


def draw_topics(busy: int, count: int, other_hand: float, rng: np.random.Generator) -> list[Topic]:
    """What to ask about a window: motion and grasp of the busy hand, then anything of either hand."""
    topics = [Topic("motion", busy), Topic("grasp", busy)][:count]
    while len(topics) < count:
        hand = 1 - busy if rng.uniform() < other_hand else busy
        kind = "primitive" if rng.uniform() < _PRIMITIVE_SHARE else KINDS[int(rng.integers(2))]
        topics.append(Topic(kind, hand))
    return topics
