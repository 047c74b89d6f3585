"""Training scenes are the demo's scenes, seen as the engine and the processor show them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.assessments.dose.gold import centre_label
from lmms_eval_plugins.dataset.labels import read_labels
from lmms_eval_plugins.demo.render import ensure_demo
from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH
from lmms_eval_plugins.demo.scenes.exams.clips import ExamJob, film_exam
from lmms_eval_plugins.demo.scenes.exams.items import EXAMS, ITEMS
from lmms_eval_plugins.demo.scenes.film import Job, film
from lmms_eval_plugins.demo.scenes.motion import FPS
from lmms_eval_plugins.demo.scenes.subjects import SHIRTS, Colour, generator, make_subject
from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.clips import (
    Reels,
    cut_clips,
    exam_clips,
    mirrored,
    still_clip,
    whole,
    windows_of,
)
from lmms_eval_plugins.demo.training.data.footage import ExamFootage, Footage, load_footage, make, missing, shoot
from lmms_eval_plugins.demo.training.data.scenes import ExamScene, TrainingScene, scenes_of
from lmms_eval_plugins.demo.training.data.words import HANDS
from lmms_eval_plugins.domain.vocabulary import COHORTS, PRIMITIVES
from lmms_eval_plugins.video.windows import Dense, Uniform, windows


def test_truth_is_that_of_the_filmed_video(footage: tuple[Footage, Footage], tmp_path: Path) -> None:
    """Playing a performance again gives the label file and the wrists' key points of the film."""
    for video, activity in zip(footage, ("RTT", "drinking"), strict=True):
        made = film(Job(tmp_path, 424242, 1, activity, 120))  # type: ignore[arg-type]
        labels = read_labels(tmp_path / str(made.trial.labels))
        assert HANDS[video.busy] == labels.hand
        labelled = [labels.timeline.at((frame + 0.5) / FPS) for frame in range(120)]
        assert [PRIMITIVES[did] for did in video.primitives[video.busy]] == labelled
        for hand, grips in zip(HANDS, video.grips, strict=True):
            lines = [line.split(",") for line in made.keypoint_lines.splitlines()]
            wrists = np.array([[float(x), float(y)] for _, _, joint, x, y, _ in lines if joint == f"{hand}_wrist"])
            apart = np.linalg.norm(wrists - grips * [WIDTH, HEIGHT], axis=1)
            assert apart.max() < 90, "a hand is near its wrist"


