"""Indexing of a folder of videos: its trials and problems."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation, listed, without_file
from lmms_eval_plugins.core.safe_names import name_key, name_problem, shown, text_problem
from lmms_eval_plugins.dataset.file_names import VideoName, hand_of
from lmms_eval_plugins.dataset.found_files import (
    COMMON_SUFFIXES,
    find_files,
    first_of_each_id,
    from_reviews,
    videos_with_ids,
)
from lmms_eval_plugins.dataset.labels.annotations import is_prediction
from lmms_eval_plugins.dataset.labels.found import LabelFinder
from lmms_eval_plugins.dataset.labels.label_file import LabelContext, LabelReading, inspect_labels, named_hand_of
from lmms_eval_plugins.dataset.labels.rater_folders import rater_folders
from lmms_eval_plugins.dataset.naming import Naming
from lmms_eval_plugins.dataset.near_ids import near_id_lines
from lmms_eval_plugins.dataset.remarks import Remark, first_wrong, remark_lines
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.dataset.words import words_of
from lmms_eval_plugins.domain.scheme import Scheme, scheme_of

if TYPE_CHECKING:
    from lmms_eval_plugins.video.probe import VideoInfo

Progress = Callable[[int, int, Path], None]
"""Called before each file with the number of files done, the number of all files, and the file."""

_NO_COHORTS: Mapping[str, str] = {}

_UNUSED_LABELS = ("the video is listed without labels", "these labels are left out")
"""What becomes of wrong labels: of the truth's, of a further rater's."""


@dataclass(frozen=True, slots=True)
class IndexProblem:
    """A file or kind of file that cannot be used.

    Attributes:
        line: the file, and what is wrong with it.
        about: whether it is a video, a label file that was read, or other files.
        video: the video that is left out; None where none is.
        reason: why it is.
    """

    line: str
    about: Literal["video", "labels", "files"]
    video: Path | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """The trials of a folder.

    Attributes:
        trials: those found.
        found: the files that cannot be used.
        warnings: one line for each thing about labels that is doubtful and that they are used with.
    """

    trials: tuple[Trial, ...]
    found: tuple[IndexProblem, ...]
    warnings: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """One line for each file or kind of file that cannot be used."""
        return tuple(problem.line for problem in self.found)


def index_folder(
    folder: Path,
    *,
    labels_dir: Path | None = None,
    further_labels: Sequence[Path] = (),
    probe: Callable[[Path], VideoInfo],
    cohorts: Mapping[str, str] = _NO_COHORTS,
    scheme: Scheme | None = None,
    progress: Progress | None = None,
    foreign: Collection[Path] = (),
    naming: Naming | None = None,
) -> IndexReport:
    """Find the videos below a folder and their label files.

    A file's name gives patient, activity, repetition and view (see `Naming`). A label file has the video's name with
    the suffix ``.csv`` and lies in ``labels_dir``, in the same subfolders as the video, or beside the video (see
    `LabelFinder`). A video that cannot be used is left out, a label file that cannot be used is ignored; the report
    names both, and label files that belong to no video.

    Where several people labelled the videos, the first folder is the truth; a video that is not in it has the labels of
    the next. A ``labels_dir`` with a folder per person, each laid out as the videos', stands for these folders by name.

    Args:
        folder: folder of the videos, at any depth; hidden files and folders are skipped.
        labels_dir: folder of the label files; None where they lie beside the videos.
        further_labels: folders of the label files of further people.
        probe: function that measures a video; it raises UserError for a video that cannot be used.
        cohorts: patient → cohort, where it is known.
        scheme: the labels; None for those of the folder.
        progress: called before each video.
        foreign: label files of other tools, which are passed over here (see `with_tool_labels`).
        naming: how the videos are named; None for what ``dataset.yaml`` in the folder says.

    Raises:
        UserError: a folder is missing or given for two raters, there is no video below it that can be used, or its
            scheme is not valid.
    """
    for needed in filter(None, (folder, labels_dir, *further_labels)):
        if not needed.is_dir():
            raise UserError(f"{needed}: no such folder")
    given = [place.resolve() for place in (labels_dir, *further_labels) if place]
    if twice := next((place for place in given if given.count(place) > 1), None):
        raise UserError(f"{twice}: is given twice as a folder of labels; give each rater's once")
    folder = folder.absolute()
    found = find_files(folder)
    if not found.videos:
        kinds = ", ".join(suffix[1:] for suffix in COMMON_SUFFIXES)
        there = "".join(f"; {line}" for line in found.unread)
        raise UserError(f"{folder}: no video in this folder or below it (looked for {kinds} and others){there}")
    warnings: list[str] = []
    raters = _raters(folder, found.videos, labels_dir, further_labels, warnings)
    if labels_dir is None and (drawn := sorted(set(from_reviews(found.tables).values()))):
        warnings.append(f"{listed(drawn)}: labels drawn in a review are read where they are asked for: --labels FOLDER")
    finders = [LabelFinder(folder, found.videos, found.tables, raters[0], foreign)]
    finders += [LabelFinder(folder, found.videos, (), place, foreign) for place in raters[1:]]
    reader = _LabelReader(scheme or scheme_of(folder))
    problems: list[IndexProblem] = []
    naming = naming or words_of(folder).naming
    videos = videos_with_ids(folder, found.videos, naming)
    firsts = first_of_each_id(videos)
    trials: list[Trial] = []
    if naming.pattern:
        warnings += _not_by_pattern([path for path, _ in videos if not naming.parse(path.relative_to(folder))], naming)
    for done, (path, video_id) in enumerate(videos):
        if progress:
            progress(done, len(videos), path)
        labels = [finder.find(path) for finder in finders]
        first = firsts[name_key(video_id)]
        if reason := _name_reason(path, video_id, first):
            name = shown(str(path)) if text_problem(str(path)) else str(path)
            problems.append(IndexProblem(f"{name}: left out, {reason}", "video", path, reason))
            continue
        problems += [IndexProblem(found_labels.problem, "files") for found_labels in labels if found_labels.problem]
        files = [found_labels.path for found_labels in labels if found_labels.path]
        if len(raters) > 1 and files and labels[0].path is None:
            warnings.append(f"{path}: is not labelled in {raters[0]}; its truth is {files[0]}")
        try:
            trials.append(
                _trial(path, video_id, naming.name_of(path.relative_to(folder)), files, probe(path), cohorts, reader)
            )
        except UserError as error:
            problems.append(IndexProblem(str(error), "video", path, without_file(error, path)))
        except ValidationError as error:
            reason = describe_validation(error, Trial)
            problems.append(IndexProblem(f"{path}: left out, {reason}", "video", path, reason))
    if not trials:
        raise UserError(f"{folder}: none of its {len(videos)} videos can be used; the first: {problems[0].line}")
    unused = [*found.unread, *(line for finder in finders for line in finder.leftover())]
    problems += [*reader.problems(), *(IndexProblem(line, "files") for line in unused)]
    patients = {trial.patient for trial in trials}
    if not patients.isdisjoint(cohorts):
        warnings += near_id_lines(sorted(patients), cohorts, str(folder), "the list of cohorts")
    doubts = [*warnings, *remark_lines(reader.doubts)]
    return IndexReport(tuple(trials), tuple(problems), tuple(doubts))


def _not_by_pattern(videos: Sequence[Path], naming: Naming) -> list[str]:
    """Return a line about the videos whose names do not follow a dataset's pattern."""
    if not videos:
        return []
    names = listed((path.name for path in videos), most=3)
    return [f"{len(videos)} names do not follow {naming.pattern}: {names}; nothing is read from them"]


