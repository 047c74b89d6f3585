"""The demo dataset on disk: videos, clips, labels, keypoints and manifests in one folder, whole or not at all."""

from __future__ import annotations

import gzip
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.json_files import parse_json
from lmms_eval_plugins.core.places import DEMO_RECORD
from lmms_eval_plugins.core.temporary import folder_of_process
from lmms_eval_plugins.dataset.manifest import FMA_MANIFEST_NAME, FMA_SCORES_NAME, MANIFEST_NAME, write_manifest
from lmms_eval_plugins.dataset.trial import FmaClip, ItemScore, Trial

if TYPE_CHECKING:
    from lmms_eval_plugins.demo.scenes.exams.clips import ExamJob
    from lmms_eval_plugins.demo.scenes.film import FilmedVideo, FilmJob

RENDERER_VERSION = 3
"""Incremented with every change to the pictures of a seed; folders of another version are rendered anew."""

RECORD_NAME = DEMO_RECORD
KEYPOINTS_NAME = "keypoints.csv.gz"
SELECTIONS_NAME = "selections.yaml"
NOTE_NAME = "DEMO.txt"

DEFAULT_SECONDS = 10.0
"""Length of the videos of activities."""

Progress = Callable[[int, int], None]
"""A callback with the number of finished files and of all files, videos and clips."""

_SELECTIONS = """\
# The published selections, as far as there are such videos: {} is a filter without a condition. The doses of all nine
# activities are asked of one subject of every cohort.
selections:
  identification: {}
  identification_scored: {}
  dose_adl: {patients: [DC0001, DS0001, DS0002, DS0003]}
  dose_rtt_shelf: {activities: [RTT, shelf]}
  fma: {}
"""
_NOTE = """\
These videos are drawn by a computer. The people do not exist, the movements follow a script, and the labels are that
script. The data are for trying out software; they mean nothing clinically, and neither does any score on them.

The camera faces the patient: the patient's left hand is on the right side of the picture.
DC…: control, DS…: stroke. keypoints.csv.gz has the exact joints (COCO names, pixels) of every frame of the activities.

…_FM… are clips of a Fugl-Meyer assessment of the arm: …_A_… the affected arm, …_H_… the other one, …_B_… both in one
picture (the affected one in its left half); …_F from the front, …_S from the side of the arm. fma_clips.csv lists
them, fma_scores.csv has the scores (0 cannot, 1 partly, 2 fully) that the movements of the affected arm (a control's
left one) are drawn after.
"""


def ensure_demo(
    folder: Path,
    progress: Progress | None = None,
    *,
    seed: int = 0,
    subjects: int = 8,
    seconds: float = DEFAULT_SECONDS,
    workers: int = 2,
) -> Path:
    """Return the manifest of the demo dataset in a folder, rendered first if missing or made with other arguments.

    Raises:
        UserError: as `render_dataset`.
    """
    if is_rendered(folder, seed=seed, subjects=subjects, seconds=seconds):
        return folder / MANIFEST_NAME
    return render_dataset(folder, seed, subjects, seconds, workers, progress)


def is_rendered(folder: Path, *, seed: int = 0, subjects: int = 8, seconds: float = DEFAULT_SECONDS) -> bool:
    """Return whether the demo dataset of these arguments is in a folder."""
    return _recorded(folder) == _record(seed, subjects, seconds) and (folder / MANIFEST_NAME).is_file()


