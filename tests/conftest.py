"""Fixtures of several test folders: tiny datasets of videos and Fugl-Meyer clips, and tiny random checkpoints."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import av
import numpy as np
import pytest
from hypothesis import is_hypothesis_test, settings

from lmms_eval_plugins.core.errors import DEBUG_VARIABLE
from lmms_eval_plugins.core.redaction import IN_USE
from lmms_eval_plugins.dataset.labels.label_file import LabelledHand, write_labels
from lmms_eval_plugins.dataset.manifest import FMA_MANIFEST_NAME, FMA_SCORES_NAME, MANIFEST_NAME, write_manifest
from lmms_eval_plugins.dataset.trial import FmaClip, ItemScore, Trial
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import Cohort, Hand

# Before torch is imported, and for processes that tests start: tiny models are slower on more threads, much so on a
# machine that is busy.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Enough for every run, and the same in each: what passes here passes elsewhere. HYPOTHESIS_PROFILE=default draws a
# hundred others of each property; few is for another Python. No example has a deadline: a busy machine says nothing.
settings.register_profile("quick", max_examples=40, deadline=None, derandomize=True)
settings.register_profile("few", max_examples=10, deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

WITHOUT_TORCH = (
    "assessments",
    "core",
    "dataset",
    "decoding",
    "domain",
    "questions",
    "reports",
    "runs",
    "statistics",
    "study",
    "support",
    "video",
)
"""Folders and files here that test what the base install can do; all others need the extra `models`."""

NEEDS_MODELS = (
    "assessments/test_fourth_family.py",
    "reports/review/test_server.py",
    "reports/test_overlay.py",
    "runs/test_merge.py",
)
"""Files in these folders that run models, draw on frames or ask a server, and so need the extra after all."""

collect_ignore: list[str] = []
if find_spec("torch"):
    from lmms_eval_plugins.execution.harness import quiet_imports

    quiet_imports()
else:
    collect_ignore += [path.name for path in Path(__file__).parent.iterdir() if path.name not in WITHOUT_TORCH]
    collect_ignore += NEEDS_MODELS

pytest_plugins = ("tests.support.checkout", "tests.support.command", "tests.support.logs")

WIDTH, HEIGHT = 64, 48

_PATIENTS: tuple[tuple[str, Hand, str, int, tuple[tuple[str, float], ...]], ...] = (
    ("P01", "right", "feeding", 30, (("reach", 0.0), ("transport", 0.5), ("reposition", 1.2), ("idle", 1.7))),
    ("P02", "left", "RTT left side", 30, (("idle", 0.2), ("reach", 0.6), ("transport", 1.0), ("stabilize", 1.5))),
    ("P03", "right", "drinking", 60, (("stabilize", 0.0), ("transport", 0.7), ("reach", 1.3))),
)
"""Patient, labelled hand, activity, frames per second, and the primitives with their starts."""


UNMEASURED = tuple(
    Path(__file__).parent / name
    for name in (
        "demo/training",
        "end_to_end",
        "golden",
        "reports/figures/test_shared.py",
        "reports/reproduction/test_reproduction.py",
        "reports/tables/deeper",
        "reports/tables/test_published_tables.py",
        "reports/test_notebooks.py",
        "statistics/test_coverage.py",
        "study",
        "test_readme.py",
    )
)
"""Folders and files whose tests are slow and whose code other tests reach too: they do not count for coverage."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run the README's commands first: they take longest, and would keep one worker busy at the end."""
    items.sort(key=lambda item: item.path.name != "test_readme.py")
    if config.pluginmanager.hasplugin("_cov"):
        for item in items:
            drawn = is_hypothesis_test(getattr(item, "obj", None))
            if drawn or any(place in (item.path, *item.path.parents) for place in UNMEASURED):
                item.add_marker("no_cover")


def pytest_collection() -> None:
    """Look for no garbage while thousands of modules are imported."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Look for it again, though never through what is there by now."""
    gc.freeze()
    gc.enable()


