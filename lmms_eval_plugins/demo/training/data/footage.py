"""Training videos with their truth: filmed like the demo dataset, with other people.

A video is made as the demo dataset's are, and decoded again, so that the model learns from pictures that went through
the camera's noise and H.264. What is not in its label file (the hand that is not labelled, where hands are) comes from
playing the same performance again from the same seed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.demo.scenes.activities.exercises import EXERCISES
from lmms_eval_plugins.demo.scenes.body import play_performance
from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH, camera_of
from lmms_eval_plugins.demo.scenes.exams.clips import ExamJob, affected_arm, film_exam
from lmms_eval_plugins.demo.scenes.exams.items import EXAM_FPS, Exam
from lmms_eval_plugins.demo.scenes.exams.items import View as Camera
from lmms_eval_plugins.demo.scenes.film import FilmJob, film
from lmms_eval_plugins.demo.scenes.motion import FPS, timeline_of
from lmms_eval_plugins.demo.scenes.subjects import generator, make_subject
from lmms_eval_plugins.demo.training.config import Pictures
from lmms_eval_plugins.demo.training.data.scenes import AnyScene, ExamScene, TrainingScene
from lmms_eval_plugins.demo.training.data.wording import HANDS
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES, Activity
from lmms_eval_plugins.video.decode import Frames, decode_windows
from lmms_eval_plugins.video.windows import Dense, windows

_DECODED_AT_ONCE = 30


@dataclass(frozen=True, slots=True)
class ActivityFootage:
    """The video of an activity as the model sees it, with its truth.

    Attributes:
        frames: (frames, height, width, 3), uint8, resized as the processor does it.
        stride: native frames (FPS per second) from one of them to the next.
        activity: of the video.
        primitives: (2, native frames), the primitive of each of `HANDS`, as an index of `PRIMITIVES`.
        grips: (2, native frames, 2), where each hand's grip is: x and y as shares of the picture.
        busy: index of the hand that does the activity.
    """

    frames: Frames
    stride: int
    activity: Activity
    primitives: npt.NDArray[np.int64]
    grips: npt.NDArray[np.float32]
    busy: int


@dataclass(frozen=True, slots=True)
class ExamFootage:
    """The clips of a task of the assessment as the model sees them, with the scores.

    Attributes:
        alone: the affected arm's clip, (frames, height, width, 3), uint8.
        both: the clip with both arms, the affected one on the left; None where there is none.
        fps: of their frames.
        exam: the task.
        camera: where the camera stands.
        scores: of the affected arm, by item.
        hand: index of the affected arm's side.
    """

    alone: Frames
    both: Frames | None
    fps: float
    exam: Exam
    camera: Camera
    scores: Mapping[int, int]
    hand: int


AnyFootage = ActivityFootage | ExamFootage


def load_footage(folder: Path, scene: AnyScene) -> AnyFootage:
    """Load a finished video; its frames stay on disk until they are used."""
    truth = np.load(folder / f"{scene.name}.npz")
    return _footage(scene, np.load(folder / f"{scene.name}.npy", mmap_mode="r"), truth)


def missing_scenes(folder: Path, scenes: Sequence[AnyScene]) -> list[AnyScene]:
    """Return the scenes that are not yet in a folder."""
    return [scene for scene in scenes if not (folder / f"{scene.name}.npz").is_file()]


def film_scenes(folder: Path, scenes: Sequence[AnyScene], workers: int) -> Iterator[AnyScene]:
    """Film the scenes that are missing in a folder, and yield each when it is finished."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    folder.mkdir(parents=True, exist_ok=True)
    todo = missing_scenes(folder, scenes)
    if workers <= 1 or len(todo) <= 1:
        for scene in todo:
            yield film_scene(folder, scene)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_one_thread) as pool:
        try:
            for done in as_completed([pool.submit(film_scene, folder, scene) for scene in todo]):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def film_scene(folder: Path, scene: AnyScene) -> AnyScene:
    """Film one scene into a folder, whole or not at all, and return it."""
    frames, truth = _shoot(scene)
    with _whole(folder / f"{scene.name}.npy") as file:
        np.save(file, frames)
    with _whole(folder / f"{scene.name}.npz") as file:
        np.savez(file, allow_pickle=False, **truth)
    return scene


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that gets its name when it is finished."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        yield file
    part.rename(path)


