"""The shipped model looks and does not guess; asked as the engine asks, on people that nobody trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from lmms_eval_plugins.demo.model.asking import Answerer, Frames
from lmms_eval_plugins.demo.model.clips import Clip, windows_of
from lmms_eval_plugins.demo.model.config import TrainingConfig
from lmms_eval_plugins.demo.model.footage import HANDS, Scene, shoot
from lmms_eval_plugins.demo.model.scoring import SCORED, Score, score_of
from lmms_eval_plugins.demo.model.shipped import weights_folder
from lmms_eval_plugins.demo.model.words import NO, YES, Kind, answer, load_wording
from lmms_eval_plugins.vocabulary import PRIMITIVES

SEED = 31337
PEOPLE = 4


@pytest.fixture(scope="module")
def answerer(config: TrainingConfig) -> Answerer:
    return Answerer(weights_folder(), config.pictures)


@pytest.fixture(scope="module")
def clips(config: TrainingConfig) -> list[Clip]:
    scenes = [
        Scene(SEED, index, activity, 192, config.pictures) for index in range(PEOPLE) for activity in ("RTT", "shelf")
    ]
    return [clip for scene in scenes for clip in windows_of(shoot(scene), config.pictures)]


def margins(
    answerer: Answerer, clips: Sequence[Clip], kind: Kind, frames: Sequence[Frames], other: bool = False
) -> list[float]:
    """By how much yes is above no, about the busy or the other hand."""
    asked = load_wording()
    found = []
    for clip, shown in zip(clips, frames, strict=True):
        hand = HANDS[1 - clip.busy if other else clip.busy]
        found.append(answerer.ask(shown, [asked.asked(kind, hand)], 15.0)[0].margin)
    return found


def truth(clips: Sequence[Clip], kind: Kind, other: bool = False) -> list[bool]:
    return [answer(kind, PRIMITIVES[int(clip.label[1 - clip.busy if other else clip.busy])]) == YES for clip in clips]


def test_it_sees(answerer: Answerer, clips: list[Clip]) -> None:
    scores = {
        kind: score_of(margins(answerer, clips, kind, [clip.frames for clip in clips]), truth(clips, kind))
        for kind in SCORED
    }
    assert scores["motion"].auc > 0.95 and scores["grasp"].auc > 0.93, scores


def test_a_blank_video_leaves_it_at_chance(answerer: Answerer, clips: list[Clip]) -> None:
    """Whatever it says of grey frames, it says of all of them; only hand and question are left to tell them apart."""
    blank = np.full_like(clips[0].frames, 128)
    for kind in SCORED:
        score = score_of(margins(answerer, clips, kind, [blank] * len(clips)), truth(clips, kind))
        assert 0.35 < score.auc < 0.65, (kind, score)


def test_a_frozen_video_does_not_move(answerer: Answerer, clips: list[Clip]) -> None:
    frozen = [np.repeat(clip.frames[:1], len(clip.frames), axis=0) for clip in clips]
    moves = np.array(margins(answerer, clips, "motion", frozen)) > 0
    assert moves.mean() < 0.05


def test_the_other_hand_is_another_question(answerer: Answerer, clips: list[Clip]) -> None:
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


def test_words_are_what_the_logits_say(answerer: Answerer, clips: list[Clip]) -> None:
    wording = load_wording()
    questions = [wording.asked(kind, hand) for kind in SCORED for hand in HANDS]
    for clip in clips[::4]:
        for asked in answerer.ask(clip.frames, questions, 15.0):
            assert asked.said == (YES if asked.margin > 0 else NO)


def test_it_names_primitives(answerer: Answerer, clips: list[Clip]) -> None:
    wording = load_wording()
    said = [answerer.ask(clip.frames, [wording.asked("primitive", HANDS[clip.busy])], 15.0)[0].said for clip in clips]
    assert set(said) <= set(PRIMITIVES)
    right = np.mean([word == PRIMITIVES[int(clip.label[clip.busy])] for word, clip in zip(said, clips, strict=True)])
    assert right > 0.6


def test_without_metadata_it_still_answers(answerer: Answerer, clips: list[Clip]) -> None:
    """At the 24 frames per second that the processor assumes where it is told nothing."""
    wording = load_wording()
    found, known = [], []
    for clip in clips:
        found.append(answerer.ask(clip.frames, [wording.asked("motion", HANDS[clip.busy])], 24.0)[0].margin)
        known.append(answer("motion", PRIMITIVES[int(clip.label[clip.busy])]) == YES)
    score: Score = score_of(found, known)
    assert score.auc > 0.9
