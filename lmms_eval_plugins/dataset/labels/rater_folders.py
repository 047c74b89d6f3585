"""Folders per rater: several people's label files below one folder, each person's laid out as the videos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from lmms_eval_plugins.dataset.found_files import REVIEW_RECORDS, find_files
from lmms_eval_plugins.dataset.labels.annotations import TRUTH, is_prediction
from lmms_eval_plugins.dataset.labels.found import LabelFinder


def rater_folders(folder: Path, videos: Sequence[Path], labels_dir: Path) -> list[Path]:
    """Return the folder of each rater below a folder of labels; empty where these are no raters' folders.

    They are where no label file lies in its video's place in ``labels_dir`` itself, every folder in it that holds label
    files holds them in their videos' places or side by side, and some video is labelled in two of them or in one that a
    review filled. A folder called truth comes first, then the others by name; predictions come last.

    Args:
        folder: folder of the videos, absolute.
        videos: the videos below it.
        labels_dir: folder of the labels.
    """
    if _labelled(folder, videos, labels_dir):
        return []
    below = [place for place in sorted(labels_dir.iterdir()) if place.is_dir() and find_files(place).tables]
    by_place = {place: _labelled(folder, videos, place) for place in below}
    counts = Counter(video for labelled in by_place.values() for video in labelled)
    clear = max(counts.values(), default=0) > 1 or any((place / REVIEW_RECORDS).is_dir() for place in below)
    if not all(by_place.values()) or not clear:
        return []
    return sorted(below, key=lambda place: (is_prediction(place.name), place.name != TRUTH, place.name))


def _labelled(folder: Path, videos: Sequence[Path], place: Path) -> list[Path]:
    """Return the videos that have a label file in their place below a folder."""
    place = place.absolute()
    finder = LabelFinder(folder, videos, (), place)
    found = ((video, finder.find(video).path) for video in videos)
    return [
        video
        for video, path in found
        if path and (_is_at(path.parent, place) or _is_at(path.parent, place / video.parent.relative_to(folder)))
    ]


def _is_at(path: Path, other: Path) -> bool:
    return path == other or (other.exists() and path.samefile(other))
