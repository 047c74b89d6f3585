"""What several test folders need: a dataset of three two-second videos, and a tiny random Qwen2.5-VL."""

from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np
import pytest

from lmms_eval_plugins.dataset.labels import LabelledHand, write_labels
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, write_manifest
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.launch.harness import quiet_imports
from lmms_eval_plugins.timeline import Timeline
from lmms_eval_plugins.vocabulary import Hand

# Before torch is imported, and for processes that tests start: tiny models are slower on more threads, much so on a
# machine that is busy.
os.environ.setdefault("OMP_NUM_THREADS", "1")
quiet_imports()

WIDTH, HEIGHT = 64, 48

_PATIENTS: tuple[tuple[str, Hand, str, int, tuple[tuple[str, float], ...]], ...] = (
    ("P01", "right", "feeding", 30, (("reach", 0.0), ("transport", 0.5), ("reposition", 1.2), ("idle", 1.7))),
    ("P02", "left", "RTT left side", 30, (("idle", 0.2), ("reach", 0.6), ("transport", 1.0), ("stabilize", 1.5))),
    ("P03", "right", "drinking", 60, (("stabilize", 0.0), ("transport", 0.7), ("reach", 1.3))),
)
"""Patient, labelled hand, activity, frames per second, and the primitives with their starts."""


def write_video(path: Path, n_frames: int, fps: int, shade: int = 0) -> Path:
    """A bright square that wanders over a background of its own shade; every frame is different."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=fps)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.bit_rate = 400_000
        for i in range(n_frames):
            image = np.full((HEIGHT, WIDTH, 3), (shade, i * 3 % 256, 255 - shade), dtype=np.uint8)
            left, top = i % (WIDTH - 16), (i * 2) % (HEIGHT - 16)
            image[top : top + 16, left : left + 16] = 255
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())
    return path


def make_dataset(folder: Path, seconds: float = 2.0) -> Path:
    """A folder with three videos of three patients (none of them the study's), their labels and a manifest."""
    trials = []
    for number, (patient, hand, activity, fps, marks) in enumerate(_PATIENTS):
        video_id = f"{patient}_{activity}1_1"
        n_frames = round(seconds * fps)
        path = write_video(folder / patient / f"{video_id}.mp4", n_frames, fps, shade=80 * number)
        labels = path.with_suffix(".csv")
        write_labels(labels, LabelledHand(hand, Timeline.from_marks(marks, end_s=seconds)))
        trials.append(
            Trial(
                video_id=video_id,
                path=path,
                patient=patient,
                cohort="mild",
                activity=activity,
                hand=hand,
                fps=fps,
                n_frames=n_frames,
                duration_s=seconds,
                width=WIDTH,
                height=HEIGHT,
                labels=labels,
            )
        )
    write_manifest(folder / MANIFEST_NAME, trials)
    return folder


@pytest.fixture(scope="session")
def mini_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three labelled videos of 2 s (4 windows of 8 frames at 15 fps each, the last one short); do not change it."""
    return make_dataset(tmp_path_factory.mktemp("mini_dataset"))


@pytest.fixture(scope="session")
def tiny_qwen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a random Qwen2.5-VL checkpoint; do not change it."""
    from tests.tiny_checkpoints import make_tiny_qwen2_5_vl

    return make_tiny_qwen2_5_vl(tmp_path_factory.mktemp("tiny_qwen"))