def _name_reason(path: Path, video_id: str, first: Path) -> str | None:
    """Return why a video is left out for its name; None where it is not."""
    if path != first:
        return f"it has the same name as {first.name}; rename one of them"
    if problem := text_problem(str(path)):
        return f"path: {problem}"
    return f"video_id: {problem}" if (problem := name_problem(video_id)) else None


def _raters(
    folder: Path, videos: Sequence[Path], labels_dir: Path | None, further: Sequence[Path], warnings: list[str]
) -> list[Path | None]:
    """Return the folder of each person's labels, the truth first; None for beside the videos."""
    if labels_dir and not further and (found := rater_folders(folder, videos, labels_dir)):
        people = [place for place in found if not is_prediction(place.name)] or found
        names = ", ".join(place.name for place in people[1:])
        for_agreement = f", {names} for agreement" if names else ""
        left = ", ".join(place.name for place in found if place not in people)
        predicted = f"; what a model predicted is not read as a rater's labels: {left}" if left else ""
        warnings.append(
            f"{labels_dir}: has a folder per rater; {people[0].name} is the truth{for_agreement}{predicted}"
        )
        return [*people]
    return [labels_dir, *further]


class _LabelReader:
    """Reader of label files that gathers what is wrong and doubtful."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme
        self._wrong: dict[str, list[tuple[str, Remark]]] = {outcome: [] for outcome in _UNUSED_LABELS}
        self.doubts: list[tuple[str, Remark]] = []

    def problems(self) -> list[IndexProblem]:
        """Return a line for each file that is not used; files with the same problem have one where they are many."""
        return [
            IndexProblem(f"{line} ({outcome})", "labels")
            for outcome, wrong in self._wrong.items()
            for line in remark_lines(wrong, "label file", by_text=True)
        ]

    def read(self, path: Path, video: Path, activity: str, info: VideoInfo, is_truth: bool) -> LabelReading:
        """Read a label file of a video."""
        context = LabelContext(
            scheme=self._scheme,
            duration_s=info.duration_s,
            fps=info.fps,
            offset_s=info.camera.start_s,
            named_hand=named_hand_of(activity, video.stem),
        )
        found = inspect_labels(path, context)
        wrong = first_wrong(found.remarks)
        if wrong:
            self._wrong[_UNUSED_LABELS[0 if is_truth else 1]].append((str(path), wrong))
        self.doubts += [(str(path), remark) for remark in found.remarks if remark.grade == "doubtful" and not wrong]
        return found


def _trial(
    path: Path,
    video_id: str,
    name: VideoName,
    label_files: Sequence[Path],
    info: VideoInfo,
    cohorts: Mapping[str, str],
    reader: _LabelReader,
) -> Trial:
    read = [
        (file, reader.read(file, path, name.activity, info, is_truth=at == 0).labelled)
        for at, file in enumerate(label_files)
    ]
    truth = read[0][1] if read else None
    return Trial(
        video_id=video_id,
        path=path,
        patient=name.patient,
        cohort=cohorts.get(name.patient, ""),
        activity=name.activity,
        repetition=name.repetition,
        view=name.view,
        hand=truth.hand if truth else hand_of(name.activity),
        fps=info.fps,
        n_frames=info.n_frames,
        duration_s=info.duration_s,
        width=info.width,
        height=info.height,
        labels=label_files[0] if truth else None,
        offset_s=info.camera.start_s,
        other_labels=tuple(file for file, labelled in read[1:] if labelled),
    )
