"""Questions about windows, and their correct answers."""

from __future__ import annotations

import re
from dataclasses import replace

from lmms_eval_plugins.demo.scenes.subjects import generator
from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.clips import AnyClip, exam_clips, moment_clips, whole_clip
from lmms_eval_plugins.demo.training.data.footage import ActivityFootage, ExamFootage
from lmms_eval_plugins.demo.training.data.questions import Topic, draw_topics, subject_of, task_questions
from lmms_eval_plugins.demo.training.data.wording import (
    HAND_KINDS,
    KINDS,
    YES,
    YES_NO_KINDS,
    load_wording,
)
from lmms_eval_plugins.questions.reading import read


def test_answers_are_read_back_and_lead_to_the_score(
    config: TrainingConfig, footage: tuple[ActivityFootage, ActivityFootage], exams: tuple[ExamFootage, ExamFootage]
) -> None:
    """The reader of the answer's kind parses every answer of the training as the value it stands for."""
    wording = load_wording()
    kinds = {form.text: form.question.answer for forms in wording.of_tasks.values() for form in forms if form.question}
    clips: list[AnyClip] = [*moment_clips(footage[0], config.pictures), whole_clip(footage[1], config.pictures)]
    clips += [clip for video in exams for clip in exam_clips(video, config.pictures)]
    seen = set()
    for clip in clips:
        for question in task_questions(clip, wording):
            seen.add(question.kind)
            [kind] = {kind for text, kind in kinds.items() if _same(text, question.text)}
            answer = read(kind, question.answer)
            if question.kind in YES_NO_KINDS:
                assert answer is (question.answer == YES)
            elif question.kind == "rating":
                assert answer == int(question.answer[-1])
            elif question.kind == "primitives":
                assert answer == tuple(question.answer.split(", "))
            else:
                assert answer == question.answer.removeprefix("FINAL_ANSWER: ")
    assert seen == set(KINDS)


def _same(template: str, question: str) -> bool:
    parts = [re.escape(part) for part in re.split(r"\{\w+\}", re.sub(r"  +", " ", template).strip())]
    return re.fullmatch("[\\w ]*".join(parts), question) is not None


def test_a_mirrored_clip_is_about_the_other_side(
    config: TrainingConfig, exams: tuple[ExamFootage, ExamFootage]
) -> None:
    both = next(clip for clip in exam_clips(exams[0], config.pictures) if clip.arm == "both")
    item = exams[0].exam.items[0]
    twin = replace(both, is_mirrored=True)
    assert subject_of(both, item).place == "left half" and subject_of(twin, item).place == "right half"
    assert {subject_of(both, item).hand, subject_of(twin, item).hand} == {"left", "right"}


def test_the_busy_hand_is_always_a_topic() -> None:
    rng = generator(3)
    for busy in (0, 1):
        topics = draw_topics(busy, 4, 0.5, rng)
        assert topics[:2] == [Topic("motion", busy), Topic("grasp", busy)]
        assert len(topics) == 4
    many = draw_topics(0, 400, 0.5, rng)
    assert 0.4 < sum(topic.hand for topic in many) / len(many) < 0.6
    assert {topic.kind for topic in many} == {*HAND_KINDS, "activity"}
