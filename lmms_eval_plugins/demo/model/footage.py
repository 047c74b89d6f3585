"""Training videos with the truth about both hands: filmed like the demo dataset, by other people.

A video is made by `film` and decoded again, so that the model learns from pictures that went through the camera's noise
and H.264. What the film does not tell (the hand that is not labelled, where hands are) comes from playing the same
performance again from the same seed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.demo.body import take
from lmms_eval_plugins.demo.camera import HEIGHT, WIDTH, camera_of
from lmms_eval_plugins.demo.exercises import EXERCISES
from lmms_eval_plugins.demo.film import Job, film
from lmms_eval_plugins.demo.model.config import Pictures, TrainingConfig
from lmms_eval_plugins.demo.motion import FPS, timeline_of
from lmms_eval_plugins.demo.render import RENDERER_VERSION
from lmms_eval_plugins.demo.subjects import generator, make_subject
from lmms_eval_plugins.video.decode import decode_windows
from lmms_eval_plugins.video.windows import Dense, windows
from lmms_eval_plugins.vocabulary import PRIMITIVES, Activity, Hand

HANDS: tuple[Hand, Hand] = ("left", "right")
"""The order of hands in arrays: the patient's left, right."""

_DECODED_AT_ONCE = 30


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
        limits = f"{self.pictures.min_pixels}-{self.pictures.max_pixels}"
        return f"v{RENDERER_VERSION}_{self.seed}_{self.index:04d}_{self.activity}_{self.n_frames}_{limits}"


@dataclass(frozen=True, slots=True)
class Footage:
    """A video as the model sees it, with its truth.

    Attributes:
        frames: (frames, height, width, 3), uint8, resized as the processor does it; FPS per second.
        primitives: (2, frames), what each of `HANDS` does, as indices of `PRIMITIVES`.
        grips: (2, frames, 2), where each hand's grip is: x and y as parts of the picture.
        busy: index of the hand that exercises.
    """

    frames: npt.NDArray[np.uint8]
    primitives: npt.NDArray[np.int64]
    grips: npt.NDArray[np.float32]
    busy: int


def scenes_of(config: TrainingConfig) -> tuple[list[Scene], list[Scene]]:
    """The videos to train on, and those of held-out people; the people alternate between the exercises."""
    scenes, n_frames = config.scenes, round(config.scenes.seconds * FPS)

    def cast(seed: int, subjects: int) -> list[Scene]:
        return [
            Scene(seed, index, activity, n_frames, config.pictures)
            for index in range(subjects)
            for activity in EXERCISES
        ]

    return cast(scenes.seed, scenes.subjects), cast(scenes.held_out_seed, scenes.held_out_subjects)


def load(folder: Path, scene: Scene) -> Footage:
    """A finished video; its frames stay on disk until they are used."""
    truth = np.load(folder / f"{scene.name}.npz")
    frames = np.load(folder / f"{scene.name}.npy", mmap_mode="r")
    return Footage(frames, truth["primitives"], truth["grips"], int(truth["busy"]))


def missing(folder: Path, scenes: Sequence[Scene]) -> list[Scene]:
    """The scenes that are not yet in a folder."""
    return [scene for scene in scenes if not (folder / f"{scene.name}.npz").is_file()]


def make_all(folder: Path, scenes: Sequence[Scene], workers: int) -> Iterator[Scene]:
    """Make what is missing in a folder, and say which scene is finished."""
    from concurrent.futures import ProcessPoolExecutor, as_completed
    from multiprocessing import get_context

    folder.mkdir(parents=True, exist_ok=True)
    todo = missing(folder, scenes)
    if workers <= 1 or len(todo) <= 1:
        for scene in todo:
            yield make(folder, scene)
        return
    with ProcessPoolExecutor(workers, get_context("spawn"), initializer=_one_thread) as pool:
        try:
            for done in as_completed([pool.submit(make, folder, scene) for scene in todo]):
                yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def make(folder: Path, scene: Scene) -> Scene:
    """Film one scene and keep it in a folder, whole or not at all."""
    made = shoot(scene)
    with _whole(folder / f"{scene.name}.npy") as file:
        np.save(file, made.frames)
    with _whole(folder / f"{scene.name}.npz") as file:
        np.savez(file, primitives=made.primitives, grips=made.grips, busy=made.busy)
    return scene


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write that gets its name when it is finished."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        yield file
    part.rename(path)


def shoot(scene: Scene) -> Footage:
    """Film one scene and look at it as the model will."""
    subject = make_subject(scene.seed, scene.index)
    rng = generator(scene.seed, scene.index, 1, list(EXERCISES).index(scene.activity))
    performance = EXERCISES[scene.activity](subject, scene.n_frames, rng)
    taken = take(subject, performance, scene.n_frames, rng)
    camera, size = camera_of(subject.visit), np.array([WIDTH, HEIGHT])
    times = (np.arange(scene.n_frames) + 0.5) / FPS
    with tempfile.TemporaryDirectory() as folder:
        trial = film(Job(Path(folder), scene.seed, scene.index, scene.activity, scene.n_frames)).trial
        chunks = windows(scene.n_frames, FPS, Dense(fps=FPS, frames=_DECODED_AT_ONCE))
        decoded = [
            _resized(frames, scene.pictures) for _, frames in decode_windows(Path(folder) / trial.path, chunks, FPS)
        ]
    primitives = [
        [PRIMITIVES.index(timeline_of(performance.scripts[hand], scene.n_frames).at(time)) for time in times]
        for hand in HANDS
    ]
    grips = [(camera.project(taken.hands[hand].position)[:, :2] + 0.5) / size for hand in HANDS]
    return Footage(
        np.concatenate(decoded),
        np.array(primitives, np.int64),
        np.array(grips, np.float32),
        HANDS.index(performance.hand),
    )


def _resized(frames: Any, pictures: Pictures) -> npt.NDArray[np.uint8]:
    """Frames (frames, height, width, 3) in the size that the processor gives them, by its own way."""
    import torch
    from torchvision.transforms.v2 import InterpolationMode  # type: ignore[import-untyped]
    from torchvision.transforms.v2.functional import resize  # type: ignore[import-untyped]
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