_Arrays = Mapping[str, npt.NDArray[np.generic]]


def _footage(scene: AnyScene, frames: Frames, truth: _Arrays) -> AnyFootage:
    if isinstance(scene, TrainingScene):
        busy = int(truth["busy"])
        primitives, grips = np.asarray(truth["primitives"], np.int64), np.asarray(truth["grips"], np.float32)
        return ActivityFootage(frames, scene.stride, scene.activity, primitives, grips, busy)
    n_alone = int(truth["n_alone"])
    return ExamFootage(
        alone=frames[:n_alone],
        both=frames[n_alone:] if len(frames) > n_alone else None,
        fps=EXAM_FPS / scene.stride,
        exam=scene.exam,
        camera=scene.camera,
        scores=scene.scores,
        hand=HANDS.index(affected_arm(make_subject(scene.seed, scene.index))),
    )


def _shoot(scene: AnyScene) -> tuple[Frames, _Arrays]:
    return _shoot_activity(scene) if isinstance(scene, TrainingScene) else _shoot_exam(scene)


def _shoot_activity(scene: TrainingScene) -> tuple[Frames, _Arrays]:
    subject = make_subject(scene.seed, scene.index)
    rng = generator(scene.seed, scene.index, 1, list(EXERCISES).index(scene.activity))
    performance = EXERCISES[scene.activity](subject, scene.n_frames, rng)
    taken = play_performance(subject, performance, scene.n_frames, rng)
    camera, size = camera_of(subject.visit), np.array([WIDTH, HEIGHT])
    times = (np.arange(scene.n_frames) + 0.5) / FPS
    with tempfile.TemporaryDirectory() as folder:
        trial = film(FilmJob(Path(folder), scene.seed, scene.index, scene.activity, scene.n_frames)).trial
        frames = _decoded(Path(folder) / trial.path, scene.n_frames, FPS, scene.pictures)
    primitives = [
        [PRIMITIVES.index(timeline_of(performance.scripts[hand], scene.n_frames).at(time)) for time in times]
        for hand in HANDS
    ]
    grips = [(camera.project(taken.hands[hand].position)[:, :2] + 0.5) / size for hand in HANDS]
    return frames, {
        "primitives": np.array(primitives, np.int64),
        "grips": np.array(grips, np.float32),
        "busy": np.array(HANDS.index(performance.hand)),
    }


def _shoot_exam(scene: ExamScene) -> tuple[Frames, _Arrays]:
    with tempfile.TemporaryDirectory() as folder:
        job = ExamJob(Path(folder), scene.seed, scene.index, scene.exam, scene.camera, scene.scores)
        alone, *both = [
            _decoded(Path(folder) / clip.path, clip.n_frames or 0, EXAM_FPS, scene.pictures)
            for clip in film_exam(job, wanted=("A", "B"))
        ]
    return np.concatenate([alone, *both]), {"n_alone": np.array(len(alone))}


def _decoded(path: Path, n_frames: int, fps: float, pictures: Pictures) -> Frames:
    """Return the frames of a video that are kept, resized."""
    chunks = windows(n_frames, fps, Dense(fps=pictures.fps, frames=_DECODED_AT_ONCE))
    return np.concatenate([_resized(frames, pictures) for _, frames in decode_windows(path, chunks, fps)])


def _resized(frames: Frames, pictures: Pictures) -> Frames:
    """Return frames (frames, height, width, 3) in the size that the processor gives them, resized as it does it."""
    import torch
    from torchvision.transforms.v2 import InterpolationMode
    from torchvision.transforms.v2.functional import resize
    from transformers.models.qwen2_vl.video_processing_qwen2_vl import smart_resize

    size = smart_resize(*frames.shape[1:3], factor=28, min_pixels=pictures.min_pixels, max_pixels=pictures.max_pixels)
    channels_first = torch.from_numpy(np.ascontiguousarray(frames)).permute(0, 3, 1, 2)
    small = resize(channels_first, list(size), interpolation=InterpolationMode.BICUBIC, antialias=True)
    return np.asarray(small.permute(0, 2, 3, 1).contiguous().numpy(), np.uint8)


def _one_thread() -> None:
    import cv2
    import torch

    cv2.setNumThreads(1)
    torch.set_num_threads(1)
