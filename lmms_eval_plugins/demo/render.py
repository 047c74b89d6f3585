"""The demo dataset on disk: videos, labels, key points, manifest and selections in one folder, whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, write_manifest
from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.places import DEMO_RECORD

if TYPE_CHECKING:
    from lmms_eval_plugins.demo.film import Filmed, Job

RENDERER_VERSION = 1
"""Goes up with every change to what a seed looks like; folders of another version are rendered anew."""

RECORD_NAME = DEMO_RECORD
KEYPOINTS_NAME = "keypoints.csv.gz"
SELECTIONS_NAME = "selections.yaml"
NOTE_NAME = "DEMO.txt"

Progress = Callable[[int, int], None]
"""Called with the number of finished videos and of all videos."""

_SELECTIONS = """\
# Every published selection picks the whole demo dataset: a filter without a condition.
selections:
  identification: {}
  dose_adl: {}
  dose_rtt_shelf: {}
"""
_NOTE = """\
These videos are drawn by a computer. The people do not exist, the movements follow a script, and the labels are that
script. The data are for trying out software; they mean nothing clinically, and neither does any score on them.

The camera faces the patient: the patient's left hand is on the right side of the picture.
DC…: control, DS…: stroke. keypoints.csv.gz has the exact joints (COCO names, pixels) of every frame.
"""


def ensure_demo(
    folder: Path,
    progress: Progress | None = None,
    *,
    seed: int = 0,
    subjects: int = 8,
    seconds: float = 20.0,
    workers: int = 2,
) -> Path:
    """The manifest of the demo dataset in a folder, rendered first if it is missing or not the one asked for.

    Raises:
        UserError: as `render_dataset`.
    """
    if _recorded(folder) == _record(seed, subjects, seconds) and (folder / MANIFEST_NAME).is_file():
        return folder / MANIFEST_NAME
    return render_dataset(folder, seed, subjects, seconds, workers, progress)


def render_dataset(
    folder: Path,
    seed: int = 0,
    subjects: int = 8,
    seconds: float = 20.0,
    workers: int = 2,
    progress: Progress | None = None,
) -> Path:
    """Render the demo dataset (``subjects`` people × 2 exercises × ``seconds``) and return the path of its manifest.

    A demo dataset that is already there is replaced at the end, in one step; until then everything lies in a hidden
    folder beside it, so that a render that is killed leaves the old dataset or none. Labels and manifest depend on the
    arguments only. With one worker everything runs in this process.

    Raises:
        UserError: the folder holds something else, cannot be written, or the disk is full.
    """
    if subjects < 1 or seconds < 1:
        raise UserError(
            f"a demo of {subjects} subjects and {seconds:g} s cannot be rendered; ask for 1 and 1 s or more"
        )
    target = folder.resolve()
    if _holds_something_else(target):
        raise UserError(f"{folder}: holds files that are not a demo dataset; choose another folder")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        _fill(part, seed, subjects, seconds, workers, progress)
        _publish(part, target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(
            f"{folder}: the demo dataset cannot be written here ({reason}); choose another folder"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder / MANIFEST_NAME


def _fill(part: Path, seed: int, subjects: int, seconds: float, workers: int, progress: Progress | None) -> None:
    from lmms_eval_plugins.demo.exercises import EXERCISES
    from lmms_eval_plugins.demo.film import KEYPOINT_COLUMNS, Job
    from lmms_eval_plugins.demo.motion import FPS

    n_frames = round(seconds * FPS)
    jobs = [Job(part, seed, index, activity, n_frames) for index in range(subjects) for activity in EXERCISES]
    trials = []
    with (part / KEYPOINTS_NAME).open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as points:
        points.write((",".join(KEYPOINT_COLUMNS) + "\n").encode())
        for filmed in _films(jobs, workers):
            trials.append(filmed.trial)
            points.write(filmed.keypoint_lines.encode())
            if progress:
                progress(len(trials), len(jobs))
    write_manifest(part / MANIFEST_NAME, trials)
    (part / SELECTIONS_NAME).write_text(_SELECTIONS, encoding="utf-8")
    (part / NOTE_NAME).write_text(_NOTE, encoding="utf-8")
    (part / RECORD_NAME).write_text(json.dumps(_record(seed, subjects, seconds), indent=2) + "\n", encoding="utf-8")


def _films(jobs: Sequence[Job], workers: int) -> Iterator[Filmed]:
    """The finished videos in the order of the jobs."""
    from lmms_eval_plugins.demo.film import film

    if workers <= 1:
        yield from map(film, jobs)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(min(workers, len(jobs)), get_context("spawn"), initializer=_one_thread)
    try:
        yield from pool.map(film, jobs)
    except BrokenProcessPool:
        raise UserError("a process that renders the demo died, maybe for lack of memory; try with one worker") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _one_thread() -> None:
    import cv2

    cv2.setNumThreads(1)


def _publish(part: Path, target: Path) -> None:
    old = part.with_suffix(".old")
    if target.exists():
        target.rename(old)
    part.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _record(seed: int, subjects: int, seconds: float) -> dict[str, object]:
    return {"renderer": RENDERER_VERSION, "seed": seed, "subjects": subjects, "seconds": float(seconds)}


def _recorded(folder: Path) -> object:
    try:
        return json.loads((folder / RECORD_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _holds_something_else(folder: Path) -> bool:
    if not folder.is_dir():
        return folder.exists()
    return not (folder / RECORD_NAME).is_file() and any(folder.iterdir())
