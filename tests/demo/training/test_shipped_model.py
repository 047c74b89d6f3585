"""The shipped model uses what it is shown; called as the engine calls it, on people that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from lmms_eval_plugins.demo.scenes.activities.exercises import EXERCISES
from lmms_eval_plugins.demo.scenes.exams.items import EXAMS
from lmms_eval_plugins.demo.shipped_weights import weights_folder
from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.clips import AnyClip, MomentClip, exam_clips, moment_clips, whole_clip
from lmms_eval_plugins.demo.training.data.footage import ActivityFootage, ExamFootage
from lmms_eval_plugins.demo.training.data.questions import task_questions
from lmms_eval_plugins.demo.training.data.scenes import ExamScene, TrainingScene
from lmms_eval_plugins.demo.training.data.wording import HANDS, NO, SCORES, YES, Kind, answer_of_primitive, load_wording
from lmms_eval_plugins.demo.training.scoring import DemoModelScore, yes_no_score
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.video.decode import Frames
from tests.support.demo_model import Answerer, question_text, shoot

SEED = 31337
SCORED: tuple[Kind, ...] = ("motion", "grasp")


@pytest.fixture(scope="module")
def answerer(config: TrainingConfig) -> Answerer:
    return Answerer(weights_folder(), config.pictures)


@pytest.fixture(scope="module")
def videos(config: TrainingConfig) -> list[ActivityFootage]:
    """Every activity, each by a person of another cohort than the one before."""
    scenes = [
        TrainingScene(SEED, index % 4, activity, 192, config.pictures) for index, activity in enumerate(EXERCISES)
    ]
    return [video for scene in scenes if isinstance(video := shoot(scene), ActivityFootage)]


@pytest.fixture(scope="module")
def clips(config: TrainingConfig, videos: list[ActivityFootage]) -> list[MomentClip]:
    return [clip for video in videos for clip in moment_clips(video, config.pictures)]


def margins(
    answerer: Answerer, clips: Sequence[MomentClip], kind: Kind, frames: Sequence[Frames], other: bool = False
) -> list[float]:
    """Return by how much yes is above no, about the busy or the other hand."""
    wording = load_wording()
    found = []
    for clip, shown in zip(clips, frames, strict=True):
        hand = HANDS[1 - clip.busy if other else clip.busy]
        found.append(answerer.answer(shown, [question_text(wording, kind, hand)], 15.0)[0].margin)
    return found


def truth(clips: Sequence[MomentClip], kind: Kind, other: bool = False) -> list[bool]:
    return [
        answer_of_primitive(kind, PRIMITIVES[int(clip.label[1 - clip.busy if other else clip.busy])]) == YES
        for clip in clips
    ]


def area(score: DemoModelScore) -> float:
    assert score.auc is not None
    return score.auc


def test_it_sees(answerer: Answerer, clips: list[MomentClip]) -> None:
    scores = {
        kind: yes_no_score(margins(answerer, clips, kind, [clip.frames for clip in clips]), truth(clips, kind))
        for kind in SCORED
    }
    assert area(scores["motion"]) > 0.95 and area(scores["grasp"]) > 0.93, scores


def test_a_blank_video_leaves_it_at_chance(answerer: Answerer, clips: list[MomentClip]) -> None:
    """All grey windows get the same answer; only hand and question are left to tell them apart."""
    blank = np.full_like(clips[0].frames, 128)
    for kind in SCORED:
        score = yes_no_score(margins(answerer, clips, kind, [blank] * len(clips)), truth(clips, kind))
        assert 0.35 < area(score) < 0.65, (kind, score)


def test_a_frozen_video_does_not_move(answerer: Answerer, clips: list[MomentClip]) -> None:
    frozen = [np.repeat(clip.frames[:1], len(clip.frames), axis=0) for clip in clips]
    moves = np.array(margins(answerer, clips, "motion", frozen)) > 0
    assert moves.mean() < 0.05


def test_the_other_hand_is_another_question(answerer: Answerer, clips: list[MomentClip]) -> None:
    """In windows in which one hand moves and the other does not, it finds which one; the same for holding."""
    frames = [clip.frames for clip in clips]
    for kind in SCORED:
        busy, other = truth(clips, kind), truth(clips, kind, other=True)
        apart = [i for i, (one, two) in enumerate(zip(busy, other, strict=True)) if one and not two]
        assert len(apart) > 10
        chosen, shown = [clips[i] for i in apart], [frames[i] for i in apart]
        of_busy = np.array(margins(answerer, chosen, kind, shown))
        of_other = np.array(margins(answerer, chosen, kind, shown, other=True))
        assert (of_busy > of_other).mean() > 0.9, kind
        assert (of_other < 0).mean() > 0.85, kind


def test_words_are_what_the_logits_say(answerer: Answerer, clips: list[MomentClip]) -> None:
    wording = load_wording()
    questions = [question_text(wording, kind, hand) for kind in SCORED for hand in HANDS]
    for clip in clips[::4]:
        for reply in answerer.answer(clip.frames, questions, 15.0):
            assert reply.text == (YES if reply.margin > 0 else NO)


def test_it_names_primitives(answerer: Answerer, clips: list[MomentClip]) -> None:
    wording = load_wording()
    questions = {hand: question_text(wording, "primitive", hand) for hand in HANDS}
    words = [answerer.answer(clip.frames, [questions[HANDS[clip.busy]]], 15.0)[0].text for clip in clips]
    assert set(words) <= set(PRIMITIVES)
    right = np.mean([word == PRIMITIVES[int(clip.label[clip.busy])] for word, clip in zip(words, clips, strict=True)])
    assert right > 0.6


def test_without_metadata_it_still_answers(answerer: Answerer, clips: list[MomentClip]) -> None:
    """At the 24 frames per second that the processor assumes without metadata."""
    wording = load_wording()
    found, known = [], []
    for clip in clips:
        question = question_text(wording, "motion", HANDS[clip.busy])
        found.append(answerer.answer(clip.frames, [question], 24.0)[0].margin)
        known.append(answer_of_primitive("motion", PRIMITIVES[int(clip.label[clip.busy])]) == YES)
    score: DemoModelScore = yes_no_score(found, known)
    assert area(score) > 0.9


def test_it_names_activities(answerer: Answerer, config: TrainingConfig, videos: list[ActivityFootage]) -> None:
    right = [_right(answerer, whole_clip(video, config.pictures)) for video in videos]
    assert np.mean([each for of_video in right for each in of_video]) > 0.8


def test_it_scores_items(answerer: Answerer, config: TrainingConfig) -> None:
    """By what the arm does, not by whose arm it is: the same person at all three levels."""
    scenes = [
        ExamScene(SEED, index % 4, exam, exam.views[0], (level,), config.pictures)
        for index, exam in enumerate(EXAMS[:5])
        for level in SCORES
    ]
    shot = [video for scene in scenes if isinstance(video := shoot(scene), ExamFootage)]
    right = [_right(answerer, clip) for video in shot for clip in exam_clips(video, config.pictures)]
    assert np.mean([each for of_clip in right for each in of_clip]) > 0.8


def _right(answerer: Answerer, clip: AnyClip) -> list[bool]:
    questions = list(task_questions(clip, load_wording()))
    replies = answerer.answer(clip.frames, [question.text for question in questions], clip.fps)
    return [reply.text == question.answer for reply, question in zip(replies, questions, strict=True)]
