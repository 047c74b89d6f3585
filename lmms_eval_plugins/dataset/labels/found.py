"""Which label file belongs to which video, by place and name, and which label files belong to none."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.core.safe_names import name_key
from lmms_eval_plugins.dataset.found_files import (
    TABLE_SUFFIXES,
    VIDEO_SUFFIXES,
    find_files,
    first_bytes,
    from_reviews,
)
from lmms_eval_plugins.dataset.labels.label_file import MARKER_COLUMN, TIME_COLUMN

_OUR_HEADER = re.compile(rf"\b({TIME_COLUMN}|{MARKER_COLUMN})\b", re.IGNORECASE)
_SOME_HEADER = re.compile(r"time|second|onset|start|marker|label|event|annotat|behavio|code", re.IGNORECASE)
_HEADER_BYTES = 512
_MOST_NAMED = 3

_Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundLabels:
    """A video's label file, and a remark on the choice.

    Attributes:
        path: the label file; None where there is none, or none that is clear.
        problem: which files are not used, and why; None where nothing is left over.
    """

    path: Path | None = None
    problem: str | None = None


class LabelFinder:
    """Finder of the label files of a folder of videos, in a folder of labels and beside the videos.

    A label file has its video's name, in any case and Unicode normal form, and lies in the same subfolder; in a folder
    of labels it may lie in any, where only one file and one video have the name.

    Args:
        folder: folder of the videos, absolute.
        videos: the videos below it.
        tables: files below it with the suffix of a label file; those of a review count only in their rater's folder.
        labels_dir: folder of the label files; None where they lie beside the videos.
        foreign: absolute paths of label files of other tools, which are none of ours.
    """

    def __init__(
        self,
        folder: Path,
        videos: Sequence[Path],
        tables: Sequence[Path],
        labels_dir: Path | None = None,
        foreign: Collection[Path] = (),
    ) -> None:
        self._folder, self._videos = folder, videos
        self._labels_dir = labels_dir.absolute() if labels_dir else None
        self._foreign = foreign
        own = [path for path in find_files(self._labels_dir).tables if path not in foreign] if self._labels_dir else []
        drawn = from_reviews([*own, *tables])
        own = [path for path in own if drawn.get(path, self._labels_dir) == self._labels_dir]
        tables = [path for path in tables if path not in foreign and path not in drawn]
        self._video_names = _by_name(videos)
        self._in_labels_dir = [path for path in own if self._labels_dir != folder or self._is_like_labels(path)]
        taken = {path.resolve() for path in own}
        self._beside = [path for path in tables if path.resolve() not in taken]
        self._places = [(folder, _by_key(folder, self._beside))]
        if self._labels_dir:
            self._places.insert(0, (self._labels_dir, _by_key(self._labels_dir, self._in_labels_dir)))
        self._names = _by_name(self._in_labels_dir)
        self._used: set[Path] = set()

    def find(self, video: Path) -> FoundLabels:
        """Return the label file of a video."""
        for _, tables in self._places:
            self._used.update(tables.get(_key(self._folder, video), []))
        name = name_key(video.stem)
        for root, tables in self._places:
            if found := tables.get(_key(self._folder, video), []):
                return self._choose(video, root, found)
            if (
                root == self._labels_dir
                and len(self._names.get(name, ())) == 1
                and len({path.parent for path in self._video_names[name]}) == 1
            ):
                return self._choose(video, video.parent, self._names[name])
        return FoundLabels()

    def leftover(self) -> list[str]:
        """Return which label files match no video, in lines for people; call it when all videos are found."""
        problems: list[str] = []
        if self._labels_dir:
            left = [path for path in self._in_labels_dir if path not in self._used]
            if not self._in_labels_dir and not any(path.is_relative_to(self._labels_dir) for path in self._foreign):
                problems.append(f"{self._labels_dir}: holds no label file (*.csv); {_kinds_in(self._labels_dir)}")
            elif left:
                problems.append(self._describe(self._labels_dir, left, len(self._in_labels_dir)))
        left = [path for path in self._beside if path not in self._used and self._is_like_labels(path)]
        if left:
            n_labels = sum(path in self._used for path in self._beside) + len(left)
            problems.append(self._describe(self._folder, left, n_labels))
        return problems

    def _choose(self, video: Path, root: Path, found: Sequence[Path]) -> FoundLabels:
        self._used.update(found)
        exact = root / video.relative_to(self._folder).with_suffix(".csv")
        path = exact if exact in found else found[0] if len(found) == 1 else None
        others = [str(other) for other in found if other != path]
        if path is None:
            what = f"have its name but for case or form: {listed(others)}; none is used, keep one"
            return FoundLabels(None, f"{video}: several label files {what}")
        if others:
            return FoundLabels(path, f"{path}: is used, not {listed(others)} of the same name; keep one")
        return FoundLabels(path)

    def _is_like_labels(self, path: Path) -> bool:
        """Return whether a table has the header of a label file, or a header like it and a video's name in its own."""
        header = _header(path)
        name = name_key(path.stem)
        has_a_videos_name = any(video in name for video in self._video_names)
        return bool(_OUR_HEADER.search(header) or (_SOME_HEADER.search(header) and has_a_videos_name))

    def _describe(self, place: Path, left: Sequence[Path], n_labels: int) -> str:
        names = {"/".join(_key(self._folder, video)): video for video in self._videos}
        nearest = []
        for path in left[:_MOST_NAMED]:
            close = get_close_matches("/".join(_key(place, path)), names, 1, cutoff=0.0)
            video = next(iter(self._video_names.get(name_key(path.stem), ())), names[close[0]])
            nearest.append(f"{path.relative_to(place)} (nearest: {video.relative_to(self._folder)})")
        more = f" and {len(left) - _MOST_NAMED:,} more" * (len(left) > _MOST_NAMED)
        return (
            f"{place}: {len(left):,} of {n_labels:,} label files match no video: {', '.join(nearest)}{more};"
            " a label file has its video's name and lies in the same subfolder, beside it or below --labels"
        )


def has_label_header(path: Path) -> bool:
    """Return whether a table has a column of our label files, by its first lines; False where it cannot be read."""
    return _OUR_HEADER.search(_header(path)) is not None


def _key(root: Path, path: Path) -> _Key:
    """Return what a video and its label file share: subfolders and name, in one case and Unicode normal form."""
    stem = path.stem
    if path.suffix.lower() not in VIDEO_SUFFIXES and Path(stem).suffix.lower() in VIDEO_SUFFIXES | TABLE_SUFFIXES:
        stem = Path(stem).stem  # a.mp4.csv, a.csv.txt
    return (*map(name_key, path.relative_to(root).parent.parts), name_key(stem))


def _by_key(root: Path, tables: Iterable[Path]) -> dict[_Key, list[Path]]:
    found: dict[_Key, list[Path]] = defaultdict(list)
    for path in tables:
        found[_key(root, path)].append(path)
    return dict(found)


def _by_name(paths: Iterable[Path]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        found[name_key(path.stem)].append(path)
    return dict(found)


def _header(path: Path) -> str:
    """Return the first two lines of a table, whatever its encoding; empty where it cannot be read.

    The first may be ``sep=;``, as spreadsheets write it.
    """
    start = first_bytes(path, _HEADER_BYTES)
    return "\n".join(start.replace(b"\0", b"").decode("latin-1").splitlines()[:2])


def _kinds_in(folder: Path) -> str:
    suffixes = Counter(path.suffix for path in folder.rglob("*") if path.is_file())
    return f"it has {listed(f'{n} *{suffix}' for suffix, n in suffixes.most_common())}" if suffixes else "it is empty"