def test_windows_and_labels_are_the_tasks(
    config: TrainingConfig, footage: tuple[Footage, Footage], tmp_path: Path
) -> None:
    video = footage[0]
    made = film(Job(tmp_path, 424242, 1, "RTT", 120))
    truth = read_labels(tmp_path / str(made.trial.labels)).timeline
    of_task = windows(120, FPS, Dense(fps=config.pictures.fps, frames=config.pictures.frames))[:-1]
    clips = list(windows_of(video, config.pictures))
    assert len(clips) == len(of_task)
    for clip, window in zip(clips, of_task, strict=True):
        assert PRIMITIVES[int(clip.label[clip.busy])] == centre_label(truth, window.start_s, window.end_s)
        assert (clip.frames == video.frames[[frame // video.stride for frame in window.frames]]).all()
        doing = truth.overlapping(window.start_s, window.end_s).labels
        assert [PRIMITIVES[did] for did in dict.fromkeys(clip.doing[clip.busy].tolist())] == list(dict.fromkeys(doing))


def test_a_whole_video_is_shown_as_a_task_shows_it(config: TrainingConfig, footage: tuple[Footage, Footage]) -> None:
    """Up to the one frame in two that is kept."""
    clip = whole(footage[0], config.pictures)
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
    [made] = film_exam(ExamJob(tmp_path, 424242, 1, single.exam, single.camera, single.scores), wanted="A")
    assert made.n_frames == len(single.alone)
    assert made.side_affected.lower() == HANDS[single.hand]
    assert single.scores == {15: 2} and timed.scores == {31: 1, 32: 1, 33: 1}


def test_nobody_and_no_colour_is_in_two_parts(config: TrainingConfig) -> None:
    training, held_out = scenes_of(config)
    seeds = {scene.seed for scene in training}, {scene.seed for scene in held_out}
    assert not seeds[0] & seeds[1]
    assert 0 not in seeds[0] | seeds[1], "seed 0 is the demo dataset's"
    assert ensure_demo.__kwdefaults__["seed"] == 0
    filmed = {(scene.seed, scene.index) for scene in (*training, *held_out)}
    assert not _colours({(0, index) for index in range(8)}) & _colours(filmed)


def test_who_it_is_does_not_tell_how_well_the_arm_moves(config: TrainingConfig) -> None:
    """Every clip of the assessment is of another person; levels are alike for all cohorts and all shirts."""
    for scenes in scenes_of(config):
        clips = [scene for scene in scenes if isinstance(scene, ExamScene)]
        assert len({scene.index for scene in clips}) == len(clips)
        for item in ITEMS:
            assert {scene.scores[item] for scene in clips if item in scene.exam.items} == {0, 1, 2}
        for groups in (len(COHORTS), len(SHIRTS)):
            levels = [[scene.levels[0] for scene in clips if scene.index % groups == group] for group in range(groups)]
            means = np.array([np.mean(of_group) for of_group in levels])
            noise = np.sqrt(2 / 3 / min(map(len, levels)))
            assert np.abs(means - 1).max() < 4 * noise


def _colours(people: set[tuple[int, int]]) -> set[tuple[str, Colour]]:
    subjects = [make_subject(seed, index) for seed, index in people]
    looks = {(part, getattr(s.looks, part)) for s in subjects for part in ("skin", "shirt", "hair", "strap")}
    return looks | {(part, getattr(s.visit, part)) for s in subjects for part in ("table", "wall")}


def test_a_mirror_swaps_hands(config: TrainingConfig, footage: tuple[Footage, Footage]) -> None:
    clip = cut_clips(footage[0], 20, config.pictures)
    twin = mirrored(clip)
    assert (twin.frames[:, :, 0] == clip.frames[:, :, -1]).all()
    assert twin.busy == 1 - clip.busy
    assert list(twin.label) == list(clip.label[::-1])
    np.testing.assert_allclose(twin.grips[0, :, 0], 1 - clip.grips[1, :, 0])
    again = mirrored(twin)
    assert (again.frames == clip.frames).all()
    np.testing.assert_allclose(again.grips, clip.grips, atol=1e-6)


def test_a_still_window_has_no_motion(config: TrainingConfig, footage: tuple[Footage, Footage]) -> None:
    for start in (0, 15, 30, 45):
        clip = still_clip(cut_clips(footage[0], start, config.pictures))
        assert (clip.frames == clip.frames[0]).all()
        assert {PRIMITIVES[int(did)] for did in clip.label} <= {"idle", "stabilize"}


def test_windows_are_drawn_in_balance(config: TrainingConfig, footage: tuple[Footage, Footage]) -> None:
    reels, rng = Reels(footage, config.pictures), generator(5)
    drawn = [reels.draw(rng) for _ in range(400)]
    seen = np.bincount([clip.label[clip.busy] for clip in drawn], minlength=len(PRIMITIVES))
    there = seen[seen > 0]
    assert there.min() > 0.6 * there.max()
    assert 0.4 < np.mean([clip.busy for clip in drawn]) < 0.6, "half of them are mirrored"


def test_wholes_and_assessment_clips_are_drawn(
    config: TrainingConfig, footage: tuple[Footage, Footage], exams: tuple[ExamFootage, ExamFootage]
) -> None:
    reels, rng = Reels([*footage, *exams], config.pictures), generator(6)
    shape = (config.pictures.frames, *footage[0].frames.shape[1:])
    wholes = [reels.draw_whole(rng) for _ in range(40)]
    assert {clip.activity for clip in wholes} == {"RTT", "drinking"}
    assert {clip.frames.shape for clip in wholes} == {shape}
    assert max(clip.fps for clip in wholes) > 1.5 * min(clip.fps for clip in wholes)
    drawn = [reels.draw_exam(rng) for _ in range(80)]
    assert {clip.frames.shape for clip in drawn} == {shape}
    assert {(clip.arm, clip.video.exam.name) for clip in drawn} == {
        ("affected", "15"),
        ("both", "15"),
        ("affected", "31_33"),
    }
    assert 0.2 < np.mean([clip.is_mirrored for clip in drawn]) < 0.8


def test_scenes_that_are_there_are_kept(config: TrainingConfig, tmp_path: Path) -> None:
    scenes = [TrainingScene(5, 0, "RTT", 31, config.pictures), ExamScene(5, 0, EXAMS[3], "F", (1,), config.pictures)]
    for scene in scenes:
        make(tmp_path, scene)
    assert missing(tmp_path, scenes) == []
    kept, again = load_footage(tmp_path, scenes[1]), shoot(scenes[1])
    assert isinstance(kept, ExamFootage) and isinstance(again, ExamFootage)
    assert (kept.alone == again.alone).all()
    (tmp_path / f"{scenes[0].name}.npz").unlink()
    assert missing(tmp_path, scenes) == [scenes[0]]


@pytest.mark.parametrize("start", [0, 17])
def test_cut_takes_frames_that_follow_each_other(
    config: TrainingConfig, footage: tuple[Footage, Footage], start: int
) -> None:
    clip = cut_clips(footage[1], start, config.pictures)
    assert (clip.frames == footage[1].frames[start : start + 8]).all()
    assert clip.grips.shape == (2, 4, 2)
    assert clip.doing.shape == (2, 16)
    assert clip.fps == 15