def render_dataset(
    folder: Path,
    seed: int = 0,
    subjects: int = 8,
    seconds: float = DEFAULT_SECONDS,
    workers: int = 2,
    progress: Progress | None = None,
) -> Path:
    """Render the demo dataset and return the path of its manifest.

    An existing demo dataset is replaced at the end, in one step; until then everything lies in a hidden folder beside
    it, so that an interrupted render leaves the old dataset or none. Labels and manifests depend on the arguments only.

    Args:
        folder: of the dataset.
        seed: of the subjects and their movements.
        subjects: number of people, who do every activity and all tasks of the assessment.
        seconds: length of the videos of activities.
        workers: number of processes; 1 renders in this process.
        progress: called after every video, and after the clips of every task.

    Raises:
        UserError: fewer than 1 subject or 1 s; the folder holds other files or cannot be written; the disk is full.
    """
    if subjects < 1 or seconds < 1:
        raise UserError(
            f"a demo of {subjects} subjects and {seconds:g} s cannot be rendered; ask for 1 and 1 s or more"
        )
    target = folder.resolve()
    if _holds_something_else(target):
        raise UserError(f"{folder}: holds files that are not a demo dataset; choose another folder")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with folder_of_process(target.parent, f".{target.name}.part-") as workplace:
            part = workplace / target.name
            part.mkdir()
            _fill(part, seed, subjects, seconds, workers, progress)
            if target.exists():
                target.rename(workplace / "old")
            part.rename(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(
            f"{folder}: the demo dataset cannot be written here ({reason}); make room, or choose another folder"
        ) from error
    return folder / MANIFEST_NAME


def _fill(part: Path, seed: int, subjects: int, seconds: float, workers: int, progress: Progress | None) -> None:
    from lmms_eval_plugins.demo.scenes.activities.exercises import EXERCISES
    from lmms_eval_plugins.demo.scenes.exams.clips import exam_jobs
    from lmms_eval_plugins.demo.scenes.film import KEYPOINT_COLUMNS, FilmedVideo, FilmJob
    from lmms_eval_plugins.demo.scenes.motion import FPS

    n_frames = round(seconds * FPS)
    videos = [FilmJob(part, seed, index, activity, n_frames) for index in range(subjects) for activity in EXERCISES]
    exams = exam_jobs(part, seed, subjects)
    n_files = len(videos) + sum(len(job.lateralities) for job in exams)
    trials: list[Trial] = []
    clips: list[FmaClip] = []
    with (part / KEYPOINTS_NAME).open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as points:
        points.write((",".join(KEYPOINT_COLUMNS) + "\n").encode())
        for result in _run_jobs([*videos, *exams], workers):
            if isinstance(result, FilmedVideo):
                trials.append(result.trial)
                points.write(result.keypoint_lines.encode())
            else:
                clips.extend(result)
            if progress:
                progress(len(trials) + len(clips), n_files)
    write_manifest(part / MANIFEST_NAME, trials)
    write_manifest(part / FMA_MANIFEST_NAME, clips)
    write_manifest(part / FMA_SCORES_NAME, _scores(seed, subjects))
    (part / SELECTIONS_NAME).write_text(_SELECTIONS, encoding="utf-8")
    (part / NOTE_NAME).write_text(_NOTE, encoding="utf-8")
    (part / RECORD_NAME).write_text(json.dumps(_record(seed, subjects, seconds), indent=2) + "\n", encoding="utf-8")


def _scores(seed: int, subjects: int) -> list[ItemScore]:
    from lmms_eval_plugins.demo.scenes.exams.items import item_scores
    from lmms_eval_plugins.demo.scenes.subjects import make_subject

    return [
        ItemScore(patient=make_subject(seed, index).code, item=item, score=score)
        for index in range(subjects)
        for item, score in item_scores(seed, index).items()
    ]


def _run_jobs(jobs: Sequence[FilmJob | ExamJob], workers: int) -> Iterator[FilmedVideo | tuple[FmaClip, ...]]:
    """Yield the results of jobs, in their order."""
    if workers <= 1:
        yield from map(_run_job, jobs)
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    pool = ProcessPoolExecutor(min(workers, len(jobs)), get_context("spawn"), initializer=_prepare_process)
    try:
        yield from pool.map(_run_job, jobs)
    except BrokenProcessPool:
        raise UserError("a process that renders the demo died, maybe for lack of memory; try with one worker") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _run_job(job: FilmJob | ExamJob) -> FilmedVideo | tuple[FmaClip, ...]:
    from lmms_eval_plugins.demo.scenes.exams.clips import film_exam
    from lmms_eval_plugins.demo.scenes.film import FilmJob, film

    return film(job) if isinstance(job, FilmJob) else film_exam(job)


def _prepare_process() -> None:
    """Take one thread, and end with the process that renders, however it ends."""
    import cv2

    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    if parent := parent_process():
        parent.join()
        os._exit(1)


def _record(seed: int, subjects: int, seconds: float) -> dict[str, object]:
    return {"renderer": RENDERER_VERSION, "seed": seed, "subjects": subjects, "seconds": float(seconds)}


def _recorded(folder: Path) -> object:
    try:
        return parse_json((folder / RECORD_NAME).read_bytes())
    except (OSError, ValueError):
        return None


def _holds_something_else(folder: Path) -> bool:
    if not folder.is_dir():
        return folder.exists()
    return not (folder / RECORD_NAME).is_file() and any(folder.iterdir())
