"""`strokerehab localize`: find the patient's joints in every frame of a dataset's videos, once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from types import MappingProxyType

from lmms_eval_plugins.core.errors import UserError, error_line
from lmms_eval_plugins.dataset.keypoints import (
    about_keypoints,
    keypoint_file,
    write_keypoints,
)
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.machine.detectors import python_of
from lmms_eval_plugins.tasks.sources import chosen_trials
from lmms_eval_plugins.video.file_state import check_unchanged, file_state
from lmms_eval_plugins.video.picture import conversion_of
from lmms_eval_plugins.video.pose.locate import locate_patient
from lmms_eval_plugins.video.pose.people import PeopleFinder
from lmms_eval_plugins.video.windows import Box

Progress = Callable[[int, int], None]
"""Called with the number of finished videos and the number of all videos."""


@dataclass(frozen=True, slots=True)
class Localized:
    """A localized video.

    Attributes:
        video_id: its name.
        n_frames: its number of frames; 0 where it was localized before.
        n_found: the number of frames in which the patient was found.
        remarks: what a person should check.
    """

    video_id: str
    n_frames: int
    n_found: int
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LocalizeReport:
    """The outcome for a dataset.

    Attributes:
        folder: the folder of the keypoints.
        videos: localized videos.
        problems: videos that could not be localized, and why.
        seconds: wall-clock seconds of the whole.
    """

    folder: Path
    videos: tuple[Localized, ...]
    problems: tuple[str, ...]
    seconds: float


def localize_dataset(
    data: Path,
    detector: str,
    *,
    selection: str = "all",
    limit: int | None = None,
    num_processes: int = 1,
    out: Path,
    boxes: Mapping[str, Box] = MappingProxyType({}),
    progress: Progress = lambda done, total: None,
) -> LocalizeReport:
    """Find the patient in every frame of the videos of a dataset that have not been localized yet.

    Args:
        data: the dataset's folder.
        detector: the detector's name.
        selection: the selection of videos.
        limit: how many videos to localize, from the first on; None for all.
        num_processes: number of detectors at once.
        boxes: video → box around the patient in the first frame, for videos without one in the manifest.
        out: folder for the keypoints.
        progress: called after every video.

    Raises:
        UserError: there is no dataset or detector, or the selection is unknown.
    """
    trials = chosen_trials(data, selection, limit)
    python = python_of(detector)
    began = time.perf_counter()
    done: list[Localized] = []
    problems: list[str] = []
    with ExitStack() as stack:
        # Closed in reverse order: closing a detector ends the thread that waits for it.
        pool = stack.enter_context(ThreadPoolExecutor(num_processes))
        free: SimpleQueue[PeopleFinder] = SimpleQueue()
        for _ in range(min(num_processes, len(trials))):
            free.put(stack.enter_context(PeopleFinder(detector, python)))
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)

        def one(trial: Trial) -> Localized:
            finder = free.get()
            try:
                return _localize(trial, out, finder, boxes.get(trial.video_id))
            finally:
                free.put(finder)

        jobs = {pool.submit(one, trial): trial for trial in trials}
        for job in as_completed(jobs):
            try:
                done.append(job.result())
            except Exception as error:
                problems.append(error_line(error, jobs[job].video_id))
            progress(len(done) + len(problems), len(trials))
    order = {trial.video_id: place for place, trial in enumerate(trials)}
    done.sort(key=lambda one: order[one.video_id])
    return LocalizeReport(out, tuple(done), tuple(sorted(problems)), time.perf_counter() - began)


def _localize(trial: Trial, folder: Path, finder: PeopleFinder, given: Box | None) -> Localized:
    box = Box(*map(int, trial.patient_box.split())) if trial.patient_box else given
    file = keypoint_file(folder, trial.video_id)
    if not trial.path.is_file():
        raise UserError(f"{trial.path}: no such video file")
    state = file_state(trial.path)
    about = {
        "detector": f"{finder.name} {finder.version}",
        "box": str(box or ""),
        "bytes": str(state.n_bytes),
        "frames": f"{trial.n_frames} at {trial.fps:g} per second",
    }
    if conversion := conversion_of(trial.path):
        about["pixels"] = conversion
    before = about_keypoints(file)
    if about.items() <= before.items():
        return Localized(trial.video_id, 0, 0, _lines(before.get("remarks", "")))
    located = locate_patient(trial.path, trial.n_frames, trial.fps, finder, box)
    check_unchanged(trial.path, state)
    write_keypoints(file, located.keypoints, {**about, "remarks": "\n".join(located.remarks)})
    return Localized(trial.video_id, trial.n_frames, located.n_found, located.remarks)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("\n")))


def frames_of(videos: Sequence[Localized]) -> tuple[int, int]:
    """Return the number of frames of some videos, and of those in which the patient was found."""
    return sum(video.n_frames for video in videos), sum(video.n_found for video in videos)
