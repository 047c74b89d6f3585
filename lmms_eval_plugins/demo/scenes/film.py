"""One video: a person is made, performs and is painted; the pictures are written as H.264 with labels beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.dataset.labels.label_file import LabelledHand, write_labels
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.demo.scenes.activities.exercises import EXERCISES
from lmms_eval_plugins.demo.scenes.body import keypoints, play_performance
from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH, camera_of
from lmms_eval_plugins.demo.scenes.motion import FPS, Array, timeline_of
from lmms_eval_plugins.demo.scenes.painting.painter import paint
from lmms_eval_plugins.demo.scenes.recorder import Grain, PictureRecorder
from lmms_eval_plugins.demo.scenes.subjects import generator, make_subject
from lmms_eval_plugins.domain.vocabulary import Activity
from lmms_eval_plugins.video.pose.joints import COCO_JOINTS

KEYPOINT_COLUMNS = ("video_id", "frame", "joint", "x", "y", "confidence")
"""Columns of the keypoints; ``x``, ``y`` in pixels, the centre of the first pixel at 0, 0."""


@dataclass(frozen=True, slots=True)
class FilmJob:
    """One video to make: the ``index``-th person of a seed does an activity; files go under ``folder``."""

    folder: Path
    seed: int
    index: int
    activity: Activity
    n_frames: int


@dataclass(frozen=True, slots=True)
class FilmedVideo:
    """A finished video: its manifest row (paths relative to the folder) and its keypoints as CSV lines."""

    trial: Trial
    keypoint_lines: str


def film(job: FilmJob) -> FilmedVideo:
    """Write a video and its label file; the same job makes the same labels on every machine.

    Raises:
        UserError: this PyAV cannot encode H.264.
        OSError: a file cannot be written.
    """
    subject = make_subject(job.seed, job.index)
    rng = generator(job.seed, job.index, 1, list(EXERCISES).index(job.activity))
    performance = EXERCISES[job.activity](subject, job.n_frames, rng)
    taken = play_performance(subject, performance, job.n_frames, rng)
    timeline = timeline_of(performance.scripts[performance.hand], job.n_frames)
    video_id = f"{subject.code}_{performance.activity}1_1"
    trial = Trial(
        video_id=video_id,
        path=Path(subject.code) / f"{video_id}.mp4",
        patient=subject.code,
        cohort=subject.cohort,
        activity=performance.activity,
        hand=performance.hand,
        fps=FPS,
        n_frames=job.n_frames,
        duration_s=timeline.end_s,
        width=WIDTH,
        height=HEIGHT,
        labels=Path(subject.code) / f"{video_id}.csv",
    )
    (job.folder / subject.code).mkdir(exist_ok=True)
    write_labels(job.folder / subject.code / f"{video_id}.csv", LabelledHand(performance.hand, timeline))
    grain = Grain(subject.visit.noise, rng)
    with PictureRecorder(job.folder / trial.path, FPS) as recorder:
        for picture in paint(subject, performance.scene, taken):
            recorder.write(grain(picture))
    return FilmedVideo(trial, _lines(video_id, keypoints(taken, camera_of(subject.visit))))


def _lines(video_id: str, points: Array) -> str:
    lines = [
        f"{video_id},{frame},{joint},{x:.2f},{y:.2f},{confidence:.0f}"
        for frame, joints in enumerate(points.tolist())
        for joint, (x, y, confidence) in zip(COCO_JOINTS, joints, strict=True)
    ]
    return "\n".join(lines) + "\n"
