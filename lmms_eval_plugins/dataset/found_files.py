"""Files below a folder: its videos and their ids, its tables, and what looks like a video but is not read."""

from __future__ import annotations

import mimetypes
import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import normalize

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.core.safe_names import name_key
from lmms_eval_plugins.dataset.naming import Naming

COMMON_SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".m4v", ".webm")
"""Suffixes of videos as they are shared; a recording that is there in several kinds is taken from one of these."""

CAMERA_SUFFIXES = (
    *(".mts", ".m2ts", ".m2t", ".ts", ".mod", ".tod", ".vob", ".dv", ".mxf"),
    *(".mpg", ".mpeg", ".mpe", ".m1v", ".m2v", ".mp4v", ".mpv", ".wmv", ".asf", ".divx", ".f4v", ".flv"),
    *(".3gp", ".3gpp", ".3g2", ".ogv", ".ogm", ".qt", ".mjpg", ".mjpeg", ".h264", ".264", ".h265", ".265", ".hevc"),
)
"""Suffixes of videos as cameras, discs and old programs write them."""

VIDEO_SUFFIXES = frozenset({*COMMON_SUFFIXES, *CAMERA_SUFFIXES})

_MAY_BE_TEXT = frozenset({".asf", ".dv", ".mod", ".ts"})
"""Suffixes that files of text have too: TypeScript, skeletons, models."""

_UNREAD_SUFFIXES = frozenset(
    {
        *(".360", ".amv", ".bag", ".bik", ".braw", ".cine", ".crm", ".dav", ".evo", ".ifv", ".insv", ".ismv", ".ivf"),
        *(".lrv", ".lvix", ".nut", ".oni", ".r3d", ".rm", ".rmvb", ".svo", ".svo2", ".swf", ".trp", ".wtv", ".y4m"),
        ".yuv",
    }
)
"""Suffixes of recordings that are not read: raw, proprietary or of a player of their own."""

_UNFINISHED = frozenset({".bak", ".crdownload", ".download", ".filepart", ".gz", ".icloud", ".part", ".tmp", ".zip"})
"""Suffixes behind that of a video which make it no video: a download that is not done, an archive."""

TABLE_SUFFIXES = frozenset({".csv"})
"""Suffixes of label files, in any case."""

_TEXT_TABLES = frozenset({".tab", ".tsv", ".txt"})
"""Suffixes of label files that other texts have too."""

_MARKERS = re.compile(rb"marker[ _]?names", re.IGNORECASE)

_TEXT_BYTES = 4096

REVIEW_RECORDS = ".review"
"""The hidden folder in a rater's folder of labels that says what was drawn there in a review."""

FMA_MARKS_NAME = "fma_marks.csv"
"""The table beside it of what the rater says of Fugl-Meyer clips, which is no label file."""


def from_reviews(tables: Collection[Path]) -> Mapping[Path, Path]:
    """Return the tables that lie where a review saves what is drawn → the rater's folder."""
    folders = {folder for path in tables for folder in path.parents}
    raters = {folder for folder in folders if (folder / REVIEW_RECORDS).is_dir()}
    return {path: folder for path in tables for folder in path.parents if folder in raters}


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """The files below a folder, sorted by path.

    Attributes:
        videos: files with the suffix of a video.
        tables: files with the suffix of a label file, and texts with its columns.
        unread: what looks like a video and is not read, in lines for people.
    """

    videos: tuple[Path, ...]
    tables: tuple[Path, ...]
    unread: tuple[str, ...]


def find_files(folder: Path) -> FoundFiles:
    """Find the videos and tables below a folder, at any depth.

    Hidden files and folders are skipped; links to folders are followed, each real folder is visited once.
    """
    videos: list[Path] = []
    tables: list[Path] = []
    unread: dict[str, list[Path]] = defaultdict(list)
    for path in sorted(_walk(folder)):
        suffix = path.suffix.lower()
        if path.name == FMA_MARKS_NAME:
            continue
        if suffix in TABLE_SUFFIXES or (suffix in _TEXT_TABLES and _names_markers(path)):
            tables.append(path)
        elif suffix in VIDEO_SUFFIXES and not (suffix in _MAY_BE_TEXT and _is_text(path)):
            videos.append(path)
        elif suffix in VIDEO_SUFFIXES or _looks_like_a_video(path):
            unread[suffix].append(path)
    return FoundFiles(tuple(videos), tuple(tables), tuple(_describe(folder, *kind) for kind in unread.items()))


def videos_with_ids(folder: Path, videos: Sequence[Path], naming: Naming) -> list[tuple[Path, str]]:
    """Give each video an id: its name if it follows the pattern and is unique, else its path with ``__`` for ``/``.

    Files of one name in one folder, in any case and Unicode normal form, are one name. Ids are in Unicode's composed
    form, as keyboards write them.
    """
    places: dict[str, set[Path]] = defaultdict(set)
    for path in videos:
        places[name_key(path.stem)].add(path.parent)
    ids: list[tuple[Path, str]] = []
    for path in videos:
        is_unique = naming.parse(path.relative_to(folder)) and len(places[name_key(path.stem)]) == 1
        name = path.stem if is_unique else "__".join(path.relative_to(folder).with_suffix("").parts)
        ids.append((path, normalize("NFC", name)))
    return ids


def first_of_each_id(videos: Sequence[tuple[Path, str]]) -> dict[str, Path]:
    """Return key of an id (see `name_key`) → the video that has it: of several, one of the common suffixes, by path."""
    first: dict[str, Path] = {}
    for path, video_id in sorted(videos, key=lambda video: (_is_of_a_camera(video[0]), video[0])):
        first.setdefault(name_key(video_id), path)
    return first


def first_bytes(path: Path, most: int) -> bytes:
    """Return the beginning of a file, at most so many bytes; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(most)
    except OSError:
        return b""


def _walk(folder: Path) -> Iterator[Path]:
    visited: set[str] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        if (real := os.path.realpath(place)) in visited:
            folders.clear()
            continue
        visited.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        paths = (Path(place, name) for name in files if not name.startswith("."))
        yield from (path for path in paths if path.is_file() or not path.exists())  # reading a pipe would wait for ever


def _names_markers(path: Path) -> bool:
    """Return whether a text file starts with the columns of a label file, in whichever encoding."""
    try:
        with path.open("rb") as file:
            return bool(_MARKERS.search(file.read(_TEXT_BYTES).replace(b"\0", b"")))
    except OSError:
        return False


def _is_of_a_camera(video: Path) -> bool:
    return video.suffix.lower() not in COMMON_SUFFIXES


def _looks_like_a_video(path: Path) -> bool:
    *_, before, last = ["", "", *(suffix.lower() for suffix in path.suffixes)]
    if last in _UNREAD_SUFFIXES or (last in _UNFINISHED and before in VIDEO_SUFFIXES):
        return True
    return (mimetypes.guess_type(path.name)[0] or "").startswith("video/")


def _is_text(path: Path) -> bool:
    """Return whether the beginning of a file is text; False where it is empty or cannot be read."""
    start = first_bytes(path, _TEXT_BYTES)
    return bool(start) and not any(byte < 9 or 13 < byte < 27 for byte in start)


def _describe(folder: Path, suffix: str, paths: Sequence[Path]) -> str:
    names = listed((path.relative_to(folder) for path in paths), most=3)
    if suffix in VIDEO_SUFFIXES:
        return f"{folder}: *{suffix} files that hold text are no videos; left out: {names}"
    return f"{folder}: *{suffix} files are not read; left out: {names}; convert them to mp4"
