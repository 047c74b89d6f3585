"""Indexing of a folder of videos: its trials and problems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from pydantic import ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.core.safe_names import name_key, name_problem, shown, text_problem
from lmms_eval_plugins.dataset.file_names import VideoName, hand_of, parse_name
from lmms_eval_plugins.dataset.found_files import COMMON_SUFFIXES, find_files, first_of_each_id, videos_with_ids
from lmms_eval_plugins.dataset.labels.found import LabelFinder
from lmms_eval_plugins.dataset.labels.label_file import LabelledHand, read_labels
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.vocabulary import Cohort

if TYPE_CHECKING:
    from lmms_eval_plugins.video.probe import VideoInfo

Progress = Callable[[int, int, Path], None]
"""Called before each file with the number of files done, the number of all files, and the file."""

_NO_COHORTS: Mapping[str, Cohort] = {}


@dataclass(frozen=True, slots=True)
class IndexReport:
    """The trials found, and one line for each file or kind of file that cannot be used."""

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
    same subfolders as the video, or beside the video (see `LabelFinder`). A video that cannot be used is left out, a
    label file that cannot be used is ignored; the report names both, and label files that belong to no video.

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
    found = find_files(folder)
    if not found.videos:
        kinds = ", ".join(suffix[1:] for suffix in COMMON_SUFFIXES)
        there = "".join(f"; {line}" for line in found.unread)
        raise UserError(f"{folder}: no video in this folder or below it (looked for {kinds} and others){there}")
    finder = LabelFinder(folder, found.videos, found.tables, labels_dir)
    videos = videos_with_ids(folder, found.videos)
    firsts = first_of_each_id(videos)
    trials: list[Trial] = []
    problems: list[str] = []
    for done, (path, video_id) in enumerate(videos):
        if progress:
            progress(done, len(videos), path)
        labels = finder.find(path)
        first = firsts[name_key(video_id)]
        if path != first:
            problems.append(f"{path}: left out, it has the same name as {first.name}; rename one of them")
            continue
        if problem := text_problem(str(path)):
            problems.append(f"{shown(str(path))}: left out, path: {problem}")
            continue
        if problem := name_problem(video_id):
            problems.append(f"{path}: left out, video_id: {problem}")
            continue
        problems += filter(None, [labels.problem])
        try:
            trials.append(_trial(path, video_id, folder, labels.path, probe(path), cohorts, problems))
        except UserError as error:
            problems.append(str(error))
        except ValidationError as error:
            problems.append(f"{path}: left out, {describe_validation(error, Trial)}")
    if not trials:
        raise UserError(f"{folder}: none of its {len(videos)} videos can be used; the first: {problems[0]}")
    return IndexReport(tuple(trials), (*problems, *found.unread, *finder.leftover()))


def _trial(
    path: Path,
    video_id: str,
    folder: Path,
    label_path: Path | None,
    info: VideoInfo,
    cohorts: Mapping[str, Cohort],
    problems: list[str],
) -> Trial:
    name = parse_name(normalize("NFC", path.stem)) or _guess_name(path.relative_to(folder))
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
        offset_s=info.camera.start_s,
    )


def _guess_name(relative: Path) -> VideoName:
    patient = relative.parts[0] if len(relative.parts) == 2 else relative.stem
    return VideoName(normalize("NFC", patient), activity="", repetition=1, view="1")
