"""What is filmed for the model: people doing activities, and people doing tasks of the assessment."""

from __future__ import annotations

from dataclasses import dataclass

from lmms_eval_plugins.demo.exams import EXAM_FPS, EXAMS, Exam
from lmms_eval_plugins.demo.exams import View as Camera
from lmms_eval_plugins.demo.exercises import EXERCISES
from lmms_eval_plugins.demo.model.config import Pictures, TrainingConfig
from lmms_eval_plugins.demo.motion import FPS
from lmms_eval_plugins.demo.render import RENDERER_VERSION
from lmms_eval_plugins.vocabulary import Activity


@dataclass(frozen=True, slots=True)
class Scene:
    """One video to make for the model: the ``index``-th person of a seed does an activity within pixel limits."""

    seed: int
    index: int
    activity: Activity
    n_frames: int
    pictures: Pictures

    @property
    def name(self) -> str:
        """What tells its file from others."""
        what = f"{self.activity.replace(' ', '-')}_{self.n_frames}"
        return f"v{RENDERER_VERSION}_{self.seed}_{self.index:04d}_{what}_{_shown(self.pictures)}"

    @property
    def stride(self) -> int:
        """Native frames from one frame that is kept to the next."""
        return max(1, round(FPS / self.pictures.fps))


@dataclass(frozen=True, slots=True)
class ExamScene:
    """The clips to make of one task of the assessment before one camera."""

    seed: int
    index: int
    exam: Exam
    camera: Camera
    pictures: Pictures

    @property
    def name(self) -> str:
        """What tells its file from others."""
        what = f"FM{self.exam.name}_{self.camera}"
        return f"v{RENDERER_VERSION}_{self.seed}_{self.index:04d}_{what}_{_shown(self.pictures)}"

    @property
    def stride(self) -> int:
        """Native frames from one frame that is kept to the next."""
        return max(1, round(EXAM_FPS / self.pictures.fps))


AnyScene = Scene | ExamScene


def scenes_of(config: TrainingConfig) -> tuple[list[AnyScene], list[AnyScene]]:
    """What there is to film of the people to train on, and of held-out people."""
    scenes, pictures = config.scenes, config.pictures
    n_frames = round(scenes.seconds * FPS)

    def cast(seed: int, subjects: int, examined: int) -> list[AnyScene]:
        videos = [
            Scene(seed, index, activity, n_frames, pictures) for index in range(subjects) for activity in EXERCISES
        ]
        clips = [
            ExamScene(seed, index, exam, camera, pictures)
            for index in range(examined)
            for exam in EXAMS
            for camera in exam.views
        ]
        return [*videos, *clips]

    return (
        cast(scenes.seed, scenes.subjects, scenes.examined),
        cast(scenes.held_out_seed, scenes.held_out_subjects, scenes.held_out_examined),
    )


def _shown(pictures: Pictures) -> str:
    return f"{pictures.fps}_{pictures.min_pixels}-{pictures.max_pixels}"
