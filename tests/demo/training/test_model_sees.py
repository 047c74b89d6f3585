"""The shipped model looks and does not guess; asked as the engine asks, on people that nobody trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from lmms_eval_plugins.demo.scenes.activities.exercises import EXERCISES
from lmms_eval_plugins.demo.scenes.exams.items import EXAMS
from lmms_eval_plugins.demo.shipped_weights import weights_folder
from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.asks import asks_of_tasks
from lmms_eval_plugins.demo.training.data.clips import AnyClip, HandClip, exam_clips, whole, windows_of
from lmms_eval_plugins.demo.training.data.footage import ExamFootage, Footage, shoot
from lmms_eval_plugins.demo.training.data.scenes import ExamScene, TrainingScene
from lmms_eval_plugins.demo.training.data.words import HANDS, NO, SCORES, YES, Kind, answer_words, load_wording
from lmms_eval_plugins.demo.training.evaluation import Answerer, Frames
from lmms_eval_plugins.demo.training.scoring import DemoModelScore, score_of
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES

SEED = 31337
SCORED: tuple[Kind, ...] = ("motion", "grasp")


@pytest.fixture(scope="module")
def answerer(config: TrainingConfig) -> Answerer:
    return Answerer(weights_folder(), config.pictures)


@pytest.fixture(scope="module")
def videos(config: TrainingConfig) -> list[Footage]:
    """Every activity, each by a person of another cohort than the one before."""
    scenes = [
        TrainingScene(SEED, index % 4, activity, 192, config.pictures) for index, activity in enumerate(EXERCISES)
    ]
    return [video for scene in scenes if isinstance(video := shoot(scene), Footage)]


@pytest.fixture(scope="module")
def clips(config: TrainingConfig, videos: list[Footage]) -> list[HandClip]:
    return [clip for video in videos for clip in windows_of(video, config.pictures)]


def margins(
    answerer: Answerer, clips: Sequence[HandClip], kind: Kind, frames: Sequence[Frames], other: bool = False
) -> list[float]:
    """By how much yes is above no, about the busy or the other hand."""
    asked = load_wording()
    found = []
    for clip, shown in zip(clips, frames, strict=True):
        hand = HANDS[1 - clip.busy if other else clip.busy]
        found.append(answerer.ask(shown, [asked.asked(kind, hand)], 15.0)[0].margin)
    return found


def truth(clips: Sequence[HandClip], kind: Kind, other: bool = False) -> list[bool]:
    return [
        answer_words(kind, PRIMITIVES[int(clip.label[1 - clip.busy if other else clip.busy])]) == YES for clip in clips
    ]


def area(score: DemoModelScore) -> float:
    assert score.auc is not None
    return score.auc


def test_it_sees(answerer: Answerer, clips: list[HandClip]) -> None:
    scores = {
        kind: score_of(margins(answerer, clips, kind, [clip.frames for clip in clips]), truth(clips, kind))
        for kind in SCORED
    }
    assert area(scores["motion"]) > 0.95 and area(scores["grasp"]) > 0.93, scores


def test_a_blank_video_leaves_it_at_chance(answerer: Answerer, clips: list[HandClip]) -> None:
    """Whatever it says of grey frames, it says of all of them; only hand and question are left to tell them apart."""
    blank = np.full_like(clips[0].frames, 128)
    for kind in SCORED:
        score = score_of(margins(answerer, clips, kind, [blank] * len(clips)), truth(clips, kind))
        assert 0.35 < area(score) < 0.65, (kind, score)


def test_a_frozen_video_does_not_move(answerer: Answerer, clips: list[HandClip]) -> None:
    frozen = [np.repeat(clip.frames[:1], len(clip.frames), axis=0) for clip in clips]
    moves = np.array(margins(answerer, clips, "motion", frozen)) > 0
    assert moves.mean() < 0.05


def test_the_other_hand_is_another_question(answerer: Answerer, clips: list[HandClip]) -> None:
    """Of the windows in which one hand moves and the other does not, it tells which; the same for holding."""
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


def test_words_are_what_the_logits_say(answerer: Answerer, clips: list[HandClip]) -> None:
    wording = load_wording()
    questions = [wording.asked(kind, hand) for kind in SCORED for hand in HANDS]
    for clip in clips[::4]:
        for asked in answerer.ask(clip.frames, questions, 15.0):
            assert asked.said == (YES if asked.margin > 0 else NO)


def test_it_names_primitives(answerer: Answerer, clips: list[HandClip]) -> None:
    wording = load_wording()
    said = [answerer.ask(clip.frames, [wording.asked("primitive", HANDS[clip.busy])], 15.0)[0].said for clip in clips]
    assert set(said) <= set(PRIMITIVES)
    right = np.mean([word == PRIMITIVES[int(clip.label[clip.busy])] for word, clip in zip(said, clips, strict=True)])
    assert right > 0.6


def test_without_metadata_it_still_answers(answerer: Answerer, clips: list[HandClip]) -> None:
    """At the 24 frames per second that the processor assumes where it is told nothing."""
    wording = load_wording()
    found, known = [], []
    for clip in clips:
        found.append(answerer.ask(clip.frames, [wording.asked("motion", HANDS[clip.busy])], 24.0)[0].margin)
        known.append(answer_words("motion", PRIMITIVES[int(clip.label[clip.busy])]) == YES)
    score: DemoModelScore = score_of(found, known)
    assert area(score) > 0.9


def test_it_names_activities(answerer: Answerer, config: TrainingConfig, videos: list[Footage]) -> None:
    right = [_right(answerer, whole(video, config.pictures)) for video in videos]
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
    asks = list(asks_of_tasks(clip, load_wording()))
    said = answerer.ask(clip.frames, [ask.question for ask in asks], clip.fps)
    return [one.said == ask.answer for one, ask in zip(said, asks, strict=True)]
