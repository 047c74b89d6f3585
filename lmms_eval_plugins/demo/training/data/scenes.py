"""The scenes filmed for training: people doing activities, and people doing tasks of the assessment."""

from __future__ import annotations

from dataclasses import dataclass

from lmms_eval_plugins.demo.render import RENDERER_VERSION
from lmms_eval_plugins.demo.scenes.activities.exercises import EXERCISES
from lmms_eval_plugins.demo.scenes.exams.items import EXAM_FPS, EXAMS, Exam
from lmms_eval_plugins.demo.scenes.exams.items import View as Camera
from lmms_eval_plugins.demo.scenes.motion import FPS
from lmms_eval_plugins.demo.scenes.subjects import generator
from lmms_eval_plugins.demo.training.config import Pictures, TrainingConfig
from lmms_eval_plugins.domain.vocabulary import Activity


@dataclass(frozen=True, slots=True)
class TrainingScene:
    """One video to make: the ``index``-th person of a seed does an activity within pixel limits."""

    seed: int
    index: int
    activity: Activity
    n_frames: int
    pictures: Pictures

    @property
    def name(self) -> str:
        """Name of its files, different for every scene."""
        what = f"{self.activity.replace(' ', '-')}_{self.n_frames}"
        return f"v{RENDERER_VERSION}_{self.seed}_{self.index:04d}_{what}_{_shown(self.pictures)}"

    @property
    def stride(self) -> int:
        """Native frames from one kept frame to the next."""
        return max(1, round(FPS / self.pictures.fps))


@dataclass(frozen=True, slots=True)
class ExamScene:
    """The clips to make of one task of the assessment before one camera.

    ``levels`` are the scores (0 to 2) of the exam's items, in their order, that the affected arm moves after.
    """

    seed: int
    index: int
    exam: Exam
    camera: Camera
    levels: tuple[int, ...]
    pictures: Pictures

    @property
    def scores(self) -> dict[int, int]:
        """Levels by item."""
        return dict(zip(self.exam.items, self.levels, strict=True))

    @property
    def name(self) -> str:
        """Name of its files, different for every scene."""
        what = f"FM{self.exam.name}_{self.camera}_{''.join(map(str, self.levels))}"
        return f"v{RENDERER_VERSION}_{self.seed}_{self.index:04d}_{what}_{_shown(self.pictures)}"

    @property
    def stride(self) -> int:
        """Native frames from one kept frame to the next."""
        return max(1, round(EXAM_FPS / self.pictures.fps))


AnyScene = TrainingScene | ExamScene


def scenes_of(config: TrainingConfig) -> tuple[list[AnyScene], list[AnyScene]]:
    """Return the scenes of the people to train on, and those of held-out people."""
    scenes = config.scenes
    return (
        _cast(config, scenes.seed, scenes.subjects, scenes.examined),
        _cast(config, scenes.held_out_seed, scenes.held_out_subjects, scenes.held_out_examined),
    )


def _cast(config: TrainingConfig, seed: int, subjects: int, examined: int) -> list[AnyScene]:
    """Return scenes of the same people in all activities, and of another person for every clip of the assessment.

    The level of an arm is independent of the person: otherwise a model would learn who is in a clip, and read levels
    off shirts, instead of learning how the arm moves.
    """
    pictures, n_frames = config.pictures, round(config.scenes.seconds * FPS)
    videos = [
        TrainingScene(seed, index, activity, n_frames, pictures) for index in range(subjects) for activity in EXERCISES
    ]
    filmed = [(exam, camera) for exam in EXAMS for camera in exam.views for _ in range(examined)]
    clips = [
        ExamScene(seed, index, exam, camera, _levels(seed, index, exam), pictures)
        for index, (exam, camera) in enumerate(filmed)
    ]
    return [*videos, *clips]


def _levels(seed: int, index: int, exam: Exam) -> tuple[int, ...]:
    rng = generator(seed, index, 6)
    return tuple(int(rng.integers(3)) for _ in exam.items)


def _shown(pictures: Pictures) -> str:
    return f"{pictures.fps}_{pictures.min_pixels}-{pictures.max_pixels}"
