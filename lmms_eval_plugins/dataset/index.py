"""Indexing of a folder of videos: its trials and problems."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.dataset.file_names import VideoName, hand_of, parse_name
from lmms_eval_plugins.dataset.labels.label_file import LabelledHand, read_labels
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.vocabulary import Cohort

if TYPE_CHECKING:
    from lmms_eval_plugins.video.probe import VideoInfo

VIDEO_SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm"})

Progress = Callable[[int, int, Path], None]
"""Called before each file with the number of files done, the number of all files, and the file."""

_NO_COHORTS: Mapping[str, Cohort] = {}


@dataclass(frozen=True, slots=True)
class IndexReport:
    """The trials found, and one line for each file that cannot be used."""

    trials: tuple[Trial, ...]
    problems: tuple[str, ...]


def index_folder(
    folder: Path,
    *,
    labels_dir: Path | None = None,
    probe: Callable[[Path], VideoInfo],
    cohorts: Mapping[str, Cohort] = _NO_COHORTS,
    progress: Progress | None = None,
) -> IndexReport:
    """Find the videos below a folder and their label files.

    A file name ``<subject>_<activity><repetition>_<view>`` gives patient, activity, repetition and view. Any other file
    is a video with no known activity of the patient who has the folder's name (of a patient of its own where it lies in
    no folder, or deeper). A label file has the video's name with the suffix ``.csv`` and lies in ``labels_dir``, in the
    same subfolders as the video, or beside the video. A video that cannot be used is left out, a label file that cannot
    be used is ignored; the report names both.

    Args:
        folder: folder of the videos, at any depth; hidden files and folders are skipped.
        labels_dir: folder of the label files; None where they lie beside the videos.
        probe: function that measures a video; it raises UserError for a video that cannot be used.
        cohorts: patient → cohort, where it is known.
        progress: called before each video.

    Raises:
        UserError: a folder is missing, or there is no video below it that can be used.
    """
    for needed in filter(None, (folder, labels_dir)):
        if not needed.is_dir():
            raise UserError(f"{needed}: no such folder")
    folder = folder.absolute()
    videos = sorted(_find_videos(folder))
    if not videos:
        kinds = ", ".join(sorted(suffix[1:] for suffix in VIDEO_SUFFIXES))
        raise UserError(f"{folder}: no video in this folder or below it (looked for {kinds})")
    trials: list[Trial] = []
    problems: list[str] = []
    ids: dict[str, Path] = {}
    for done, (path, video_id) in enumerate(_with_ids(folder, videos)):
        if progress:
            progress(done, len(videos), path)
        if video_id in ids:
            problems.append(f"{path}: left out, it has the same name as {ids[video_id].name}; rename one of them")
            continue
        ids[video_id] = path
        try:
            trials.append(_trial(path, video_id, folder, labels_dir, probe(path), cohorts, problems))
        except UserError as error:
            problems.append(str(error))
        except ValidationError as error:
            problems.append(f"{path}: left out, {describe_validation(error, Trial)}")
    if not trials:
        raise UserError(f"{folder}: none of its {len(videos)} videos can be used; the first: {problems[0]}")
    return IndexReport(tuple(trials), tuple(problems))


def _trial(
    path: Path,
    video_id: str,
    folder: Path,
    labels_dir: Path | None,
    info: VideoInfo,
    cohorts: Mapping[str, Cohort],
    problems: list[str],
) -> Trial:
    name = parse_name(path.stem) or _guess_name(path.relative_to(folder))
    label_path = _find_labels(path, folder, labels_dir)
    labelled: LabelledHand | None = None
    if label_path:
        try:
            labelled = read_labels(label_path)
        except UserError as error:
            problems.append(f"{error} (the video is listed without labels)")
    return Trial(
        video_id=video_id,
        path=path,
        patient=name.patient,
        cohort=cohorts.get(name.patient, ""),
        activity=name.activity,
        repetition=name.repetition,
        view=name.view,
        hand=labelled.hand if labelled else hand_of(name.activity),
        fps=info.fps,
        n_frames=info.n_frames,
        duration_s=info.duration_s,
        width=info.width,
        height=info.height,
        labels=label_path if labelled else None,
    )


def _find_videos(folder: Path) -> Iterator[Path]:
    """Find the videos below a folder; links to folders are followed, each real folder is visited once."""
    visited: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        if (real := os.path.realpath(place)) in visited:
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            path = Path(place, name)
            if path.suffix.lower() in VIDEO_SUFFIXES and not name.startswith("."):
                yield path


def _with_ids(folder: Path, videos: list[Path]) -> Iterator[tuple[Path, str]]:
    """Give each video an id: its name if it follows the pattern and is unique, else its path with ``__`` for ``/``."""
    namesakes = Counter(path.stem for path in videos)
    for path in videos:
        if parse_name(path.stem) and namesakes[path.stem] == 1:
            yield path, path.stem
        else:
            yield path, "__".join(path.relative_to(folder).with_suffix("").parts)


def _guess_name(relative: Path) -> VideoName:
    patient = relative.parts[0] if len(relative.parts) == 2 else relative.stem
    return VideoName(patient, activity="", repetition=1, view="1")


def _find_labels(video: Path, folder: Path, labels_dir: Path | None) -> Path | None:
    beside = video.with_suffix(".csv")
    places = [beside]
    if labels_dir:
        places.insert(0, labels_dir.absolute() / beside.relative_to(folder))
    return next((place for place in places if place.is_file()), None)
