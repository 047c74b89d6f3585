"""Training videos are the demo's videos, with the truth of their label files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from lmms_eval_plugins.dataset.labels.label_file import read_labels
from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH
from lmms_eval_plugins.demo.scenes.exams.items import EXAMS
from lmms_eval_plugins.demo.scenes.film import FilmJob, film
from lmms_eval_plugins.demo.scenes.motion import FPS
from lmms_eval_plugins.demo.training.config import TrainingConfig
from lmms_eval_plugins.demo.training.data.footage import (
    ActivityFootage,
    ExamFootage,
    film_scene,
    load_footage,
    missing_scenes,
)
from lmms_eval_plugins.demo.training.data.scenes import AnyScene, ExamScene, TrainingScene
from lmms_eval_plugins.demo.training.data.wording import HANDS
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES, Activity
from tests.support.demo_model import shoot


def test_truth_is_that_of_the_filmed_video(footage: tuple[ActivityFootage, ActivityFootage], tmp_path: Path) -> None:
    """Playing a performance again gives the label file and the wrists' keypoints of the film."""
    activities: tuple[Activity, Activity] = ("RTT", "drinking")
    for video, activity in zip(footage, activities, strict=True):
        made = film(FilmJob(tmp_path, 424242, 1, activity, 120))
        labels = read_labels(tmp_path / str(made.trial.labels))
        assert HANDS[video.busy] == labels.hand
        labelled = [labels.timeline.at((frame + 0.5) / FPS) for frame in range(120)]
        assert [PRIMITIVES[did] for did in video.primitives[video.busy]] == labelled
        for hand, grips in zip(HANDS, video.grips, strict=True):
            lines = [line.split(",") for line in made.keypoint_lines.splitlines()]
            wrists = np.array([[float(x), float(y)] for _, _, joint, x, y, _ in lines if joint == f"{hand}_wrist"])
            apart = np.linalg.norm(wrists - grips * [WIDTH, HEIGHT], axis=1)
            assert apart.max() < 90, "a hand is near its wrist"


def test_scenes_that_are_there_are_kept(config: TrainingConfig, tmp_path: Path) -> None:
    scenes: list[AnyScene] = [
        TrainingScene(5, 0, "RTT", 31, config.pictures),
        ExamScene(5, 0, EXAMS[3], "F", (1,), config.pictures),
    ]
    for scene in scenes:
        film_scene(tmp_path, scene)
    assert missing_scenes(tmp_path, scenes) == []
    kept, again = load_footage(tmp_path, scenes[1]), shoot(scenes[1])
    assert isinstance(kept, ExamFootage) and isinstance(again, ExamFootage)
    assert (kept.alone == again.alone).all()
    (tmp_path / f"{scenes[0].name}.npz").unlink()
    assert missing_scenes(tmp_path, scenes) == [scenes[0]]
