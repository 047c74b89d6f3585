"""Windows of training videos are cut as the tasks cut them, and drawn in balance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.assessments.dose.gold import centre_label
from lmms_eval_plugins.dataset.labels.label_file import read_labels
from lmms_eval_plugins.demo.scenes.exams.clips import ExamJob, film_exam
from lmms_eval_plugins.demo.scenes.film import FilmJob, film
from lmms_eval_plugins.demo.scenes.motion import FPS
from lmms_eval_plugins.demo.scenes.subjects import generator
from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.clips import (
    ClipSampler,
    cut_clip,
    exam_clips,
    frozen_clip,
    mirrored_clip,
    moment_clips,
    whole_clip,
)
from lmms_eval_plugins.demo.training.data.footage import (
    ActivityFootage,
    ExamFootage,
)
from lmms_eval_plugins.demo.training.data.wording import HANDS
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.video.windows import Dense, Uniform, windows


def test_windows_and_labels_are_the_tasks(
    config: TrainingConfig, footage: tuple[ActivityFootage, ActivityFootage], tmp_path: Path
) -> None:
    video = footage[0]
    made = film(FilmJob(tmp_path, 424242, 1, "RTT", 120))
    truth = read_labels(tmp_path / str(made.trial.labels)).timeline
    of_task = windows(120, FPS, Dense(fps=config.pictures.fps, frames=config.pictures.frames))[:-1]
    clips = list(moment_clips(video, config.pictures))
    assert len(clips) == len(of_task)
    for clip, window in zip(clips, of_task, strict=True):
        assert PRIMITIVES[int(clip.label[clip.busy])] == centre_label(truth, window.start_s, window.end_s)
        assert (clip.frames == video.frames[[frame // video.stride for frame in window.frames]]).all()
        doing = truth.overlapping(window.start_s, window.end_s).labels
        assert [PRIMITIVES[did] for did in dict.fromkeys(clip.doing[clip.busy].tolist())] == list(dict.fromkeys(doing))


def test_a_whole_video_is_shown_as_a_task_shows_it(
    config: TrainingConfig, footage: tuple[ActivityFootage, ActivityFootage]
) -> None:
    """Up to the one frame in two that is kept."""
    clip = whole_clip(footage[0], config.pictures)
    [window] = windows(120, FPS, Uniform(strategy="uniform", frames=config.pictures.frames))
    shown = np.array(window.frames) / footage[0].stride
    kept = [int(np.flatnonzero((footage[0].frames == frame).all(axis=(1, 2, 3)))[0]) for frame in clip.frames]
    assert np.abs(shown - kept).max() <= 1
    assert clip.fps == pytest.approx(FPS * 7 / 119, rel=0.02)
    assert clip.activity == "RTT"


def test_assessment_clips_are_the_demos(
    config: TrainingConfig, exams: tuple[ExamFootage, ExamFootage], tmp_path: Path
) -> None:
    """All of a clip at a glance; where time counts, one window after the other."""
    single, timed = exams
    [alone, both] = exam_clips(single, config.pictures)
    assert (alone.arm, both.arm) == ("affected", "both")
    assert (alone.frames[[0, -1]] == single.alone[[0, -1]]).all()
    assert single.both is not None and (both.frames[-1] == single.both[-1]).all()
    clips = list(exam_clips(timed, config.pictures))
    assert len(clips) == len(timed.alone) // config.pictures.frames
    assert {clip.fps for clip in clips} == {15.0}
    [made] = film_exam(ExamJob(tmp_path, 424242, 1, single.exam, single.camera, single.scores), wanted=["A"])
    assert made.n_frames == len(single.alone)
    assert made.side_affected.lower() == HANDS[single.hand]
    assert single.scores == {15: 2} and timed.scores == {31: 1, 32: 1, 33: 1}


def test_a_mirror_swaps_hands(config: TrainingConfig, footage: tuple[ActivityFootage, ActivityFootage]) -> None:
    clip = cut_clip(footage[0], 20, config.pictures)
    twin = mirrored_clip(clip)
    assert (twin.frames[:, :, 0] == clip.frames[:, :, -1]).all()
    assert twin.busy == 1 - clip.busy
    assert list(twin.label) == list(clip.label[::-1])
    np.testing.assert_allclose(twin.grips[0, :, 0], 1 - clip.grips[1, :, 0])
    again = mirrored_clip(twin)
    assert (again.frames == clip.frames).all()
    np.testing.assert_allclose(again.grips, clip.grips, atol=1e-6)


def test_a_still_window_has_no_motion(config: TrainingConfig, footage: tuple[ActivityFootage, ActivityFootage]) -> None:
    for start in (0, 15, 30, 45):
        clip = frozen_clip(cut_clip(footage[0], start, config.pictures))
        assert (clip.frames == clip.frames[0]).all()
        assert {PRIMITIVES[int(did)] for did in clip.label} <= {"idle", "stabilize"}


def test_windows_are_drawn_in_balance(config: TrainingConfig, footage: tuple[ActivityFootage, ActivityFootage]) -> None:
    sampler, rng = ClipSampler(footage, config.pictures), generator(5)
    drawn = [sampler.draw_moment(rng) for _ in range(400)]
    seen = np.bincount([clip.label[clip.busy] for clip in drawn], minlength=len(PRIMITIVES))
    there = seen[seen > 0]
    assert there.min() > 0.6 * there.max()
    assert 0.4 < np.mean([clip.busy for clip in drawn]) < 0.6, "half of them are mirrored"


def test_wholes_and_assessment_clips_are_drawn(
    config: TrainingConfig, footage: tuple[ActivityFootage, ActivityFootage], exams: tuple[ExamFootage, ExamFootage]
) -> None:
    sampler, rng = ClipSampler([*footage, *exams], config.pictures), generator(6)
    shape = (config.pictures.frames, *footage[0].frames.shape[1:])
    wholes = [sampler.draw_whole(rng) for _ in range(40)]
    assert {clip.activity for clip in wholes} == {"RTT", "drinking"}
    assert {clip.frames.shape for clip in wholes} == {shape}
    assert max(clip.fps for clip in wholes) > 1.5 * min(clip.fps for clip in wholes)
    drawn = [sampler.draw_exam(rng) for _ in range(80)]
    assert {clip.frames.shape for clip in drawn} == {shape}
    assert {(clip.arm, clip.video.exam.name) for clip in drawn} == {
        ("affected", "15"),
        ("both", "15"),
        ("affected", "31_33"),
    }
    assert 0.2 < np.mean([clip.is_mirrored for clip in drawn]) < 0.8


@pytest.mark.parametrize("start", [0, 17])
def test_cut_takes_frames_that_follow_each_other(
    config: TrainingConfig, footage: tuple[ActivityFootage, ActivityFootage], start: int
) -> None:
    clip = cut_clip(footage[1], start, config.pictures)
    assert (clip.frames == footage[1].frames[start : start + 8]).all()
    assert clip.grips.shape == (2, 4, 2)
    assert clip.doing.shape == (2, 16)
    assert clip.fps == 15