def pytest_unconfigure() -> None:
    """Let go of everything: some libraries complain of what is left at the end."""
    gc.unfreeze()


def write_video(path: Path, n_frames: int, fps: int, shade: int = 0) -> Path:
    """Write a video of a bright square that wanders over a background; every frame is different."""
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
    """Make a folder with three videos of three patients (none of them the study's), their labels and a manifest."""
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


@pytest.fixture(autouse=True)
def nothing_from_before() -> Iterator[None]:
    """Forget the secrets that a test used, since the next one's texts may hold the same words, and its ``--debug``."""
    IN_USE.clear()
    yield
    IN_USE.clear()
    os.environ.pop(DEBUG_VARIABLE, None)


@pytest.fixture(scope="session")
def mini_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three labelled videos of 2 s (4 windows of 8 frames at 15 fps each, the last one short); do not change it."""
    return make_dataset(tmp_path_factory.mktemp("mini_dataset"))


_EXAMINED: tuple[tuple[str, Cohort, Literal["Left", "Right"], Literal["Left", "Top"], dict[int, int]], ...] = (
    ("P01", "healthy", "Left", "Left", {5: 2, 13: 2, 31: 2, 32: 2, 33: 2}),
    ("P02", "mild", "Right", "Top", {5: 1, 13: 0, 31: 1, 32: 2, 33: 2}),
    ("P03", "severe", "Left", "Left", {5: 0, 13: 1, 31: 0, 32: 1, 33: 0}),
)
"""Patient, cohort, affected side and its place in a picture of both, and item scores."""

_CLIPS: tuple[tuple[int, int, Literal["A", "H", "B"], Literal["F", "S"]], ...] = (
    (5, 5, "B", "F"),
    (5, 5, "B", "S"),
    (5, 5, "A", "F"),
    (5, 5, "A", "S"),
    (13, 13, "A", "S"),
    (13, 13, "B", "S"),
    (31, 33, "A", "F"),
    (31, 33, "H", "F"),
)
"""First and last item, arm and camera of every patient's Fugl-Meyer clips."""


def make_assessment(folder: Path) -> Path:
    """Make Fugl-Meyer clips of five items of three patients, ten frames in five seconds each, and their scores."""
    clips, scores = [], []
    for number, (patient, cohort, side, place, of_items) in enumerate(_EXAMINED):
        filmed = write_video(folder / patient / "clip.mp4", 10, 2, shade=80 * number)
        for low, high, arm, view in _CLIPS:
            path = folder / patient / f"{patient}_FM{low}_{high}_{arm}_{view}.mp4"
            shutil.copy(filmed, path)
            clips.append(
                FmaClip(
                    path=path,
                    patient=patient,
                    cohort=cohort,
                    item_low=low,
                    item_high=high,
                    laterality=arm,
                    view=view,
                    side_affected=side,
                    affected_place=place if arm == "B" else "",
                    duration_s=5.0,
                    fps=2.0 if number else None,
                    n_frames=10 if number else None,
                )
            )
        filmed.unlink()
        scores += [ItemScore(patient=patient, item=item, score=score) for item, score in of_items.items()]
    write_manifest(folder / FMA_MANIFEST_NAME, clips)
    write_manifest(folder / FMA_SCORES_NAME, scores)
    return folder


@pytest.fixture(scope="session")
def mini_study(mini_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three labelled videos, and Fugl-Meyer clips of the same patients; do not change it."""
    return make_assessment(Path(shutil.copytree(mini_dataset, tmp_path_factory.mktemp("mini") / "study")))


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a random checkpoint, by the name of its builder; do not change it."""
    from tests.support.tiny_checkpoints import BUILDERS

    return cache(lambda name: BUILDERS[name](tmp_path_factory.mktemp(f"tiny_{name}")))


@pytest.fixture(scope="session")
def tiny_qwen(tiny: Callable[[str], Path]) -> Path:
    """The folder of a random Qwen2.5-VL checkpoint; do not change it."""
    return tiny("qwen2_5_vl")
