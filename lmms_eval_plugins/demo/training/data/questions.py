"""Questions about a window with their correct answers: drawn for training, or all those of the tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.demo.training.config import Recipe
from lmms_eval_plugins.demo.training.data.clips import AnyClip, ExamClip, MomentClip, WholeClip
from lmms_eval_plugins.demo.training.data.wording import (
    HAND_KINDS,
    HANDS,
    ITEM_KINDS,
    Kind,
    QuestionForm,
    QuestionSubject,
    Wording,
    answer_of_primitive,
    answer_of_score,
)
from lmms_eval_plugins.domain.timeline import without_repeats
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.sets import View

_MOMENT_KINDS: tuple[Kind, ...] = (*HAND_KINDS, "primitives", "activity")
"""Kinds of questions about short windows: lists of primitives twice, because they are hardest; and the activity, which
is in no task about short windows, because it teaches what objects are."""

_CRITERION_SHARE = 0.5
_SPEED_ITEM = 33
"""Scored from counts, which the model does not learn."""

_VIEWS: dict[str, View] = {"F": "front", "S": "side"}
_PLACES = ("left half", "right half")


@dataclass(frozen=True, slots=True)
class TrainingQuestion:
    """One question about a window, as a task sends it, and its correct answer."""

    kind: Kind
    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Topic:
    """The subject of one question: a kind and a hand, by its index in `wording.HANDS`."""

    kind: Kind
    hand: int


def draw_questions(
    clip: AnyClip, count: int, wording: Wording, recipe: Recipe, rng: np.random.Generator
) -> list[TrainingQuestion]:
    """Draw at least ``count`` questions about a window, in the tasks' words or paraphrased."""
    if isinstance(clip, MomentClip):
        topics = draw_topics(clip.busy, count, recipe.other_hand, rng)
        return [_about_hand(clip, topic, wording, recipe, rng) for topic in topics]
    questions: list[TrainingQuestion] = []
    while len(questions) < count:
        questions += (
            _about_whole(clip, wording, recipe, rng)
            if isinstance(clip, WholeClip)
            else _about_item(clip, wording, recipe, rng)
        )
    return questions


def draw_topics(busy: int, count: int, other_hand: float, rng: np.random.Generator) -> list[Topic]:
    """Draw the topics of a short window: motion and grasp of the busy hand, then any kind, of either hand."""
    topics = [Topic("motion", busy), Topic("grasp", busy)][:count]
    while len(topics) < count:
        hand = 1 - busy if rng.uniform() < other_hand else busy
        topics.append(Topic(_MOMENT_KINDS[int(rng.integers(len(_MOMENT_KINDS)))], hand))
    return topics


def task_questions(clip: AnyClip, wording: Wording) -> Iterator[TrainingQuestion]:
    """Yield every question of the tasks about a window, for the busy hand or the affected arm."""
    if isinstance(clip, WholeClip):
        for form in wording.task_forms("activity", QuestionSubject("left")):
            yield TrainingQuestion("activity", form.render(QuestionSubject("left")), form.write(clip.activity))
    elif isinstance(clip, MomentClip):
        for kind in HAND_KINDS:
            subject = QuestionSubject(HANDS[clip.busy])
            for form in wording.task_forms(kind, subject):
                yield TrainingQuestion(kind, form.render(subject), form.write(answer_about(clip, kind, clip.busy)))
    else:
        for item in _items(clip):
            subject = subject_of(clip, item)
            for kind in ITEM_KINDS:
                for form in wording.task_forms(kind, subject):
                    yield from _scored(clip, subject, form)


def answer_about(clip: MomentClip, kind: Kind, hand: int) -> str:
    """Return the correct answer about a hand in a short window."""
    if kind == "activity":
        return clip.activity
    if kind == "primitives":
        return ", ".join(without_repeats(PRIMITIVES[primitive] for primitive in clip.doing[hand]))
    return answer_of_primitive(kind, PRIMITIVES[int(clip.label[hand])])


def subject_of(clip: ExamClip, item: int) -> QuestionSubject:
    """Return the subject of a question about an item of an assessment clip."""
    hand = HANDS[1 - clip.video.hand if clip.is_mirrored else clip.video.hand]
    place = _PLACES[clip.is_mirrored] if clip.arm == "both" else ""
    return QuestionSubject(hand, item, clip.arm, _VIEWS[clip.video.camera], place)


def _about_hand(
    clip: MomentClip, topic: Topic, wording: Wording, recipe: Recipe, rng: np.random.Generator
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
    if kind == "criterion" and not wording.task_forms(kind, subject):
        kind = "rating"
    yield from _scored(clip, subject, wording.draw(kind, subject, recipe.task_words, rng))


def _scored(clip: ExamClip, subject: QuestionSubject, form: QuestionForm) -> Iterator[TrainingQuestion]:
    answer = answer_of_score(form, clip.video.scores[subject.item or 0])
    if answer is not None:
        yield TrainingQuestion(form.kind, form.render(subject), form.write(answer))


def _items(clip: ExamClip) -> list[int]:
    return [item for item in clip.video.exam.items if item != _SPEED_ITEM]
