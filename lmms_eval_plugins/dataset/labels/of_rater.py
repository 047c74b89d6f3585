"""The labels of one rater beside a dataset, in ``labels/<rater>/``: where they lie, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.dataset.labels.convert import KnownVideos, known_in
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
