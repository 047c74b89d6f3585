"""The labels of a dataset's raters, in ``labels/<rater>/`` or where its manifest says: where they lie, and what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, counted, listed, nearest
from lmms_eval_plugins.dataset.labels.annotations import TRUTH, is_prediction
from lmms_eval_plugins.dataset.labels.convert import KnownVideos, known_in, label_files, raters_of
from lmms_eval_plugins.dataset.labels.label_file import LabelReading, context_of, inspect_labels
from lmms_eval_plugins.dataset.labels.work_record import read_record
from lmms_eval_plugins.dataset.raters import on_hand
from lmms_eval_plugins.dataset.remarks import first_wrong, name_remark
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import Hand

LABELS_FOLDER = "labels"
"""The folder of the raters' folders, beside a dataset's manifest."""


def rater_names(data: Path) -> list[str]:
    """Return the names of the folders in a dataset's folder of labels.

    Args:
        data: folder of the dataset's manifest.
    """
    folder = data / LABELS_FOLDER
    try:
        return sorted(place.name for place in folder.iterdir() if place.is_dir() and not place.name.startswith("."))
    except OSError:
        return []


def label_place(trial: Trial, known: KnownVideos, data: Path) -> str:
    """Return where a rater's folder has the labels of a video, without suffix, so that `index_folder` finds them.

    It is the video's name; where another video has that too, with the folders in front.
    """
    name, video = known.label_name(trial), trial.path.with_suffix("")
    if name != video.name and video.is_relative_to(data):
        return video.relative_to(data).as_posix()
    return name


@dataclass(frozen=True, slots=True)
class RaterLabels:
    """The label files of a rater that can be read.

    Attributes:
        rater: whose they are.
        readings: by video; without those of videos that a review has only started.
        started: the videos that a review has only started.
        problems: a line about each file that cannot be read.
    """

    rater: str
    readings: Mapping[str, LabelReading]
    started: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def timeline(self, video_id: str, hand: Hand | None) -> Timeline | None:
        """Return what the rater labelled of a hand in a video; None for nothing.

        Args:
            video_id: the video.
            hand: the hand; None for the one that has more labels.
        """
        reading = self.readings.get(video_id)
        if reading is None or reading.labelled is None:
            return None
        return on_hand(reading, hand or reading.labelled.hand)


def labels_of_rater(manifest: Path, rater: str) -> RaterLabels:
    """Read the labels of a rater of a dataset.

    Raises:
        UserError: the manifest or a record of the work cannot be read, or the dataset has no labels of this rater.
    """
    known, data = known_in(manifest), manifest.absolute().parent
    names = rater_names(data)
    if rater not in names:
        those = nearest(rater, names) if names else "; draw some with `strokerehab review`"
        raise UserError(f"{data / LABELS_FOLDER}: holds no labels of {rater!r}{those}")
    readings: dict[str, LabelReading] = {}
    started: list[str] = []
    problems: list[str] = []
    folder = data / LABELS_FOLDER / rater
    for trial in known.by_id.values():
        name = label_place(trial, known, data)
        path = folder / f"{name}.csv"
        if not path.is_file():
            continue
        record = read_record(folder, name)
        if record and record.state != "done":
            started.append(trial.video_id)
            continue
        reading = inspect_labels(path, context_of(trial, known.scheme))
        if wrong := first_wrong(reading.remarks):
            problems.append(name_remark(path, wrong))
        else:
            readings[trial.video_id] = reading
    return RaterLabels(rater, readings, tuple(started), tuple(problems))


def further_raters(trial: Trial, known: KnownVideos, data: Path) -> dict[str, Path]:
    """Return further rater → label file of a video: those of the manifest, then those in folders of ``labels/``.

    A folder's file is left out where it is the truth or a file of the manifest, where a review has only started it, and
    where the folder's name stands for the truth, for what a model made, or for a rater of the manifest.

    Args:
        trial: the video.
        known: the videos of its dataset.
        data: folder of the dataset's manifest.
    """
    found = {
        rater: path for rater, path in raters_of(trial).items() if path != trial.labels and not is_prediction(rater)
    }
    taken = {path.resolve() for path in (trial.labels, *trial.other_labels) if path}
    name = label_place(trial, known, data)
    for rater in rater_names(data):
        folder = data / LABELS_FOLDER / rater
        path = folder / f"{name}.csv"
        if rater == TRUTH or is_prediction(rater) or rater in found or not path.is_file() or path.resolve() in taken:
            continue
        record = read_record(folder, name)
        if record is None or record.state == "done":
            found[rater] = path
    return found


def further_timelines(
    trial: Trial, known: KnownVideos, data: Path, hand: Hand | None, problems: list[str]
) -> Iterator[tuple[str, Timeline]]:
    """Yield further rater and timeline of a hand in a video; see `further_raters`.

    Args:
        trial: the video.
        known: the videos of its dataset.
        data: folder of the dataset's manifest.
        hand: the hand; None where it is not known: nothing then can be compared.
        problems: for a line about each file that cannot be read.
    """
    if hand is None:
        return
    context = replace(context_of(trial, known.scheme), hand=hand)
    for rater, path in further_raters(trial, known, data).items():
        reading = inspect_labels(path, context)
        if wrong := first_wrong(reading.remarks):
            problems.append(f"{name_remark(path, wrong)}; of this video the labels of {rater} are left out")
        elif timeline := on_hand(reading, hand):
            yield rater, timeline


def labels_in_folders(known: KnownVideos, data: Path) -> set[Path]:
    """Return the label files of videos in folders of raters whose labels are no video's truth, read by a run or not.

    Args:
        known: the videos of the dataset.
        data: folder of its manifest.
    """
    folders = _without_truth(known, data)
    names = [label_place(trial, known, data) for trial in known.by_id.values()] if folders else []
    return {path for folder in folders for name in names if (path := folder / f"{name}.csv").is_file()}


def labels_of_no_video(known: KnownVideos, data: Path) -> list[str]:
    """Return a line for each such folder in which label files are of no video of the dataset.

    Args:
        known: the videos of the dataset.
        data: folder of its manifest.
    """
    used = {path.resolve() for trial in known.by_id.values() for path in trial.other_labels}
    used |= {path.resolve() for path in labels_in_folders(known, data)}
    lines = []
    for folder in _without_truth(known, data):
        files = [path for path in label_files(folder) if path.suffix == ".csv" and path.resolve() not in used]
        if files:
            names = listed(sorted(path.relative_to(folder).as_posix() for path in files))
            what = f"{counted(len(files), 'label file')} of no video of the dataset: {names}"
            lines.append(f"{folder}: {what}; a label file has its video's name")
    return lines


def _without_truth(known: KnownVideos, data: Path) -> list[Path]:
    """Return the folders in a dataset's folder of labels in which no video's truth lies."""
    truths = {place for trial in known.by_id.values() if trial.labels for place in trial.labels.resolve().parents}
    folders = (data / LABELS_FOLDER / rater for rater in rater_names(data))
    return [folder for folder in folders if folder.resolve() not in truths]
