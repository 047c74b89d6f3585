"""One video: a person is made, performs, is painted, and the pictures are written as H.264 with labels beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from lmms_eval_plugins.dataset.labels import LabelledHand, write_labels
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.demo.body import COCO_JOINTS, keypoints, take
from lmms_eval_plugins.demo.brush import Picture
from lmms_eval_plugins.demo.camera import HEIGHT, WIDTH, camera_of
from lmms_eval_plugins.demo.exercises import EXERCISES
from lmms_eval_plugins.demo.motion import FPS, Array, timeline_of
from lmms_eval_plugins.demo.painter import paint
from lmms_eval_plugins.demo.subjects import generator, make_subject
from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.vocabulary import Activity

KEYPOINT_COLUMNS = ("video_id", "frame", "joint", "x", "y", "confidence")
"""Columns of the key points; ``x``, ``y`` in pixels, the centre of the first pixel at 0, 0."""

_CODEC = "libx264"
_ENCODER = {
    "preset": "veryfast",
    "crf": "23",
    "bf": "0",
    "g": str(2 * FPS),
    "x264-params": "ref=1:subme=1:me=dia:trellis=0",
}


@dataclass(frozen=True, slots=True)
class Job:
    """One video to make: the ``index``-th person of a seed does an activity; files go under ``folder``."""

    folder: Path
    seed: int
    index: int
    activity: Activity
    n_frames: int


@dataclass(frozen=True, slots=True)
class Filmed:
    """A finished video: its manifest row (paths relative to the folder) and its key points as CSV lines."""

    trial: Trial
    keypoint_lines: str


def film(job: Job) -> Filmed:
    """Write a video and its label file; the same job makes the same labels everywhere.

    Raises:
        UserError: this PyAV cannot encode H.264.
        OSError: a file cannot be written.
    """
    subject = make_subject(job.seed, job.index)
    rng = generator(job.seed, job.index, 1, list(EXERCISES).index(job.activity))
    performance = EXERCISES[job.activity](subject, job.n_frames, rng)
    taken = take(subject, performance, job.n_frames, rng)
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
    grain = _Grain(subject.visit.noise, rng)
    with _Recorder(job.folder / trial.path) as recorder:
        for picture in paint(subject, performance.scene, taken):
            recorder.write(grain(picture))
    return Filmed(trial, _lines(video_id, keypoints(taken, camera_of(subject.visit))))


class _Grain:
    """The sensor's noise: turns an RGB picture into planar YUV 4:2:0 with grain in its brightness."""

    def __init__(self, deviation: float, rng: np.random.Generator) -> None:
        self._noise = np.rint(rng.normal(0, deviation, (2 * HEIGHT, 2 * WIDTH))).astype(np.int16)
        self._rng = rng

    def __call__(self, picture: Picture) -> Picture:
        yuv = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420)
        top, left = int(self._rng.integers(HEIGHT)), int(self._rng.integers(WIDTH))
        yuv[:HEIGHT] = cv2.add(yuv[:HEIGHT], self._noise[top : top + HEIGHT, left : left + WIDTH], dtype=cv2.CV_8U)
        return np.asarray(yuv, np.uint8)


class _Recorder:
    """An H.264 file that planar YUV pictures are written to; FFmpeg's errors become OSErrors with the file's name."""

    def __init__(self, path: Path) -> None:
        if _CODEC not in av.codecs_available:
            raise UserError(f"this PyAV has no {_CODEC} encoder, so no video can be made; install av from PyPI")
        self._path = path

    def __enter__(self) -> _Recorder:
        try:
            self._container = av.open(str(self._path), "w")
            self._stream = self._container.add_stream(_CODEC, rate=FPS, options=_ENCODER)
        except av.FFmpegError as error:
            raise self._readable(error) from None
        self._stream.width, self._stream.height, self._stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        self._stream.codec_context.thread_count = 1
        return self

    def write(self, yuv: Picture) -> None:
        """Add a picture."""
        self._encode(av.VideoFrame.from_ndarray(yuv, format="yuv420p"))

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self._encode(None)
            self._container.close()
        except av.FFmpegError as error:
            raise self._readable(error) from None

    def _encode(self, frame: object) -> None:
        try:
            self._container.mux(self._stream.encode(frame))
        except av.FFmpegError as error:
            raise self._readable(error) from None

    def _readable(self, error: av.FFmpegError) -> OSError:
        return OSError(error.errno, error.strerror, str(self._path))


def _lines(video_id: str, points: Array) -> str:
    lines = [
        f"{video_id},{frame},{joint},{x:.2f},{y:.2f},{confidence:.0f}"
        for frame, joints in enumerate(points.tolist())
        for joint, (x, y, confidence) in zip(COCO_JOINTS, joints, strict=True)
    ]
    return "\n".join(lines) + "\n"
