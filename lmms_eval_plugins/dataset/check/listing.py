"""What a dataset lists: the rows of its manifests, or what is found in its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from lmms_eval_plugins.core.errors import UserError, without_file
from lmms_eval_plugins.dataset.check.measuring import measure_found, measure_frames, measure_listed
from lmms_eval_plugins.dataset.check.probing import Measured, ProbeProgress
from lmms_eval_plugins.dataset.found_files import FoundFiles, find_files
from lmms_eval_plugins.dataset.index import index_folder
from lmms_eval_plugins.dataset.labels.found import LabelFinder
from lmms_eval_plugins.dataset.labels.tool_index import find_tool_files
from lmms_eval_plugins.dataset.manifest import (
    FMA_MANIFEST_NAME,
    FMA_SCORES_NAME,
    MANIFEST_NAME,
    manifest_in,
    read_fma_manifest,
    read_item_scores,
    read_manifest,
)
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.dataset.selections import project_selections, read_cohorts
from lmms_eval_plugins.dataset.trial import FmaClip, Trial
from lmms_eval_plugins.video.container import VideoError
from lmms_eval_plugins.video.probe import VideoInfo


@dataclass(frozen=True, slots=True)
class Listed:
    """The videos of a dataset.

    Attributes:
        source: the manifest, or the folder where there is none.
        trials: its trials.
        clips: its Fugl-Meyer clips.
        scores: patient → item → score.
        measured: the measures of all videos.
        left_out: video files that are no trials, and why.
        lines: what else index says of its files and kinds of files.
        files: all files below the folder.
        broken: tables that are not valid, and why.
        of_tools: label files of other tools, which index converts.
        has_manifest: whether trials and clips are those of manifests.
    """

    source: Path
    trials: tuple[Trial, ...]
    clips: tuple[FmaClip, ...]
    scores: Mapping[str, Mapping[int, int]]
    measured: Mapping[Path, Measured]
    left_out: Mapping[Path, Remark]
    lines: tuple[str, ...]
    files: FoundFiles
    has_manifest: bool
    broken: Mapping[Path, str]
    of_tools: tuple[Path, ...] = ()

    @property
    def filmed(self) -> tuple[Trial | FmaClip, ...]:
        """Trials and clips."""
        return (*self.trials, *self.clips)

    @property
    def folder(self) -> Path:
        """The dataset's folder."""
        return self.source if self.source.is_dir() else self.source.parent

    def name_of(self, path: Path) -> str:
        """Return a file's path in the dataset's folder, of the folder its name."""
        if path == self.folder:
            return path.name
        return path.relative_to(self.folder).as_posix() if path.is_relative_to(self.folder) else str(path)


def list_dataset(data: Path, labels_dir: Path | None, frames: bool, progress: ProbeProgress) -> Listed:
    """Read a dataset's manifests, or find the videos below its folder, and measure them.

    Args:
        data: the dataset's folder or manifest.
        labels_dir: folder of the label files where there is no manifest.
        frames: whether all frames are decoded.
        progress: called while files are measured.

    Raises:
        UserError: there is no dataset, or a table of it is not valid.
    """
    manifest = manifest_in(data, MANIFEST_NAME).absolute()
    clip_list = manifest.with_name(FMA_MANIFEST_NAME)
    broken: dict[Path, str] = {}
    clips = tuple(_read(clip_list, read_fma_manifest, broken) or ())
    scores = _read(manifest.with_name(FMA_SCORES_NAME), read_item_scores, broken) or {}
    files = find_files(manifest.parent)
    known = Listed(manifest.parent, (), clips, scores, {}, {}, (), files, False, broken)
    if manifest.name == FMA_MANIFEST_NAME or (
        not manifest.is_file() and clips and {clip.path for clip in clips} == {*files.videos}
    ):
        listed = replace(known, source=clip_list, has_manifest=True)
    elif manifest.is_file():
        listed = replace(known, source=manifest, trials=tuple(read_manifest(manifest)), has_manifest=True)
    else:
        return _found(known, labels_dir, frames, progress)
    paths = [video.path for video in listed.filmed]
    by = (
        measure_frames(known.folder, paths, progress)
        if frames
        else measure_listed(known.folder, listed.filmed, progress)
    )
    return replace(listed, measured=by, lines=files.unread)


_Table = TypeVar("_Table")


def _read(path: Path, read: Callable[[Path], _Table], broken: dict[Path, str]) -> _Table | None:
    """Read a table; None where there is none, or where it is not valid, which is noted."""
    if not path.is_file():
        return None
    try:
        return read(path)
    except UserError as error:
        broken[path] = without_file(error, path)
        return None


def _found(known: Listed, labels_dir: Path | None, frames: bool, progress: ProbeProgress) -> Listed:
    """Return what index would list: a folder without a manifest."""
    folder, files = known.folder, known.files
    of_clips = {clip.path for clip in known.clips}
    measure = measure_frames if frames else measure_found
    measured = measure(folder, sorted({*files.videos, *of_clips}), progress)

    def probe_kept(path: Path) -> VideoInfo:
        measures = measured[path]
        if measures.info is None:
            raise VideoError(path, measures.reason)
        return measures.info

    cohorts = read_cohorts(project_selections())
    tools = find_tool_files(folder, [labels_dir] if labels_dir else [], folder / "labels").all
    try:
        report = index_folder(folder, labels_dir=labels_dir, probe=probe_kept, cohorts=cohorts, foreign=tools)
    except UserError:
        if not measured or any(measures.info for measures in measured.values()):
            raise
        left_out = {path: measures.unusable for path, measures in measured.items()}
        return replace(known, measured=measured, left_out=left_out, lines=files.unread)
    finder = LabelFinder(folder, files.videos, files.tables, labels_dir, tools)
    trials = tuple(
        trial if trial.labels else trial.model_copy(update={"labels": finder.find(trial.path).path})
        for trial in report.trials
        if trial.path not in of_clips
    )
    left_out = {}
    for problem in report.found:
        if problem.video and problem.video not in of_clips:
            measures = measured[problem.video]
            left_out[problem.video] = (
                Remark("wrong", "left-out", problem.reason) if measures.info else measures.unusable
            )
    lines = tuple(problem.line for problem in report.found if problem.about == "files")
    return replace(
        known, trials=trials, measured=measured, left_out=left_out, lines=lines, of_tools=tuple(sorted(tools))
    )
