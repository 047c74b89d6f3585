"""Training scenes are the demo's scenes, seen as the engine and the processor show them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.dataset.labels import read_labels
from lmms_eval_plugins.demo.camera import HEIGHT, WIDTH
from lmms_eval_plugins.demo.film import Job, film
from lmms_eval_plugins.demo.model.clips import Reels, cut, mirrored, still, windows_of
from lmms_eval_plugins.demo.model.config import TrainingConfig
from lmms_eval_plugins.demo.model.footage import HANDS, Footage, Scene, make, missing, scenes_of
from lmms_eval_plugins.demo.motion import FPS
from lmms_eval_plugins.demo.render import ensure_demo
from lmms_eval_plugins.demo.subjects import generator
from lmms_eval_plugins.task.rows import centre_label
from lmms_eval_plugins.video.windows import Dense, windows
from lmms_eval_plugins.vocabulary import PRIMITIVES


def test_truth_is_that_of_the_filmed_video(footage: tuple[Footage, Footage], tmp_path: Path) -> None:
    """Playing a performance again gives the label file and the wrists' key points of the film."""
    for video, activity in zip(footage, ("RTT", "shelf"), strict=True):
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
        assert PRIMITIVES[int(clip.label[clip.busy])] == centre_label(truth, window)
        assert (clip.frames == video.frames[list(window.frames)]).all()


def test_nobody_is_in_two_parts(config: TrainingConfig) -> None:
    training, held_out = scenes_of(config)
    seeds = {scene.seed for scene in training}, {scene.seed for scene in held_out}
    assert not seeds[0] & seeds[1]
    assert 0 not in seeds[0] | seeds[1], "seed 0 is the demo dataset's"
    assert ensure_demo.__kwdefaults__["seed"] == 0


def test_a_mirror_swaps_hands(config: TrainingConfig, footage: tuple[Footage, Footage]) -> None:
    clip = cut(footage[0], 40, config.pictures)
    twin = mirrored(clip)
    assert (twin.frames[:, :, 0] == clip.frames[:, :, -1]).all()
    assert twin.busy == 1 - clip.busy
    assert list(twin.label) == list(clip.label[::-1])
    np.testing.assert_allclose(twin.grips[0, :, 0], 1 - clip.grips[1, :, 0])
    again = mirrored(twin)
    assert (again.frames == clip.frames).all()
    np.testing.assert_allclose(again.grips, clip.grips, atol=1e-6)


def test_a_still_window_has_no_motion(config: TrainingConfig, footage: tuple[Footage, Footage]) -> None:
    for start in (0, 30, 60, 90):
        clip = still(cut(footage[0], start, config.pictures))
        assert (clip.frames == clip.frames[0]).all()
        assert {PRIMITIVES[int(did)] for did in clip.label} <= {"idle", "stabilize"}


def test_windows_are_drawn_in_balance(config: TrainingConfig, footage: tuple[Footage, Footage]) -> None:
    reels, rng = Reels(footage, config.pictures), generator(5)
    drawn = [reels.draw(rng) for _ in range(400)]
    seen = np.bincount([clip.label[clip.busy] for clip in drawn], minlength=len(PRIMITIVES))
    there = seen[seen > 0]
    assert there.min() > 0.6 * there.max()
    assert 0.4 < np.mean([clip.busy for clip in drawn]) < 0.6, "half of them are mirrored"


def test_scenes_that_are_there_are_kept(config: TrainingConfig, tmp_path: Path) -> None:
    scene = Scene(5, 0, "RTT", 31, config.pictures)
    make(tmp_path, scene)
    assert missing(tmp_path, [scene]) == []
    (tmp_path / f"{scene.name}.npz").unlink()
    assert missing(tmp_path, [scene]) == [scene]


@pytest.mark.parametrize("start", [0, 17])
def test_cut_takes_every_second_native_frame(
    config: TrainingConfig, footage: tuple[Footage, Footage], start: int
) -> None:
    clip = cut(footage[1], start, config.pictures)
    assert (clip.frames == footage[1].frames[start : start + 16 : 2]).all()
    assert clip.grips.shape == (2, 4, 2)
