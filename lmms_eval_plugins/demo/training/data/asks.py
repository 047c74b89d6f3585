"""What to ask about a window, and the correct answers: drawn for training, or all that the tasks ask."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.demo.training.config import Recipe
from lmms_eval_plugins.demo.training.data.clips import AnyClip, ExamClip, HandClip, WholeClip
from lmms_eval_plugins.demo.training.data.words import (
    HAND_KINDS,
    HANDS,
    ITEM_KINDS,
    Form,
    Kind,
    QuestionSubject,
    Wording,
    answer_of_score,
    answer_words,
)
from lmms_eval_plugins.domain.timeline import without_repeats
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.sets import View

_MOMENT_KINDS: tuple[Kind, ...] = (*HAND_KINDS, "primitives", "activity")
"""What short windows are asked about: lists more often, which are hardest; and their activity, which no task asks,
because it teaches what objects are."""

_CRITERION_SHARE = 0.5
_SPEED_ITEM = 33
"""Scored from counts, which the model does not learn."""

_VIEWS: dict[str, View] = {"F": "front", "S": "side"}
_PLACES = ("left half", "right half")


@dataclass(frozen=True, slots=True)
class TrainingQuestion:
    """One question about a window, as a task sends it, and its correct answer."""

    kind: Kind
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Topic:
    """What one question is about: a kind and a hand, by its index in `footage.HANDS`."""

    kind: Kind
    hand: int


def draw_asks(
    clip: AnyClip, count: int, wording: Wording, recipe: Recipe, rng: np.random.Generator
) -> list[TrainingQuestion]:
    """Questions about a window, in the tasks' words or others."""
    if isinstance(clip, HandClip):
        topics = draw_topics(clip.busy, count, recipe.other_hand, rng)
        return [_about_hand(clip, topic, wording, recipe, rng) for topic in topics]
    asks: list[TrainingQuestion] = []
    while len(asks) < count:
        asks += (
            _about_whole(clip, wording, recipe, rng)
            if isinstance(clip, WholeClip)
            else _about_item(clip, wording, recipe, rng)
        )
    return asks


def draw_topics(busy: int, count: int, other_hand: float, rng: np.random.Generator) -> list[Topic]:
    """What to ask about a short window: motion and grasp of the busy hand, then anything, of either hand."""
    topics = [Topic("motion", busy), Topic("grasp", busy)][:count]
    while len(topics) < count:
        hand = 1 - busy if rng.uniform() < other_hand else busy
        topics.append(Topic(_MOMENT_KINDS[int(rng.integers(len(_MOMENT_KINDS)))], hand))
    return topics


def asks_of_tasks(clip: AnyClip, wording: Wording) -> Iterator[TrainingQuestion]:
    """All that the tasks ask about a window, about the busy hand or the affected arm."""
    if isinstance(clip, WholeClip):
        for form in wording.own("activity", QuestionSubject("left")):
            yield TrainingQuestion("activity", form.render(QuestionSubject("left")), form.write(clip.activity))
    elif isinstance(clip, HandClip):
        for kind in HAND_KINDS:
            subject = QuestionSubject(HANDS[clip.busy])
            for form in wording.own(kind, subject):
                yield TrainingQuestion(kind, form.render(subject), form.write(answer_about(clip, kind, clip.busy)))
    else:
        for item in _items(clip):
            subject = subject_of(clip, item)
            for kind in ITEM_KINDS:
                for form in wording.own(kind, subject):
                    yield from _scored(clip, subject, form)


def answer_about(clip: HandClip, kind: Kind, hand: int) -> str:
    """The correct answer about a hand in a short window."""
    if kind == "activity":
        return clip.activity
    if kind == "primitives":
        return ", ".join(without_repeats(PRIMITIVES[did] for did in clip.doing[hand]))
    return answer_words(kind, PRIMITIVES[int(clip.label[hand])])


def subject_of(clip: ExamClip, item: int) -> QuestionSubject:
    """What a question about an item of an assessment clip is about."""
    hand = HANDS[1 - clip.video.hand if clip.is_mirrored else clip.video.hand]
    place = _PLACES[clip.is_mirrored] if clip.arm == "both" else ""
    return QuestionSubject(hand, item, clip.arm, _VIEWS[clip.video.camera], place)


def _about_hand(
    clip: HandClip, topic: Topic, wording: Wording, recipe: Recipe, rng: np.random.Generator
) -> TrainingQuestion:
    subject = QuestionSubject(HANDS[topic.hand])
    form = wording.draw(topic.kind, subject, recipe.task_words, rng)
    return TrainingQuestion(topic.kind, form.render(subject), form.write(answer_about(clip, topic.kind, topic.hand)))


def _about_whole(
    clip: WholeClip, wording: Wording, recipe: Recipe, rng: np.random.Generator
) -> Iterator[TrainingQuestion]:
    subject = QuestionSubject(HANDS[int(rng.integers(2))])
    form = wording.draw("activity", subject, recipe.task_words, rng)
    yield TrainingQuestion("activity", form.render(subject), form.write(clip.activity))


def _about_item(
    clip: ExamClip, wording: Wording, recipe: Recipe, rng: np.random.Generator
) -> Iterator[TrainingQuestion]:
    items = _items(clip)
    subject = subject_of(clip, items[int(rng.integers(len(items)))])
    kind: Kind = "criterion" if rng.uniform() < _CRITERION_SHARE else "rating"
    if kind == "criterion" and not wording.own(kind, subject):
        kind = "rating"
    yield from _scored(clip, subject, wording.draw(kind, subject, recipe.task_words, rng))


def _scored(clip: ExamClip, subject: QuestionSubject, form: Form) -> Iterator[TrainingQuestion]:
    said = answer_of_score(form, clip.video.scores[subject.item or 0])
    if said is not None:
        yield TrainingQuestion(form.kind, form.render(subject), form.write(said))


def _items(clip: ExamClip) -> list[int]:
    return [item for item in clip.video.exam.items if item != _SPEED_ITEM]
